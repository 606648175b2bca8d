"""The parse stage: what was read from the pages becomes a paper with questions and answers."""

import asyncio
from dataclasses import dataclass

from services.parse.domain.pages.page_owners import mixed_pages
from services.parse.domain.paper import read_paper
from services.parse.domain.paper_identity import is_same_paper, print_of
from shared.contract.answer_key import AnswerKey
from shared.contract.duplicates import PaperPrint
from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.notes import Note, NoteKind
from shared.contract.reading import PageText, PictureFault, ReadPaper
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork

#: Exams with the same answers whose texts are compared with ours.
MAX_CANDIDATES = 50
_UNDONE = {
    PictureFault.INVERTED: NoteKind.PAGE_INVERTED,
    PictureFault.MIRRORED: NoteKind.PAGE_MIRRORED,
}


@dataclass(frozen=True, slots=True)
class ParseInput:
    """The texts of all pages, and the key of the paper where the submission names one."""

    pages: tuple[PageText, ...]
    key: AnswerKey | None
    student_ref: str | None = None
    #: All pages came in one file, as a scanner makes it.
    is_one_file: bool = False


class ParseStage:
    """Reads the pages' texts of one exam, writes the paper found in them.

    As duplicate layer 4 it compares the paper with those of the tenant's other exams.
    """

    stage = Stage.PARSING
    duplicate_layer = 4

    def __init__(self, review_threshold: float) -> None:
        self._review_threshold = review_threshold

    async def load(self, uow: UnitOfWork, task: StageTask) -> ParseInput:
        """All page texts of this run and the answer key."""
        exam = await uow.exams.get(task.exam_id)
        pages = await uow.page_texts.list(task.exam_id, task.run)
        key = await uow.papers.key(exam.paper_id) if exam.paper_id else None
        uploads = await uow.uploads.list(task.exam_id)
        return ParseInput(pages, key, exam.student_ref, is_one_file=len(uploads) == 1)

    async def compute(self, source: ParseInput) -> ReadPaper:
        """The paper; raises PermanentFailure(NO_QUESTIONS_FOUND) when there is no question."""
        # CPU-bound: a thread keeps the worker's event loop responsive.
        paper = await asyncio.to_thread(_read, source)
        return with_review_count(paper, self._review_threshold)

    async def save(self, uow: UnitOfWork, task: StageTask, paper: ReadPaper) -> None:
        """Replace the paper of this run."""
        await uow.read_papers.replace(task.exam_id, task.run, paper)

    async def announce(
        self, uow: UnitOfWork, exam: Exam, paper: ReadPaper
    ) -> tuple[PaperPrint | None, dict[str, PaperPrint]]:
        """Write the paper's print; it, and the prints of exams with the same answers."""
        found = print_of(paper, self._review_threshold, exam.student_ref)
        await uow.likenesses.replace_paper(exam, found)
        if found is None:
            return None, {}
        return found, await uow.likenesses.with_same_answers(exam, found, MAX_CANDIDATES)

    async def compare(
        self, _: ReadPaper, known: tuple[PaperPrint | None, dict[str, PaperPrint]]
    ) -> tuple[str, ...]:
        """Ids of the exams with the same text and answers of the same student."""
        found, others = known
        if found is None:
            return ()
        return await asyncio.to_thread(
            lambda: tuple(key for key, other in others.items() if is_same_paper(found, other))
        )


def _read(source: ParseInput) -> ReadPaper:
    paper = read_paper(source.pages, source.key)
    doubts = mixed_pages(source.pages, source.student_ref, is_one_file=source.is_one_file)
    undone = (
        Note(kind=_UNDONE[fault], where=str(page.page))
        for page in source.pages
        for fault in page.undone
        if fault in _UNDONE
    )
    return paper.model_copy(update={"warnings": (*paper.warnings, *undone, *doubts)})


def with_review_count(paper: ReadPaper, threshold: float) -> ReadPaper:
    """The paper with the warning ``answers_to_review`` where answers are below a threshold."""
    doubtful = sum(
        1
        for question in paper.questions
        if question.answer and question.answer.confidence < threshold
    )
    if not doubtful:
        return paper
    note = Note(kind=NoteKind.ANSWERS_TO_REVIEW, details=(str(doubtful),))
    warnings = (*paper.warnings, note)
    return paper.model_copy(update={"warnings": warnings})
