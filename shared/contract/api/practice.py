"""Practice papers as clients order and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from shared.contract.api.submissions import PRIORITY_NAMES, PriorityName
from shared.contract.api.text import Line
from shared.contract.documents import KnowledgePoint
from shared.contract.failures import FailureCode, Language
from shared.contract.model import Document
from shared.contract.practice import DEFAULT_COUNT, MOST_ITEMS, Effort
from shared.contract.stages import Priority

PracticeStateName = Literal["queued", "selecting", "drawing", "ready", "failed", "cancelled"]


class PracticeRequest(Document):
    """An order: practice for ``exam_id``, or for the lecture file that comes with the form."""

    exam_id: UUID | None = None
    #: The subject of a lecture. Without it the lecture's text decides.
    subject: Annotated[Line, Field(max_length=60)] | None = Field(
        default=None, json_schema_extra={"example": "数学"}
    )
    count: int = Field(default=DEFAULT_COUNT, ge=1, le=MOST_ITEMS)
    #: Without it the difficulty follows the student's mastery.
    difficulty: Effort | None = None
    #: Without it an exam's practice is in the exam's language, a lecture's in Chinese.
    language: Language | None = None
    #: ``urgent`` needs a key with the scope of that name.
    priority: PriorityName = "normal"

    @property
    def broker_priority(self) -> Priority:
        """The priority of its messages."""
        return Priority(PRIORITY_NAMES.index(self.priority))


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
    priority: PriorityName = "normal"
    #: In percent; an order that failed or was cancelled keeps what it had.
    progress: int = 0
    #: Counted from 1 while it waits; 0 while it is worked on; None once it has ended.
    queue_position: int | None = None
    #: Whole seconds until it is ready; 0 once it has ended.
    estimated_remaining_time: int = 0
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
