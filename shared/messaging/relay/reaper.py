"""Takes back the tasks of workers that fell silent, and sends again what the broker lost."""

import structlog

from shared.db.database import Database
from shared.observability import metrics

log = structlog.get_logger(__name__)

#: Tasks of each kind that are sent again in one round.
_BATCH = 100


async def reap(database: Database, redrive_seconds: float) -> None:
    """Put a new message for every such task into the outbox.

    A message is taken for lost when its task has not begun after ``redrive_seconds``.
    """
    async with database.transaction() as uow:
        expired = await uow.tasks.expired(_BATCH)
        for task in expired:
            await uow.outbox.add_again(task)
        stranded = await uow.tasks.stranded(redrive_seconds, _BATCH)
        for task in stranded:
            await uow.outbox.add_again(task)
    metrics.LEASES_EXPIRED.inc(len(expired))
    metrics.TASKS_REDRIVEN.inc(len(stranded))
    if expired or stranded:
        log.warning("relay.reaped", expired=len(expired), stranded=len(stranded))
