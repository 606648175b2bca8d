"""The pipeline as a gateway sees it: stages that write small, real documents at once."""

import hashlib
from dataclasses import dataclass, field

from services.report.stage import CompletionStage
from shared.contract.documents import (
    Analysis,
    Diagnosis,
    DiagnosisText,
    Score,
    SectionScore,
)
from shared.contract.exams import Artefact, ArtefactKind, Exam
from shared.contract.messages import StageTask
from shared.contract.questions import Verdict
from shared.contract.reading import PageImage, PageText, ReadPaper, TextLine
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.company import Company
from shared.messaging.stage_runner import PipelineStage, StageRunner, TaskExhausted
from shared.storage.blobs import BlobStore
from tests.question_results import question

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
REPORT_HTML = b"<!doctype html><title>Report</title>"
REPORT_PDF = b"%PDF-1.7 " + bytes(range(256)) * 10


@dataclass
class Pipeline:
    """Runs stages by hand, the way workers would after their messages arrived."""

    database: Database
    blobs: BlobStore
    pages: int = 2
    fails: dict[tuple[Stage, int], Exception] = field(default_factory=dict)
    read_pages: list[tuple[int, int]] = field(default_factory=list)
    #: Stages that do their real work.
    real: dict[Stage, PipelineStage] = field(default_factory=dict)

    async def run(self, exam_id: str, *, until: Stage | None = None) -> Exam:
        """Do what is pending, stage by stage, up to and with ``until``."""
        for stage in Stage:
            await self._run_stage(exam_id, stage)
            if stage is until:
                break
        return await self.exam(exam_id)

    async def exam(self, exam_id: str) -> Exam:
        async with self.database.transaction() as uow:
            return await uow.exams.get(exam_id)

    async def _run_stage(self, exam_id: str, stage: Stage) -> None:
        exam = await self.exam(exam_id)
        pages = range(1, self.pages + 1) if stage is Stage.OCR else (0,)
        runner = StageRunner(
            self.database,
            self.real.get(stage, _InstantStage(stage, self)),
            Company(),
            lease_seconds=30,
            retry_backoff_seconds=0.01,
        )
        for page in pages:
            task = StageTask(exam_id=exam_id, run=exam.run, stage=stage, page=page)
            try:
                await runner.run(task)
            except TaskExhausted:
                return

    async def write(self, uow: UnitOfWork, stage: Stage, task: StageTask) -> None:
        """What the stage of this name would write."""
        where = (task.exam_id, task.run)
        if stage is Stage.INGEST:
            await uow.pages.replace(*where, await self._images(task))
        elif stage is Stage.OCR:
            self.read_pages.append((task.run, task.page))
            line = TextLine(text="1. A", bbox=(0, 0, 10, 10))
            await uow.page_texts.replace(
                *where,
                PageText(page=task.page, width_px=9, height_px=9, lines=(line,), engine="fake 1"),
            )
        elif stage is Stage.PARSING:
            await uow.read_papers.replace(*where, ReadPaper(text="1. A"))
        elif stage is Stage.ANALYSIS:
            await uow.analyses.replace(*where, _analysis())
        elif stage is Stage.DIAGNOSTIC:
            text = DiagnosisText(
                summary="好", strengths=(), weaknesses=(), recommendations=(), engine="rules"
            )
            await uow.diagnoses.replace(*where, Diagnosis(mastery=(), diagnosis=text))
        elif stage is Stage.REPORT:
            await uow.artefacts.replace(*where, await self._artefacts(task))
        elif stage is Stage.COMPLETION:
            completion = CompletionStage()
            exam = await completion.load(uow, task)
            await completion.save(uow, task, exam)

    async def _images(self, task: StageTask) -> tuple[PageImage, ...]:
        images = []
        for number in range(1, self.pages + 1):
            key = f"exams/{task.exam_id}/{task.run}/pages/{number}.png"
            await self.blobs.write(key, PNG)
            images.append(PageImage(number=number, blob_key=key, width_px=9, height_px=9))
        return tuple(images)

    async def _artefacts(self, task: StageTask) -> tuple[Artefact, ...]:
        made = []
        for kind, media_type, content in (
            (ArtefactKind.REPORT_HTML, "text/html; charset=utf-8", REPORT_HTML),
            (ArtefactKind.REPORT_PDF, "application/pdf", REPORT_PDF),
        ):
            key = f"exams/{task.exam_id}/{task.run}/{kind.value}"
            await self.blobs.write(key, content)
            digest = hashlib.sha256(content).hexdigest()
            made.append(
                Artefact(
                    kind=kind,
                    blob_key=key,
                    media_type=media_type,
                    size_bytes=len(content),
                    sha256=digest,
                )
            )
        return tuple(made)


class _InstantStage:
    def __init__(self, stage: Stage, pipeline: Pipeline) -> None:
        self.stage, self._pipeline = stage, pipeline

    async def load(self, _: UnitOfWork, task: StageTask) -> StageTask:
        return task

    async def compute(self, work: StageTask, /) -> StageTask:
        failure = self._pipeline.fails.get((self.stage, work.page))
        if failure is not None:
            raise failure
        return work

    async def save(self, uow: UnitOfWork, task: StageTask, _: StageTask, /) -> None:
        await self._pipeline.write(uow, self.stage, task)


def _analysis() -> Analysis:
    return Analysis(
        score=Score(earned=2.0, full=2.0, rate=1.0, ungraded=1),
        sections=(SectionScore(label="一", title="", earned=2.0, full=4.0),),
        questions=(
            question(1, Verdict.CORRECT),
            question(2, Verdict.NEEDS_REVIEW, confidence=0.3),
        ),
    )
