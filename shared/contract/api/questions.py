"""Questions as graded, and the corrections of them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from shared.contract.api.text import FilledLine
from shared.contract.corrections import Change
from shared.contract.documents import QuestionResult
from shared.contract.model import Document, Text

GivenVerdict = Literal["correct", "incorrect", "partial", "unanswered"]


_NULL: JsonDict = {"type": "null"}
#: At least one field, and no grade beside a new answer. Generators of clients ignore these
#: keywords. From alternatives (``oneOf``) they would make a class each.
_ONE_CORRECTION: JsonDict = {
    "not": {
        "properties": {
            "student_answer": _NULL,
            "verdict": _NULL,
            "score": _NULL,
            "knowledge_points": _NULL,
        }
    },
    "if": {"required": ["student_answer"], "properties": {"student_answer": {"type": "string"}}},
    "then": {"properties": {"verdict": _NULL, "score": _NULL}},
}


class CorrectionRequest(Document):
    """A correction of one question. It has at least one field.

    Absent fields stay as they are. A new answer is graded again, so it comes without verdict and
    score.
    """

    model_config = ConfigDict(json_schema_extra=_ONE_CORRECTION)

    student_answer: Text | None = Field(default=None, max_length=4000)
    verdict: GivenVerdict | None = None
    score: float | None = Field(default=None, ge=0, le=1000)
    knowledge_points: (
        Annotated[tuple[Annotated[FilledLine, Field(max_length=100)], ...], Field(max_length=10)]
        | None
    ) = None

    @model_validator(mode="after")
    def _is_one_correction(self) -> Self:
        is_graded = self.verdict is not None or self.score is not None
        if self.student_answer is None and not is_graded and self.knowledge_points is None:
            raise PydanticCustomError("nothing_to_correct", "No field is given")
        if self.student_answer is not None and is_graded:
            raise PydanticCustomError("answer_or_grade", "An answer is graded, not given a grade")
        return self


class CorrectionBody(Document):
    """A correction that was made: by which key, when, and the run that applied it first."""

    run: int
    key_id: str
    created_at: datetime
    change: Change


class QuestionBody(Document):
    """A question as graded, with its corrections, oldest first.

    ``etag`` goes into If-Match when it is corrected.
    """

    exam_id: str
    etag: str
    question: QuestionResult
    corrections: tuple[CorrectionBody, ...]


class QuestionList(Document):
    """The questions of an exam."""

    items: tuple[QuestionBody, ...]


class ReviewItem(Document):
    """A question that nobody could grade, of a finished exam."""

    exam_id: str
    question: QuestionResult


class ReviewList(Document):
    """Questions that need a person, least certain first."""

    items: tuple[ReviewItem, ...]
