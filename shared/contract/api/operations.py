"""What operators see: queues, dead letters, the audit trail."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contract.failures import FailureCode
from shared.contract.jobs import JobKind
from shared.contract.model import Document
from shared.contract.stages import Stage


class QueueBody(Document):
    """What waits in a queue, of all tenants, according to PostgreSQL."""

    queue: str
    #: The stage of an exam, or the kind of job, whose work it is.
    stage: Stage | JobKind
    waiting: int
    running: int
    oldest_waiting_seconds: float


class QueueList(Document):
    """All queues: those of the pipeline in its order, then those of the jobs."""

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


class DeadJobBody(Document):
    """A job that used up its attempts; ``subject_id`` is an order's, paper's or delivery's."""

    id: UUID
    kind: JobKind
    queue: str
    subject_id: UUID
    attempts: int
    code: FailureCode
    error: str
    created_at: datetime
    died_at: datetime


class DeadLetterList(Document):
    """Unresolved dead letters of the tenant, oldest first: tasks of exams, and jobs."""

    items: tuple[DeadLetterBody, ...]
    jobs: tuple[DeadJobBody, ...] = ()


class JobBody(Document):
    """A job that was begun anew."""

    id: UUID
    kind: JobKind
    queue: str
    subject_id: UUID


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
