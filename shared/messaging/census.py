"""Tells Prometheus how much there is of everything, as PostgreSQL knows it."""

from shared.contract.stages import SPECS
from shared.db.database import Database
from shared.observability import metrics


async def take_census(database: Database, window: int) -> None:
    """Set the census gauges; ``window`` is the relay's own. One short transaction."""
    async with database.transaction() as uow:
        unfinished = await uow.census.unfinished_exams()
        depths = await uow.runs.queue_depths()
        letters = await uow.census.dead_letters()
        lag = await uow.census.outbox(window)
    for status, count in unfinished.items():
        metrics.EXAMS_UNFINISHED.labels(status).set(count)
    for depth in depths:
        queue = SPECS[depth.stage].queue
        metrics.QUEUE_WAITING.labels(queue).set(depth.waiting)
        metrics.QUEUE_RUNNING.labels(queue).set(depth.running)
        metrics.QUEUE_OLDEST_SECONDS.labels(queue).set(depth.oldest_waiting_seconds)
    for stage, count in letters.items():
        metrics.DEAD_LETTERS.labels(SPECS[stage].queue).set(count)
    metrics.OUTBOX_WAITING.set(lag.waiting)
    metrics.OUTBOX_LAG_SECONDS.set(lag.late_seconds)
