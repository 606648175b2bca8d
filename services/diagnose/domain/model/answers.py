"""What a language model is asked to return, as JSON."""

import re
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.contract.model import Unit

#: A number as models write it: ``4分``, ``4.5 / 5``, ``80%``.
_NUMBER = re.compile(r"\s*([+-]?\d{1,9}(?:\.\d{1,9})?)\s*(%?)")


def _number(given: Any) -> Any:
    """The number at the beginning of a string; anything else as it is."""
    found = _NUMBER.match(given) if isinstance(given, str) else None
    if found is None:
        return given
    value = float(found[1])
    return value / 100 if found[2] else value


def _share(given: Any) -> Any:
    """A confidence as a share: of a hundred as well, and none where the model names none."""
    value = _number(given)
    if value is None:
        return 0.0
    if isinstance(value, int | float) and 1 < value <= 100:
        return value / 100
    return value


Number = Annotated[float, BeforeValidator(_number)]
Share = Annotated[Unit, BeforeValidator(_share)]


class Answer(BaseModel):
    """Base of all answers; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


AnswerT = TypeVar("AnswerT", bound=Answer)


class TaggedPoint(Answer):
    """One of the offered points, by its id."""

    id: str = Field(max_length=200)
    confidence: Share


class PointTags(Answer):
    """The points that a question is about, the most important first."""

    points: tuple[TaggedPoint, ...] = Field(max_length=10)


class GradedPart(Answer):
    """One part of the rubric. ``quote`` is the part of the answer that earns the points."""

    criterion: str = Field(max_length=400)
    available: Number = Field(ge=0, le=1000)
    earned: Number = Field(ge=-1000, le=1000)
    quote: str = Field(max_length=2000)


class Grade(Answer):
    """Points by parts; code adds them up. ``cause`` is empty for a full answer."""

    parts: tuple[GradedPart, ...] = Field(min_length=1, max_length=40)
    confidence: Share
    cause: str = Field(max_length=600)
    cause_quote: str = Field(max_length=2000)


class ErrorCause(Answer):
    """Why an answer is wrong; ``quote`` is the part of the answer that shows it."""

    cause: str = Field(max_length=600)
    quote: str = Field(max_length=2000)
    confidence: Share


class Summary(Answer):
    """The summary in the model's words."""

    summary: str = Field(min_length=10, max_length=1500)


class Recommendation(Answer):
    """One recommendation in the model's words, by the number of the given one."""

    number: int
    text: str = Field(min_length=5, max_length=600)


class Recommendations(Answer):
    """Recommendations by their numbers."""

    items: tuple[Recommendation, ...] = Field(max_length=30)
