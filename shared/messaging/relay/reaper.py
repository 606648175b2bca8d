"""Takes back the tasks of workers that fell silent, and sends again what the broker lost."""

from collections.abc import Awaitable, Callable

import structlog

from shared.contract.stages import SPECS
from shared.db.database import Database
from shared.observability import metrics

log = structlog.get_logger(__name__)

#: Tasks of each kind that are sent again in one round.
_BATCH = 100
#: How many messages lie in a queue; None when the broker does not say.
CountWaiting = Callable[[str], Awaitable[int | None]]


async def reap(database: Database, redrive_seconds: float, count_waiting: CountWaiting) -> None:
    """Put a new message for every such task into the outbox."""
    async with database.transaction() as uow:
        expired = await uow.tasks.expired(_BATCH)
        for task in expired:
            await uow.outbox.add_again(task)
    metrics.LEASES_EXPIRED.inc(len(expired))
    stranded = await _redrive(database, redrive_seconds, count_waiting)
    if expired or stranded:
        log.warning("relay.reaped", expired=len(expired), stranded=stranded)


async def _redrive(database: Database, redrive_seconds: float, count_waiting: CountWaiting) -> int:
    """Send again what has not begun after ``redrive_seconds``, if its queue lacks messages.

    While all of them lie in the queue, they only wait for workers. One that a worker has fetched
    is sent again as well, which is harmless: whichever comes first is worked on.
    """
    async with database.transaction() as uow:
        dispatched = await uow.tasks.dispatched(redrive_seconds)
    lacking = []
    for stage, messages in dispatched.items():
        waiting = await count_waiting(SPECS[stage].queue)
        if waiting is not None and waiting < messages:
            lacking.append(stage)
    if not lacking:
        return 0
    async with database.transaction() as uow:
        stranded = await uow.tasks.stranded(redrive_seconds, lacking, _BATCH)
        for task in stranded:
            await uow.outbox.add_again(task)
    metrics.TASKS_REDRIVEN.inc(len(stranded))
    return len(stranded)
