"""The result document of an exam and the stage documents it is made of."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from shared.contract.model import Document, Unit
from shared.contract.model_usage import ModelUsage
from shared.contract.notes import Note
from shared.contract.questions import Evidence, Option, QuestionType, Verdict


class Score(Document):
    """Points earned of points possible. ``ungraded`` counts questions that need review.

    ``full`` counts graded questions only. ``rate`` is earned / full, or None when nothing is
    graded. So an ungraded question never lowers the rate.
    """

    earned: float
    full: float
    rate: Unit | None
    ungraded: int
    #: Nobody said what a question is worth: each counts one, and ``earned`` counts right answers.
    in_questions: bool = False
    #: Points of the questions that await review: the final score is between ``earned`` and
    #: ``earned + open``, of ``full + open``.
    open: float = 0.0


class SectionScore(Document):
    """A section's points; ``full`` is of all its questions, graded or not, or as printed."""

    label: str
    title: str
    earned: float
    full: float


class KnowledgePoint(Document):
    """A point of the curriculum. ``path`` names its ancestors, outermost first, itself last."""

    id: str
    name: str
    path: tuple[str, ...]


class QuestionResult(Document):
    """One question with its verdict and everything that supports it."""

    ordinal: int
    section: str
    number: str
    type: QuestionType
    stem: str
    options: tuple[Option, ...]
    student_answer: str | None
    correct_answer: str | None
    verdict: Verdict
    score: float | None
    full_score: float | None
    confidence: Unit
    knowledge_points: tuple[KnowledgePoint, ...]
    difficulty: Unit
    #: Standard deviation of the difficulty, in logits; None where it was not estimated.
    difficulty_sd: float | None = None
    error_cause: str | None
    #: What kind of slip ``error_cause`` is, such as ``sign``; None where a model wrote it or none.
    error_kind: str | None = None
    evidence: tuple[Evidence, ...]


class Analysis(Document):
    """What the analysis stage writes: verdicts and scores. ``notes`` tell of conflicts."""

    score: Score
    sections: tuple[SectionScore, ...]
    questions: tuple[QuestionResult, ...]
    notes: tuple[Note, ...] = ()
    #: The version of the paper's answer key that was applied; None without a key.
    key_version: int | None = None
    #: What a language model did; None where none is configured.
    model: ModelUsage | None = None


class MasteryLevel(StrEnum):
    """How well a knowledge point is known, as far as the answers can say."""

    STRONG = "strong"
    ADEQUATE = "adequate"
    WEAK = "weak"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"


class Contrast(StrEnum):
    """Why a level differs from what the points alone say: the questions were not equally hard."""

    #: Much was right, but what was lost is easier than what was right.
    EASY_LOST = "easy_lost"
    #: Much was lost, but it is harder than what was right.
    HARD_LOST = "hard_lost"


class Mastery(Document):
    """Expected score rate on items of average difficulty of a point, with a 90 % interval."""

    knowledge_point: KnowledgePoint
    items: int
    mastery: Unit
    interval: tuple[Unit, Unit]
    level: MasteryLevel
    #: How many of ``items`` earned all their points.
    right: int = 0
    #: The reason of a level that the share of right answers contradicts; None where it does not.
    contrast: Contrast | None = None
    #: A point above or below it says it already; reports show one of both.
    is_covered: bool = False


class Direction(StrEnum):
    """How a point has changed since the earlier papers."""

    #: Probably better than before.
    BETTER = "better"
    #: Probably worse than before.
    WORSE = "worse"
    #: The papers cannot tell.
    UNCLEAR = "unclear"


class TrendPoint(Document):
    """What one paper said of a knowledge point; ``at`` is when it was submitted."""

    exam_id: str
    at: datetime
    items: int
    mastery: Unit
    interval: tuple[Unit, Unit]


class MasteryTrend(Document):
    """A knowledge point over at least two papers of a student, the oldest first."""

    knowledge_point: KnowledgePoint
    entries: tuple[TrendPoint, ...]
    direction: Direction


class Focus(Document):
    """One thing to work on. The recommendation of the same position says what to do."""

    #: A knowledge point's name, or what several slips have in common.
    title: str
    #: What the claim rests on, in words.
    reason: str
    #: Ordinals of the questions that cost points, the most telling one first.
    questions: tuple[int, ...]


class DiagnosisText(Document):
    """What a person reads. ``engine`` says who wrote it: ``rules`` or a model's name."""

    summary: str
    #: At most three, the most urgent first.
    focus: tuple[Focus, ...] = ()
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    recommendations: tuple[str, ...]
    engine: str


class Diagnosis(Document):
    """What the diagnostic stage writes."""

    mastery: tuple[Mastery, ...]
    diagnosis: DiagnosisText
    #: Points that earlier papers of the student estimated too; empty for a first paper.
    trend: tuple[MasteryTrend, ...] = ()
    notes: tuple[Note, ...] = ()
    #: What a language model did; None where none is configured.
    model: ModelUsage | None = None


class ExamResult(Document):
    """The whole answer. Totals are sums made in code, never by a model."""

    exam_id: str
    run: int
    paper_id: str | None
    #: The version of the answer key that was applied; None without one.
    key_version: int | None = None
    title: str | None = None
    subject: str | None
    grade: str | None
    student_ref: str | None
    language: str
    score: Score
    sections: tuple[SectionScore, ...]
    questions: tuple[QuestionResult, ...]
    mastery: tuple[Mastery, ...]
    diagnosis: DiagnosisText
    trend: tuple[MasteryTrend, ...] = ()
    notes: tuple[Note, ...] = ()
    duplicates: tuple[dict[str, str], ...] = ()
    #: Seconds of work per stage.
    timings: dict[str, float] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    #: What a language model did in all stages; None where none is configured.
    model: ModelUsage | None = None
