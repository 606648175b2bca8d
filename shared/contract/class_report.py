"""The report of a class on one paper: what diagnose computes and the gateway shows."""

from pydantic import Field

from shared.contract.documents import KnowledgePoint, MasteryLevel
from shared.contract.model import Document, Unit
from shared.contract.questions import QuestionType


class ScoreDistribution(Document):
    """Score rates of all students with a graded question; ``bands`` counts students by tenth."""

    students: int
    mean: Unit
    median: Unit
    deviation: float
    bands: tuple[int, ...]


class AnswerCount(Document):
    """How many students chose an option; ``answer`` is empty for no answer."""

    answer: str
    students: int
    is_right: bool


class FittedItem(Document):
    """An item's parameters, fitted to a class of thirty or more.

    ``difficulty`` (in logits) and ``discrimination`` are of the two-parameter model and come with
    their standard errors. ``slip`` and ``guess`` are of the DINA model and None where it was not
    fitted.
    """

    difficulty: float
    difficulty_error: float
    discrimination: float
    discrimination_error: float
    slip: Unit | None = None
    guess: Unit | None = None


class ClassItem(Document):
    """One question over the class, ``address`` as in ``section.number``.

    ``score_rate`` is None where nobody was graded. ``difficulty`` (0..1, as in results) and
    ``discrimination`` (correlation with the other questions) are None in small classes, and
    ``answers`` is empty there and for written answers.
    """

    address: str
    type: QuestionType
    full_score: float | None
    knowledge_points: tuple[str, ...]
    graded: int
    score_rate: Unit | None
    difficulty: Unit | None
    discrimination: float | None
    answers: tuple[AnswerCount, ...]
    fitted: FittedItem | None = None


class PointOfStudent(Document):
    """One cell of the heat map."""

    exam_id: str
    mastery: Unit
    level: MasteryLevel


class ClassPoint(Document):
    """One knowledge point over the class; ``levels`` counts students by level."""

    knowledge_point: KnowledgePoint
    mean_mastery: Unit
    levels: dict[MasteryLevel, int]
    students: tuple[PointOfStudent, ...]


class ClassStudent(Document):
    """One student's scores; ``shares`` are earned shares by address, None where ungraded."""

    exam_id: str
    student_ref: str | None
    earned: float
    full: float
    rate: Unit | None
    ungraded: int
    shares: dict[str, Unit | None]


class StudentAtRisk(Document):
    """A student who needs attention; ``weak_points`` are names."""

    exam_id: str
    student_ref: str | None
    rate: Unit
    weak_points: tuple[str, ...]


class ClassReport(Document):
    """Every figure of a class; the points and the most missed questions come weakest first.

    ``is_refitted`` says that the class was large enough for item parameters of its own. The mastery
    shown here is then computed from these.
    """

    students: tuple[ClassStudent, ...] = ()
    distribution: ScoreDistribution | None = None
    items: tuple[ClassItem, ...] = ()
    points: tuple[ClassPoint, ...] = ()
    most_missed: tuple[str, ...] = ()
    at_risk: tuple[StudentAtRisk, ...] = ()
    is_refitted: bool = False
    #: Students beyond the most that one report holds.
    left_out: int = Field(default=0, ge=0)
