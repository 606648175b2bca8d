"""Engines that are quick and deterministic, and leave a trace of every recorded effect.

What was uploaded is read from the blob store and handed on from stage to stage, so the report tells
whether all of them had the right input.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from shared.contract.corrections import Change, effective_changes
from shared.contract.documents import (
    Analysis,
    Diagnosis,
    DiagnosisText,
    QuestionResult,
    Score,
)
from shared.contract.exams import Artefact, ArtefactKind, Exam, Upload
from shared.contract.messages import StageTask
from shared.contract.questions import Verdict
from shared.contract.reading import PageImage, PageText, ReadPaper, TextLine
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore
from tests.question_results import question

#: Written in the recording transaction and without any unique constraint: a repeat is visible.
EFFECTS_TABLE = """
CREATE TABLE IF NOT EXISTS chaos_effects (
  exam_id uuid NOT NULL, run int NOT NULL, stage text NOT NULL, page int NOT NULL
)
"""
_ADD_EFFECT = text("INSERT INTO chaos_effects VALUES (:exam_id, :run, :stage, :page)")
_EFFECT_COLUMNS = {"exam_id", "run", "stage", "page"}
_MOST_PAGES = 4


def pages_of(student_ref: str | None) -> int:
    """One to four pages, fixed by the exam's student."""
    return 1 + hashlib.sha256(str(student_ref).encode()).digest()[0] % _MOST_PAGES


def digest_of(sha256s: Sequence[str]) -> str:
    """What the pages, texts and reports of an exam with these uploads carry."""
    return hashlib.sha256(" ".join(sha256s).encode()).hexdigest()


def report_of(digest: str, answers: Sequence[str | None]) -> bytes:
    """The report about an exam whose questions are answered so."""
    return f"{digest} {' '.join(str(answer) for answer in answers)}".encode()


@dataclass(frozen=True, slots=True)
class Work:
    """A task with what its stage needs to know."""

    task: StageTask
    exam: Exam
    attempt: int
    uploads: tuple[Upload, ...] = ()
    pages: tuple[PageImage, ...] = ()
    read: str = ""
    answers: tuple[str | None, ...] = ()
    changes: dict[int, Change] = field(default_factory=dict)
    key_version: int | None = None


BeforeWork = Callable[[Work], Awaitable[None]]


class QuickStage:
    """Any stage: after ``before_work`` it makes at once what its successor needs."""

    def __init__(self, stage: Stage, blobs: BlobStore, before_work: BeforeWork) -> None:
        self.stage = stage
        self._blobs, self._before_work = blobs, before_work

    async def load(self, uow: UnitOfWork, task: StageTask) -> Work:
        """What the stage before wrote, and the number of the attempt."""
        where = (task.exam_id, task.run)
        progress = await uow.runs.progress(*where)
        attempt = max((p.attempts for p in progress if p.stage is task.stage), default=1)
        found: dict[str, Any] = {}
        if self.stage is Stage.INGEST:
            found["uploads"] = await uow.uploads.list(task.exam_id)
        elif self.stage is Stage.OCR:
            pages = await uow.pages.list(*where)
            found["pages"] = tuple(page for page in pages if page.number == task.page)
        elif self.stage is Stage.PARSING:
            found["read"] = _common_text(await uow.page_texts.list(*where))
        elif self.stage is Stage.ANALYSIS:
            found["read"] = (await uow.read_papers.get(*where)).text
            found["changes"] = effective_changes(await uow.corrections.list(task.exam_id))
        elif self.stage is Stage.REPORT:
            found["read"] = (await uow.read_papers.get(*where)).text
            analysis = await uow.analyses.get(*where)
            found["answers"] = tuple(q.student_answer for q in analysis.questions)
        exam = await uow.exams.get(task.exam_id)
        if self.stage is Stage.ANALYSIS and (key := await uow.papers.versioned_key(exam.paper_id)):
            found["key_version"] = key[1]
        return Work(task, exam, attempt, **found)

    async def compute(self, work: Work) -> Any:
        """What ``save`` writes. Files are written here, as real stages do."""
        await self._before_work(work)
        if self.stage is Stage.INGEST:
            return await self._make_pages(work)
        if self.stage is Stage.OCR:
            return await self._read_page(work)
        if self.stage is Stage.REPORT:
            return await self._make_report(work)
        return {
            Stage.PARSING: ReadPaper(text=work.read),
            Stage.ANALYSIS: _analysis(work),
            Stage.DIAGNOSTIC: _diagnosis(),
            Stage.COMPLETION: work.exam.paper_id,
        }[self.stage]

    async def save(self, uow: UnitOfWork, task: StageTask, output: Any) -> None:
        """Replace this stage's rows, and add the trace of it."""
        await uow.connection.execute(_ADD_EFFECT, task.model_dump(include=_EFFECT_COLUMNS))
        where = (task.exam_id, task.run)
        if self.stage is Stage.INGEST:
            await uow.pages.replace(*where, output)
        elif self.stage is Stage.OCR:
            await uow.page_texts.replace(*where, output)
        elif self.stage is Stage.PARSING:
            await uow.read_papers.replace(*where, output)
        elif self.stage is Stage.ANALYSIS:
            await uow.analyses.replace(*where, output)
        elif self.stage is Stage.DIAGNOSTIC:
            await uow.diagnoses.replace(*where, output)
        elif self.stage is Stage.REPORT:
            await uow.artefacts.replace(*where, output)
        elif output is not None:
            await uow.class_reports.mark_stale(output)

    async def _make_pages(self, work: Work) -> tuple[PageImage, ...]:
        files = [await self._blobs.read(upload.blob_key) for upload in work.uploads]
        found = [hashlib.sha256(file).hexdigest() for file in files]
        if found != [upload.sha256 for upload in work.uploads]:
            raise ValueError("an upload is not what was accepted")
        images = []
        for number in range(1, pages_of(work.exam.student_ref) + 1):
            key = f"exams/{work.exam.id}/{work.task.run}/pages/{number}"
            await self._blobs.write(key, f"{digest_of(found)} page {number}".encode())
            images.append(PageImage(number=number, blob_key=key, width_px=1, height_px=1))
        return tuple(images)

    async def _read_page(self, work: Work) -> PageText:
        (page,) = work.pages
        words = (await self._blobs.read(page.blob_key)).decode().split()
        line = TextLine(text=words[0], bbox=(0, 0, 1, 1))
        return PageText(page=page.number, width_px=1, height_px=1, lines=(line,))

    async def _make_report(self, work: Work) -> tuple[Artefact, ...]:
        content = report_of(work.read, work.answers)
        key = f"exams/{work.exam.id}/{work.task.run}/{ArtefactKind.REPORT_HTML.value}"
        await self._blobs.write(key, content)
        return (
            Artefact(
                kind=ArtefactKind.REPORT_HTML,
                blob_key=key,
                media_type="text/html",
                size_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            ),
        )


def _common_text(pages: Sequence[PageText]) -> str:
    """What every page says. Raises ValueError when one is missing or they disagree."""
    (read,) = {line.text for page in pages for line in page.lines}
    return read


def _analysis(work: Work) -> Analysis:
    questions = (question(1, Verdict.CORRECT), question(2, Verdict.NEEDS_REVIEW, confidence=0.3))
    return Analysis(
        score=Score(earned=2.0, full=2.0, rate=1.0, ungraded=1),
        sections=(),
        questions=tuple(_corrected(q, work.changes.get(q.ordinal)) for q in questions),
        key_version=work.key_version,
    )


def _corrected(given: QuestionResult, change: Change | None) -> QuestionResult:
    if change is None or change.student_answer is None:
        return given
    return given.model_copy(update={"student_answer": change.student_answer})


def _diagnosis() -> Diagnosis:
    said = DiagnosisText(
        summary="", strengths=(), weaknesses=(), recommendations=(), engine="rules"
    )
    return Diagnosis(mastery=(), diagnosis=said)
