"""What people decide about jobs: to end an order or take it up again, to bring a dead job back."""

from shared.contract.jobs import JobKind
from shared.contract.practice import PracticeJob
from shared.contract.stages import Priority
from shared.db.repositories.batches import Batch
from shared.db.repositories.job_counts import DeadJob
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.runs import RunConflict


async def cancel_order(uow: UnitOfWork, order: PracticeJob) -> None:
    """End ``order`` at once. What a worker makes of it meanwhile is thrown away.

    Raises RunConflict ``conflict`` when it has ended.
    """
    if not await uow.practice_papers.cancel(order.id):
        raise RunConflict("conflict")
    await uow.jobs.drop(JobKind(order.step), order.id)


async def retry_order(
    uow: UnitOfWork, order: PracticeJob, *, traceparent: str | None = None
) -> None:
    """Take a failed or cancelled order up again where it stopped; items once chosen are kept.

    Raises RunConflict ``not_retryable`` for an order that waits, is worked on or ready.
    """
    if not await uow.practice_papers.reopen(order.id):
        raise RunConflict("not_retryable")
    await uow.practice_papers.enqueue(order, traceparent=traceparent)


async def cancel_division(uow: UnitOfWork, batch: Batch) -> None:
    """End ``batch`` before it is divided; a worker's part of it is thrown away.

    Raises RunConflict ``conflict`` when it has ended.
    """
    if not await uow.batches.cancel(batch.id):
        raise RunConflict("conflict")
    await uow.jobs.drop(JobKind.DIVISION, batch.id)
    await uow.retention.erase_again(batch.id, 0.0, folder="batches")


async def retry_division(
    uow: UnitOfWork, batch: Batch, priority: Priority, *, traceparent: str | None = None
) -> None:
    """Take a failed batch up again. Raises RunConflict ``not_retryable`` for any other."""
    if not await uow.batches.reopen(batch.id):
        raise RunConflict("not_retryable")
    await uow.jobs.add(
        JobKind.DIVISION, batch.id, batch.tenant_id, priority=priority, traceparent=traceparent
    )


async def replay_job(uow: UnitOfWork, dead: DeadJob, *, traceparent: str | None = None) -> None:
    """Begin the attempts of a dead job anew. Raises RunConflict when somebody decided before."""
    if dead.kind in {JobKind.PRACTICE_SELECTION, JobKind.PRACTICE_DRAWING}:
        is_wanted = await uow.practice_papers.reopen(dead.subject_id)
    elif dead.kind is JobKind.WEBHOOK:
        is_wanted = await uow.webhooks.reopen(dead.subject_id)
    elif dead.kind is JobKind.DIVISION:
        is_wanted = await uow.batches.reopen(dead.subject_id)
    else:
        is_wanted = True
    if not is_wanted or not await uow.jobs.restart(dead.id, traceparent=traceparent):
        raise RunConflict("dead_letter_resolved")


async def discard_job(uow: UnitOfWork, dead: DeadJob) -> None:
    """Decide that a dead job stays undone. Raises RunConflict when somebody decided before."""
    if not await uow.job_counts.discard(dead.id):
        raise RunConflict("dead_letter_resolved")
