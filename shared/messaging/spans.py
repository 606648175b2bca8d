"""What messages and tasks look like in a trace."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import SpanKind

from shared.contract.jobs import JobMessage
from shared.contract.messages import StageTask
from shared.db.repositories.job_dispatch import DispatchedJob
from shared.db.repositories.outbox import OutboxRow
from shared.observability.tracing import current_traceparent, span


@contextmanager
def task_span(task: StageTask) -> Iterator[None]:
    """One delivery of ``task``, below the request that caused it; a repeat links to what failed."""
    with span(
        f"stage {task.stage}",
        _identity(task),
        # A message without a trace begins one; it never joins what runs around it.
        traceparent=task.traceparent or "",
        kind=SpanKind.CONSUMER,
        follows=[task.previous_attempt],
    ):
        yield


@contextmanager
def outbox_span(row: OutboxRow) -> Iterator[None]:
    """From the time the message was due until the broker has confirmed it."""
    with (
        span(
            f"outbox {row.queue}",
            _identity(row.message) | {"examlens.priority": row.priority},
            traceparent=row.message.traceparent or "",
            begun_at=row.available_at,
        ),
        span(f"publish {row.queue}", kind=SpanKind.PRODUCER),
    ):
        yield


@contextmanager
def job_span(message: JobMessage) -> Iterator[None]:
    """One delivery of a job's message, below the request that caused it."""
    with span(
        f"job {message.kind}",
        {"examlens.job_id": message.id, "examlens.kind": message.kind.value},
        traceparent=message.traceparent or "",
        kind=SpanKind.CONSUMER,
    ):
        yield


@contextmanager
def job_publication_span(job: DispatchedJob) -> Iterator[None]:
    """Until the broker has confirmed the job's message."""
    with span(
        f"publish {job.queue}",
        {"examlens.job_id": job.message.id, "examlens.priority": job.priority},
        traceparent=job.message.traceparent or "",
        kind=SpanKind.PRODUCER,
    ):
        yield


def with_failed_attempt(task: StageTask) -> StageTask:
    """The message of the next attempt, which names the present span as the one before."""
    return task.model_copy(update={"previous_attempt": current_traceparent()})


def _identity(task: StageTask) -> dict[str, str | int]:
    return {
        "examlens.exam_id": task.exam_id,
        "examlens.run": task.run,
        "examlens.stage": task.stage.value,
        "examlens.page": task.page,
    }
