"""Practice papers: what is asked for, what was chosen, and the steps that make one."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field, computed_field

from shared.contract.answer_key import KeyQuestion, KeySection
from shared.contract.documents import KnowledgePoint
from shared.contract.failures import FailureCode, Language
from shared.contract.model import Document, Unit
from shared.contract.plain_formulas import plain_text
from shared.contract.questions import Option, QuestionType
from shared.contract.stages import Priority

#: Items of the practice paper that comes with an exam's report.
DEFAULT_COUNT = 10
MOST_ITEMS = 50
#: What each item of a practice paper is worth.
POINTS_EACH = 5.0


class Effort(StrEnum):
    """How hard the items of a practice paper shall be."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


#: The middle of each effort on the 0..1 scale of item difficulty.
EFFORT_DIFFICULTY: dict[Effort, float] = {
    Effort.EASY: 0.3,
    Effort.MEDIUM: 0.5,
    Effort.HARD: 0.75,
}


class PracticeItem(Document):
    """One item with its answer; formulas in ``stem``, ``answer`` and ``solution`` stand in $…$.

    ``source`` is ``bank`` or ``generator:<name>``.
    """

    type: QuestionType
    stem: str
    options: tuple[Option, ...] = ()
    answer: str
    solution: str = ""
    knowledge_points: tuple[KnowledgePoint, ...]
    difficulty: Unit
    source: str


class PracticePaper(Document):
    """The chosen items, grouped by ``points`` in their order. It names no student."""

    title: str
    subject: str | None
    language: Language
    points: tuple[KnowledgePoint, ...]
    items: tuple[PracticeItem, ...]
    #: Points to practise for which there was no item.
    unserved: tuple[KnowledgePoint, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way
    @property
    def sections(self) -> tuple[KeySection, ...]:
        """The answers as an answer key has them: the paper's JSON is one for POST /papers.

        Questions have the numbers that are printed, and all the same points.
        """
        if not self.items:
            return ()
        questions = tuple(
            KeyQuestion(
                number=str(number),
                type=item.type,
                answer=plain_text(item.answer),
                points=POINTS_EACH,
                knowledge_points=tuple(point.name for point in item.knowledge_points),
                difficulty=item.difficulty,
                stem=plain_text(item.stem),
            )
            for number, item in enumerate(self.items, start=1)
        )
        return (KeySection(questions=questions),)


class LectureFile(Document):
    """A file that says what to practise: plain text or a PDF with text."""

    blob_key: str
    media_type: str
    size_bytes: int
    sha256: str


class PracticeOrder(Document):
    """What a client asks for: practice for the weak points of an exam, or of a lecture."""

    exam_id: str | None = None
    lecture: LectureFile | None = None
    subject: str | None = None
    count: int = Field(default=DEFAULT_COUNT, ge=1, le=MOST_ITEMS)
    difficulty: Effort | None = None
    language: Language = Language.ZH
    priority: Priority = Priority.NORMAL


class PracticeStep(StrEnum):
    """One step of the making of a practice paper; each is a kind of job of the same name."""

    #: Items are chosen. Done by diagnose.
    SELECTION = "practice_selection"
    #: Paper and key are drawn. Done by report.
    DRAWING = "practice_drawing"


class PracticeState(StrEnum):
    """Where an order stands."""

    #: The present step waits for a worker.
    PENDING = "pending"
    #: A worker holds the present step.
    RUNNING = "running"
    #: Paper and key can be fetched.
    READY = "ready"
    #: Ended by bad input or exhausted attempts; has an error code.
    FAILED = "failed"
    #: Ended on request.
    CANCELLED = "cancelled"


#: States of orders that somebody will still work on.
OPEN_ORDERS: frozenset[PracticeState] = frozenset({PracticeState.PENDING, PracticeState.RUNNING})


class PracticeFile(Document):
    """A stored file of a practice paper: ``paper.pdf`` or ``key.pdf``."""

    name: str
    blob_key: str
    size_bytes: int
    sha256: str


class PracticeJob(Document):
    """An order with its state. ``paper`` is set by the selection, ``files`` by the drawing."""

    id: str
    tenant_id: str
    exam_id: str | None
    request: PracticeOrder
    step: PracticeStep
    state: PracticeState
    paper: PracticePaper | None
    files: tuple[PracticeFile, ...]
    error_code: FailureCode | None
    created_at: datetime
    completed_at: datetime | None

    @property
    def blob_prefix(self) -> str:
        """Where its files lie. Those of an exam are erased with the exam."""
        return practice_prefix(self.id, self.exam_id)


def practice_prefix(practice_id: str, exam_id: str | None) -> str:
    """The prefix of all blobs of a practice paper."""
    owner = f"exams/{exam_id}/" if exam_id else ""
    return f"{owner}practice-papers/{practice_id}/"
