"""The one message that every queue carries: which task of which exam is due."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contract.model import Document
from shared.contract.stages import Stage

#: What PostgreSQL's integer holds.
Ordinal = Annotated[int, Field(ge=0, lt=2**31)]


class StageTask(Document):
    """Names a task; its input and state are in PostgreSQL. ``page`` is 0 for whole-exam stages.

    New fields get defaults, so that old and new code read each other's messages.
    """

    v: Literal[1] = 1
    exam_id: str
    run: Ordinal
    stage: Stage
    page: Ordinal = 0
    #: W3C trace context of whoever caused the task.
    traceparent: str | None = None
    #: W3C trace context of the failed attempt that this one repeats. The trace links to it.
    previous_attempt: str | None = None
