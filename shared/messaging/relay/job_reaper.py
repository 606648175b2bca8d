"""Takes back the jobs of workers that fell silent, and sends again what the broker lost."""

import structlog

from shared.db.database import Database
from shared.messaging.relay.reaper import CountWaiting
from shared.observability import metrics

log = structlog.get_logger(__name__)

#: Jobs of each kind that are taken back in one round.
_BATCH = 100


async def reap_jobs(
    database: Database, redrive_seconds: float, count_waiting: CountWaiting
) -> None:
    """Let every such job be dispatched again.

    While all messages of a queue lie there, they only wait for workers. One that a worker has
    fetched is sent again as well, which is harmless: whichever comes first is worked on.
    """
    async with database.transaction() as uow:
        expired = await uow.job_dispatch.expired(_BATCH)
        dispatched = await uow.job_dispatch.dispatched(redrive_seconds)
    metrics.LEASES_EXPIRED.inc(expired)
    lacking = []
    for queue, messages in dispatched.items():
        waiting = await count_waiting(queue)
        if waiting is not None and waiting < messages:
            lacking.append(queue)
    redriven = 0
    if lacking:
        async with database.transaction() as uow:
            redriven = await uow.job_dispatch.redrive(redrive_seconds, lacking, _BATCH)
        metrics.TASKS_REDRIVEN.inc(redriven)
    if expired or redriven:
        log.warning("relay.jobs_reaped", expired=expired, stranded=redriven)


async def adopt_jobs(database: Database) -> None:
    """Make the jobs that processes of the version before have not made, while they still run."""
    async with database.transaction() as uow:
        adopted = await uow.job_dispatch.adopt()
        adopted += await uow.webhooks.announce_missed(_BATCH)
    if adopted:
        log.info("relay.jobs_adopted", jobs=adopted)
