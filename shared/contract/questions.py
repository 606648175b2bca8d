"""Words that every part uses of a question: its type, verdict and evidence."""

from enum import StrEnum

from shared.contract.model import BBox, Document, Unit


class QuestionType(StrEnum):
    """How a question is answered."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    FILL_IN = "fill_in"
    SHORT_ANSWER = "short_answer"
    ESSAY = "essay"


class Verdict(StrEnum):
    """What became of an answer."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    PARTIAL = "partial"
    #: The place for the answer was found and is empty.
    UNANSWERED = "unanswered"
    #: Nobody could say with enough confidence; a person has to look. Never counted as 0.
    NEEDS_REVIEW = "needs_review"


class EvidenceKind(StrEnum):
    """Where a claim comes from."""

    #: What the student wrote.
    ANSWER = "answer"
    #: A teacher's tick, half tick or cross.
    MARK = "mark"
    #: A number of points written or printed on the paper.
    SCORE = "score"
    #: The answer key.
    KEY = "key"
    #: Arithmetic that was worked out from the printed question, without any key.
    COMPUTED = "computed"
    #: A language model's judgement.
    MODEL = "model"


class Evidence(Document):
    """One thing on a page, or outside it, that supports a claim. ``page`` counts from 1."""

    kind: EvidenceKind
    page: int | None = None
    bbox: BBox | None = None
    text: str = ""
    confidence: Unit = 1.0


class Option(Document):
    """One choice of a question, for example label B and its text."""

    label: str
    text: str
