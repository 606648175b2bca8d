"""What may be corrected about a question, and what follows from it."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.gateway.domain.problems import Problem
from services.gateway.domain.text import FilledLine
from shared.contract.corrections import Change
from shared.contract.documents import QuestionResult
from shared.contract.model import Document, Text
from shared.contract.questions import Verdict

GivenVerdict = Literal["correct", "incorrect", "partial", "unanswered"]


_NULL: JsonDict = {"type": "null"}
#: At least one field, and no grade beside a new answer. In words that generators of clients pass
#: over: of alternatives they would make as many classes.
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
    """A correction of one question; at least one field, absent ones stay as they are.

    A new answer is graded again, so it goes without verdict and score.
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


def change_of(asked: CorrectionRequest, question: QuestionResult) -> Change:
    """The change that ``asked`` makes of ``question``, verdict and score in agreement.

    Raises Problem ``invalid_request`` when they contradict each other or the question.
    """
    verdict, score = _grade(asked, question.full_score)
    return Change(
        student_answer=asked.student_answer,
        verdict=verdict,
        score=score,
        knowledge_points=asked.knowledge_points,
    )


def _grade(
    asked: CorrectionRequest, full_score: float | None
) -> tuple[Verdict | None, float | None]:
    verdict = None if asked.verdict is None else Verdict(asked.verdict)
    score = asked.score
    if verdict is None and score is None:
        return None, None
    if score is not None and full_score is not None and score > full_score:
        raise _invalid("score", "above_full_score")
    if score is None:
        if verdict is Verdict.CORRECT:
            return verdict, full_score
        if verdict is Verdict.PARTIAL:
            raise _invalid("score", "missing")
        return verdict, 0.0
    if verdict is None:
        return _verdict_of(score, full_score), score
    if _contradicts(verdict, score, full_score):
        raise _invalid("score", "contradicts_verdict")
    return verdict, score


def _verdict_of(score: float, full_score: float | None) -> Verdict:
    if score == 0:
        return Verdict.INCORRECT
    return Verdict.CORRECT if score == full_score else Verdict.PARTIAL


def _contradicts(verdict: Verdict, score: float, full_score: float | None) -> bool:
    if verdict is Verdict.CORRECT:
        return full_score is not None and score != full_score
    if verdict is Verdict.PARTIAL:
        return score in {0.0, full_score}
    return score != 0


def _invalid(field: str, rule: str) -> Problem:
    return Problem("invalid_request", errors=[{"field": f"body.{field}", "rule": rule}])
