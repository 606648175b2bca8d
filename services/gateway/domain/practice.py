"""Practice papers as clients order and see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from services.gateway.domain.problems import Problem
from services.gateway.domain.text import Line
from services.gateway.domain.validation import field_errors
from shared.contract.documents import KnowledgePoint
from shared.contract.failures import FailureCode, Language
from shared.contract.model import Document
from shared.contract.practice import (
    DEFAULT_COUNT,
    MOST_ITEMS,
    Effort,
    PracticeJob,
    PracticeState,
    PracticeStep,
)

PracticeStateName = Literal["queued", "selecting", "drawing", "ready", "failed"]
#: Form fields that may be sent empty, as forms in browsers do.
_OPTIONAL = frozenset({"exam_id", "subject", "difficulty", "language", "count"})


class PracticeRequest(Document):
    """What is ordered: practice for ``exam_id``, or for a lecture file that comes with it."""

    exam_id: UUID | None = None
    #: The subject of a lecture; without it the lecture's text decides.
    subject: Annotated[Line, Field(max_length=60)] | None = None
    count: int = Field(default=DEFAULT_COUNT, ge=1, le=MOST_ITEMS)
    #: Without it the difficulty follows the student's mastery.
    difficulty: Effort | None = None
    #: Default: the exam's language, or the lecture's order in Chinese.
    language: Language | None = None


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


class ExamPracticeRequest(PracticeRequest):
    """An order in JSON, which brings no lecture."""

    model_config = ConfigDict(extra="forbid")

    exam_id: UUID
    # To JSON schema 10.0 is an integer.
    count: Annotated[int, BeforeValidator(_whole)] = Field(
        default=DEFAULT_COUNT, ge=1, le=MOST_ITEMS
    )


class PracticeBody(Document):
    """A practice paper on order. ``links`` name its files once it is ready."""

    id: str
    exam_id: str | None
    state: PracticeStateName
    subject: str | None
    count: int
    difficulty: Effort | None
    language: Language
    knowledge_points: tuple[KnowledgePoint, ...]
    #: Items that were found, at most ``count``; None before the selection.
    items: int | None
    error_code: FailureCode | None
    error_message: str | None
    created_at: datetime
    completed_at: datetime | None
    links: dict[str, str]


def practice_state(job: PracticeJob) -> PracticeStateName:
    """The state as clients see it."""
    if job.state is PracticeState.READY:
        return "ready"
    if job.state is PracticeState.FAILED:
        return "failed"
    if job.step is PracticeStep.DRAWING:
        return "drawing"
    return "selecting" if job.state is PracticeState.RUNNING else "queued"


def parse_practice_form(fields: Mapping[str, str]) -> PracticeRequest:
    """The order in form fields; empty ones count as absent. Raises Problem ``invalid_request``."""
    given = {k: v for k, v in fields.items() if v.strip() or k not in _OPTIONAL}
    if set(given) - set(PracticeRequest.model_fields):
        # Naming the field would repeat what was sent.
        raise invalid("form", "unknown_field")
    try:
        return PracticeRequest.model_validate(given)
    except ValidationError as error:
        raise Problem("invalid_request", errors=field_errors(error.errors(), "form")) from error


def invalid(field: str, rule: str) -> Problem:
    """The problem of one broken rule."""
    return Problem("invalid_request", errors=[{"field": field, "rule": rule}])
