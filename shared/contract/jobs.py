"""Jobs: work on queues that belongs to no stage of an exam."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from shared.contract.model import Document
from shared.contract.stages import QUEUES, Priority


class JobKind(StrEnum):
    """One kind of job; each is the work of exactly one actor."""

    #: Items of a practice paper on order are chosen.
    PRACTICE_SELECTION = "practice_selection"
    #: A practice paper on order and its key are drawn.
    PRACTICE_DRAWING = "practice_drawing"
    #: The report of a class is computed.
    CLASS_REPORT = "class_report"
    #: The end of an exam is announced to its callback address.
    WEBHOOK = "webhook"
    #: The file of a class is divided among its students.
    DIVISION = "division"


@dataclass(frozen=True, slots=True)
class JobSpec:
    """Everything the platform must know of a kind of job.

    ``subject`` is the column of the jobs that names what the job is about.
    """

    kind: JobKind
    queue: str
    subject: Literal["practice_id", "paper_id", "delivery_id", "batch_id"]
    #: Who follows when this one is done, about the same subject.
    successor: JobKind | None = None
    #: Attempts that may end with an error.
    max_attempts: int = 4
    #: Attempts that may end with the worker vanishing while it does nothing else.
    max_crashes: int = 3
    time_limit_seconds: float = 120.0
    #: Rests between the attempts, where they do not simply double.
    rests_seconds: tuple[float, ...] = ()
    #: It waits for somebody else nearly all the time, and has threads of its own for that.
    is_waiting: bool = False
    #: Jobs of one tenant that are in hand at a time; None is no limit.
    most_of_a_tenant: int | None = None


#: Eight attempts over 28 hours, the schedule that standardwebhooks.com recommends.
_WEBHOOK_RESTS = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)

JOB_SPECS: dict[JobKind, JobSpec] = {
    spec.kind: spec
    for spec in (
        JobSpec(
            JobKind.PRACTICE_SELECTION,
            "practice",
            "practice_id",
            successor=JobKind.PRACTICE_DRAWING,
        ),
        JobSpec(JobKind.PRACTICE_DRAWING, "drawing", "practice_id"),
        # The longest fits the parameters of a large class.
        JobSpec(JobKind.CLASS_REPORT, "class", "paper_id", time_limit_seconds=540.0),
        JobSpec(
            JobKind.WEBHOOK,
            "webhooks",
            "delivery_id",
            max_attempts=len(_WEBHOOK_RESTS) + 1,
            time_limit_seconds=60.0,
            rests_seconds=_WEBHOOK_RESTS,
            is_waiting=True,
            # A dead receiver holds each of its tenant's for as long as a sender waits, and leaves
            # room for the others'.
            most_of_a_tenant=8,
        ),
        # Dividing has a limit of its own below this; storing what it made comes on top.
        JobSpec(JobKind.DIVISION, "division", "batch_id", time_limit_seconds=540.0),
    )
}

JOB_QUEUES: tuple[str, ...] = tuple(spec.queue for spec in JOB_SPECS.values())
#: Every queue at the broker: those of the stages, then those of the jobs.
ALL_QUEUES: tuple[str, ...] = (*QUEUES, *JOB_QUEUES)
#: Queues whose work has threads of its own.
WAITING_QUEUES: frozenset[str] = frozenset(
    spec.queue for spec in JOB_SPECS.values() if spec.is_waiting
)


class JobMessage(Document):
    """Names a job; its input and state are in PostgreSQL.

    New fields get defaults, so that old and new code read each other's messages.
    """

    v: Literal[1] = 1
    id: str
    kind: JobKind
    #: W3C trace context of whoever caused the job.
    traceparent: str | None = None


class Job(Document):
    """A job as it was taken. ``subject_id`` is of an order, a paper, a delivery or a batch."""

    id: str
    kind: JobKind
    subject_id: str
    tenant_id: str
    priority: Priority
    traceparent: str | None = None
