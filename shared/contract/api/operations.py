"""What operators see: queues, dead letters, the audit trail."""

from datetime import datetime
from typing import Literal

from shared.contract.failures import FailureCode
from shared.contract.model import Document
from shared.contract.stages import Stage


class QueueBody(Document):
    """What waits in a queue, of all tenants, according to PostgreSQL."""

    queue: str
    stage: Stage
    waiting: int
    running: int
    oldest_waiting_seconds: float


class QueueList(Document):
    """All queues, in the order of the pipeline."""

    items: tuple[QueueBody, ...]


class DeadLetterBody(Document):
    """A task that used up its attempts. ``error`` is the exception's type and its place."""

    id: int
    exam_id: str
    run: int
    stage: Stage
    page: int
    code: FailureCode
    error: str
    created_at: datetime
    resolved_at: datetime | None
    resolution: Literal["replayed", "discarded"] | None


class DeadLetterList(Document):
    """Unresolved dead letters of the tenant, oldest first."""

    items: tuple[DeadLetterBody, ...]


class AuditEntryBody(Document):
    """One act: by which key, of which kind, on what, when; never any content."""

    id: int
    key_id: str
    action: str
    subject_id: str
    trace_id: str
    at: datetime


class AuditList(Document):
    """Entries, newest first. ``next`` goes into ``before`` for the following page."""

    items: tuple[AuditEntryBody, ...]
    next: int | None
