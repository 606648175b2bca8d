"""Tells Prometheus how much there is of everything, as PostgreSQL knows it."""

import structlog

from shared.contract.jobs import JOB_SPECS
from shared.contract.stages import SPECS
from shared.db.database import Database
from shared.observability import metrics

log = structlog.get_logger(__name__)


async def take_census(database: Database, window: int) -> None:
    """Set the census gauges; ``window`` is the relay's own. One short transaction."""
    async with database.transaction() as uow:
        unfinished = await uow.census.unfinished_exams()
        depths = await uow.runs.queue_depths()
        letters = await uow.census.dead_letters()
        jobs = await uow.job_counts.depths()
        dead_jobs = await uow.job_counts.count_dead()
        lag = await uow.census.outbox(window)
        connections = await uow.census.connections()
    for status, count in unfinished.items():
        metrics.EXAMS_UNFINISHED.labels(status).set(count)
    for depth in depths:
        queue = SPECS[depth.stage].queue
        metrics.QUEUE_WAITING.labels(queue).set(depth.waiting)
        metrics.QUEUE_RUNNING.labels(queue).set(depth.running)
        metrics.QUEUE_OLDEST_SECONDS.labels(queue).set(depth.oldest_waiting_seconds)
    for job in jobs:
        queue = JOB_SPECS[job.kind].queue
        metrics.QUEUE_WAITING.labels(queue).set(job.waiting)
        metrics.QUEUE_RUNNING.labels(queue).set(job.running)
        metrics.QUEUE_OLDEST_SECONDS.labels(queue).set(job.oldest_waiting_seconds)
    for stage, count in letters.items():
        metrics.DEAD_LETTERS.labels(SPECS[stage].queue).set(count)
    for queue, count in dead_jobs.items():
        metrics.DEAD_LETTERS.labels(queue).set(count)
    metrics.OUTBOX_WAITING.set(lag.waiting)
    metrics.OUTBOX_LAG_SECONDS.set(lag.late_seconds)
    metrics.CONNECTIONS_POSSIBLE.set(connections.possible)
    metrics.CONNECTIONS_ALLOWED.set(connections.allowed)


async def warn_of_too_large_pools(database: Database) -> bool:
    """Whether all pools together exceed what the server allows; a warning is logged then."""
    async with database.transaction() as uow:
        connections = await uow.census.connections()
    if connections.possible <= connections.allowed:
        return False
    log.warning(
        "database.pools_too_large",
        possible=connections.possible,
        allowed=connections.allowed,
        advice="fewer worker threads or replicas, or a higher max_connections",
    )
    return True
