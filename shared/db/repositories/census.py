"""How much there is of everything: the figures behind the relay's gauges."""

from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.stages import TERMINAL, Stage, Status
from shared.db.tables import dead_letters, exams

#: A message is held back on purpose while its queue is full, or behind a task that ends workers:
#: see DispatchRules. The relay is late only with messages that could be published.
_OUTBOX = text(
    """
    WITH hand AS (
      SELECT t.stage, e.priority, count(*) FILTER (WHERE t.state = 'pending') AS waiting,
             count(*) FILTER (WHERE t.state = 'running') AS running
      FROM stage_tasks t, LATERAL (
        SELECT priority FROM exams WHERE id = t.exam_id AND run = t.run OFFSET 0) AS e
      WHERE t.dispatched_at IS NOT NULL AND t.state IN ('pending', 'running')
      GROUP BY t.stage, e.priority
    ), stage_load AS (
      SELECT stage, sum(waiting) AS waiting, sum(running) AS running FROM hand GROUP BY stage
    )
    SELECT count(*), extract(epoch FROM clock_timestamp() - min(o.available_at) FILTER (
      WHERE t.crashes = 0
        AND (coalesce(l.waiting, 0) < greatest(:window, coalesce(l.running, 0))
          OR :window > (SELECT coalesce(sum(hand.waiting), 0) FROM hand
            WHERE hand.stage = o.stage AND hand.priority >= o.priority))))
    FROM outbox o JOIN stage_tasks t
      ON t.exam_id = o.exam_id AND t.run = o.run AND t.stage = o.stage AND t.page = o.page
    LEFT JOIN stage_load l ON l.stage = o.stage
    WHERE o.published_at IS NULL AND o.available_at <= clock_timestamp()
    """
)
#: A pool's connections all carry its process and size (see Database); it may open that many.
#: Everybody else's connections count as they are.
_CONNECTIONS = text(
    """
    WITH sessions AS (
      SELECT application_name,
             (regexp_match(application_name, '^examlens-[^ ]+ [^ ]+ ([0-9]+)$'))[1]::int AS pool
      FROM pg_stat_activity WHERE datid IS NOT NULL
    ), pools AS (SELECT DISTINCT application_name, pool FROM sessions WHERE pool IS NOT NULL)
    SELECT (SELECT coalesce(sum(pool), 0) FROM pools)
             + (SELECT count(*) FROM sessions WHERE pool IS NULL),
           current_setting('max_connections')::int
             - current_setting('superuser_reserved_connections')::int
    """
)


@dataclass(frozen=True, slots=True)
class Connections:
    """``possible`` when every pool is used to its limit, and ``allowed`` by the server."""

    possible: int
    allowed: int


@dataclass(frozen=True, slots=True)
class OutboxLag:
    """``waiting`` due messages, and for how long the oldest that may be sent has waited."""

    waiting: int
    late_seconds: float


class Census:
    """Repository of counts over all tenants. Every query goes over what is unfinished only."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def unfinished_exams(self) -> dict[Status, int]:
        """How many exams are in each status that is not terminal."""
        wanted = tuple(status for status in Status if status not in TERMINAL)
        rows = await self._connection.execute(
            select(exams.c.status, func.count())
            .where(exams.c.status.in_(wanted))
            .group_by(exams.c.status)
        )
        counted = {Status(status): int(count) for status, count in rows}
        return {status: counted.get(status, 0) for status in wanted}

    async def dead_letters(self) -> dict[Stage, int]:
        """How many unresolved dead letters each stage has."""
        rows = await self._connection.execute(
            select(dead_letters.c.stage, func.count())
            .where(dead_letters.c.resolved_at.is_(None))
            .group_by(dead_letters.c.stage)
        )
        counted = {Stage(stage): int(count) for stage, count in rows}
        return {stage: counted.get(stage, 0) for stage in Stage}

    async def outbox(self, window: int) -> OutboxLag:
        """What waits in the outbox, when a queue holds at most ``window`` tasks nobody began."""
        waiting, late = (await self._connection.execute(_OUTBOX, {"window": window})).one()
        return OutboxLag(int(waiting), float(late or 0.0))

    async def connections(self) -> Connections:
        """What all processes that are connected now may take of the server together."""
        possible, allowed = (await self._connection.execute(_CONNECTIONS)).one()
        return Connections(int(possible), int(allowed))
