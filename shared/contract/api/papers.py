"""Papers with their answer keys, and what a class made of one."""

from datetime import datetime
from enum import StrEnum

from shared.contract.answer_key import AnswerKey
from shared.contract.class_report import ClassReport
from shared.contract.model import Document


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


class PaperList(Document):
    """A page of papers, newest first."""

    items: tuple[PaperSummary, ...]
    next: str | None


class ClassBody(Document):
    """The class report of a paper; ``is_current`` is False while a newer one is being computed.

    ``computed_at`` is None until the first exam of the paper has been completed.
    """

    paper_id: str
    title: str
    subject: str | None
    grade: str | None
    is_current: bool
    computed_at: datetime | None
    report: ClassReport


class ClassTable(StrEnum):
    """Which table of a class report is asked for."""

    #: One row per student: scores, the share of every question, mastery of every point.
    STUDENTS = "students"
    #: One row per question: score rate, difficulty, discrimination, what was chosen.
    QUESTIONS = "questions"
