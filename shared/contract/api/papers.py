"""Papers with their answer keys, and what a class made of one."""

from datetime import datetime
from enum import StrEnum

from shared.contract.answer_key import AnswerKey
from shared.contract.class_report import ClassReport
from shared.contract.documents import Score
from shared.contract.model import Document
from shared.contract.stages import Status


class PaperSummary(Document):
    """A paper without its answers."""

    paper_id: str
    title: str
    subject: str | None
    grade: str | None
    version: int
    full_score: float
    questions: int
    created_at: datetime
    updated_at: datetime


class PaperBody(PaperSummary):
    """A paper with its answer key. ``version`` counts the keys it has had."""

    answer_key: AnswerKey
    #: Completed exams that were scored by an earlier key. ``POST …/rescore`` scores them anew.
    stale_exams: int


class PaperList(Document):
    """A page of papers, newest first."""

    items: tuple[PaperSummary, ...]
    next: str | None


class ClassBody(Document):
    """The class report of a paper.

    ``is_current`` is False while a newer one is being computed, and while ``stale_exams`` stand
    that were scored by an earlier answer key. ``computed_at`` is None until the first exam of the
    paper has been completed.
    """

    paper_id: str
    title: str
    subject: str | None
    grade: str | None
    is_current: bool
    computed_at: datetime | None
    stale_exams: int
    report: ClassReport


class ClassTable(StrEnum):
    """Which table of a class report is asked for."""

    #: One row per student: scores, the share of every question, mastery of every point.
    STUDENTS = "students"
    #: One row per question: score rate, difficulty, discrimination, what was chosen.
    QUESTIONS = "questions"


class ScoringBody(Document):
    """What a run made of an exam, and by which version of the answer key; None: not known."""

    run: int
    key_version: int | None
    score: Score


class ScoredExamBody(Document):
    """An exam of the paper: its newest scoring, and the last one by an earlier key.

    ``is_stale`` says that the paper has a newer key than the one that was applied.
    """

    exam_id: str
    student_ref: str | None
    status: Status
    is_stale: bool
    now: ScoringBody
    before: ScoringBody | None


class ScoringList(Document):
    """A page of the paper's scored exams, newest first."""

    items: tuple[ScoredExamBody, ...]
    next: str | None


class RescoreBody(Document):
    """``started`` exams are being scored anew by key ``version``; ``remaining`` ones are not yet.

    Some remain when they are many, or when somebody else changes them right now: ask again.
    """

    paper_id: str
    version: int
    started: int
    remaining: int
