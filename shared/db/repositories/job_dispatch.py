"""The relay's view of jobs: which are due, which were lost, which nobody has made yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.jobs import JOB_SPECS, JobKind, JobMessage
from shared.contract.stages import Priority
from shared.db.repositories.outbox import DispatchRules
from shared.db.tables import JobState, jobs

_JOB = jobs.c
#: The order of DispatchRules, for jobs: their rows are their outbox rows. Of one tenant no more are
#: in hand than its queue allows.
_TAKE = text(
    """
    WITH limits AS (
      SELECT * FROM unnest(CAST(:queues AS text[]), CAST(:limits AS int[]))
        AS limits(queue, most_of_a_tenant)
    ), hand AS (
      SELECT queue, tenant_id, priority, count(*) AS jobs,
             count(*) FILTER (WHERE state = 'pending') AS waiting,
             count(*) FILTER (WHERE crashes > 0) AS suspects
      FROM jobs WHERE dispatched_at IS NOT NULL AND state IN ('pending', 'running')
      GROUP BY queue, tenant_id, priority
    ), tenant_load AS (
      SELECT queue, tenant_id, sum(jobs) AS jobs FROM hand GROUP BY queue, tenant_id
    ), load AS (
      SELECT queue, sum(waiting) AS waiting, sum(jobs) - sum(waiting) AS running,
             sum(suspects) AS suspects
      FROM hand GROUP BY queue
    ), due AS (
      SELECT id, queue, tenant_id, due_at, priority AS own, crashes > 0 AS is_suspect,
             greatest(priority, least(:highest_by_age, priority + floor(
               extract(epoch FROM clock_timestamp() - due_at) / :aging)))::int AS level
      FROM jobs
      WHERE state = 'pending' AND dispatched_at IS NULL AND due_at <= clock_timestamp()
    ), turns AS (
      SELECT due.*, coalesce(tenant_load.jobs, 0) AS in_hand,
             coalesce(tenant_load.jobs, 0) + row_number() OVER (
               PARTITION BY due.queue, due.tenant_id, due.level, due.own
               ORDER BY due.due_at, due.id) AS turn,
             coalesce(tenant_load.jobs, 0) + row_number() OVER (
               PARTITION BY due.queue, due.tenant_id
               ORDER BY due.level DESC, due.own DESC, due.due_at, due.id) AS place_of_tenant
      FROM due LEFT JOIN tenant_load
        ON tenant_load.queue = due.queue AND tenant_load.tenant_id = due.tenant_id
    ), places AS (
      SELECT turns.id, turns.queue, level, own,
             row_number() OVER (
               PARTITION BY turns.queue ORDER BY level DESC, own DESC, turn, due_at, turns.id
             ) AS place,
             row_number() OVER (
               PARTITION BY turns.queue ORDER BY own DESC, level DESC, turn, due_at, turns.id
             ) AS own_place
      FROM turns JOIN limits ON limits.queue = turns.queue
      LEFT JOIN load ON load.queue = turns.queue
      WHERE (most_of_a_tenant IS NULL OR place_of_tenant <= most_of_a_tenant)
        AND (NOT is_suspect OR coalesce(suspects, 0) = 0 AND turns.id = (
          SELECT other.id FROM turns other WHERE other.queue = turns.queue AND other.is_suspect
          ORDER BY other.due_at, other.id LIMIT 1))
    ), chosen AS (
      SELECT places.id, level, place
      FROM places LEFT JOIN load ON load.queue = places.queue
      WHERE place <= greatest(:window, coalesce(running, 0)) - coalesce(waiting, 0)
        OR own_place <= :window - (
          SELECT coalesce(sum(hand.waiting), 0) FROM hand
          WHERE hand.queue = places.queue AND hand.priority >= places.own)
      ORDER BY level DESC, place LIMIT :batch
    ), taken AS (
      SELECT id FROM jobs
      WHERE id IN (SELECT id FROM chosen) AND state = 'pending' AND dispatched_at IS NULL
      FOR UPDATE SKIP LOCKED
    ), dispatched AS (
      UPDATE jobs SET dispatched_at = clock_timestamp()
      FROM taken JOIN chosen ON chosen.id = taken.id
      WHERE jobs.id = taken.id
      RETURNING jobs.id, kind, queue, traceparent, dispatched_at, attempt, level, place
    )
    SELECT id, kind, queue, traceparent, dispatched_at, attempt, level FROM dispatched
    ORDER BY level DESC, place
    """
)
#: What processes of the version before have asked for without a job, and what it left behind.
_ADOPT = tuple(
    text(statement)
    for statement in (
        """
        INSERT INTO jobs (kind, queue, tenant_id, practice_id, priority)
        SELECT p.step, CASE p.step WHEN 'practice_drawing' THEN 'drawing' ELSE 'practice' END,
               p.tenant_id, p.id, 1
        FROM practice_papers p
        WHERE p.state IN ('pending', 'running') AND NOT EXISTS (
          SELECT FROM jobs WHERE jobs.practice_id = p.id AND jobs.kind = p.step)
        ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO jobs (kind, queue, tenant_id, paper_id, priority)
        SELECT 'class_report', 'class', c.tenant_id, c.paper_id, 1
        FROM class_reports c
        WHERE c.computed < c.wanted
        ON CONFLICT (paper_id, kind) DO UPDATE SET
          state = 'pending', attempt = 0, crashes = 0, crashes_alone = 0, token = NULL,
          dispatched_at = NULL, due_at = clock_timestamp()
        WHERE jobs.state = 'done'
        """,
        """
        INSERT INTO jobs (kind, queue, tenant_id, delivery_id, priority, attempt, due_at)
        SELECT 'webhook', 'webhooks', d.tenant_id, d.id, 1, d.attempts, d.due_at
        FROM webhook_deliveries d
        WHERE d.state = 'pending' AND NOT EXISTS (
          SELECT FROM jobs WHERE jobs.delivery_id = d.id)
        ON CONFLICT DO NOTHING
        """,
    )
)


@dataclass(frozen=True, slots=True)
class DispatchedJob:
    """A message to publish: ``message_id`` is another one each time the job is dispatched."""

    queue: str
    priority: int
    message: JobMessage
    dispatched_at: datetime

    @property
    def message_id(self) -> str:
        """What tells this message from others of the same job."""
        return f"job-{self.message.id}-{int(self.dispatched_at.timestamp() * 1e6)}"


class JobDispatch:
    """Repository of what a relay does with jobs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(self, limit: int, dispatch: DispatchRules) -> tuple[DispatchedJob, ...]:
        """Mark up to ``limit`` due jobs as dispatched; the caller publishes their messages.

        A relay that dies before leaves a job without a message, which is found like one whose
        message the broker has lost.
        """
        specs = JOB_SPECS.values()
        rows = await self._connection.execute(
            _TAKE,
            {
                "queues": [spec.queue for spec in specs],
                "limits": [spec.most_of_a_tenant for spec in specs],
                "batch": limit,
                "window": dispatch.window,
                "aging": dispatch.aging_seconds,
                "highest_by_age": int(Priority.HIGH),
            },
        )
        return tuple(
            DispatchedJob(
                row.queue,
                row.level,
                JobMessage(id=str(row.id), kind=JobKind(row.kind), traceparent=row.traceparent),
                row.dispatched_at,
            )
            for row in rows
        )

    async def take_back(self, dispatched: Sequence[DispatchedJob]) -> None:
        """Publishing failed: let any relay take these jobs at once."""
        for job in dispatched:
            await self._connection.execute(
                update(jobs)
                .where(
                    _JOB.id == job.message.id,
                    _JOB.state == JobState.PENDING,
                    _JOB.dispatched_at == job.dispatched_at,
                )
                .values(dispatched_at=None)
            )

    async def expired(self, limit: int) -> int:
        """Take back up to ``limit`` jobs whose lease ran out; they are due now.

        Each counts as a crash, because whoever held it has fallen silent, and as its own doing if
        its worker did nothing else. Returns how many there were.
        """
        due = (
            select(_JOB.id)
            .where(_JOB.state == JobState.RUNNING, _JOB.lease_until < func.clock_timestamp())
            .order_by(_JOB.lease_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        result = await self._connection.execute(
            update(jobs)
            .where(_JOB.id.in_(due))
            .values(
                state=JobState.PENDING,
                crashes=_JOB.crashes + 1,
                crashes_alone=_JOB.crashes_alone + case((_JOB.is_alone, 1), else_=0),
                token=None,
                lease_until=None,
                due_at=func.clock_timestamp(),
                dispatched_at=None,
            )
        )
        return int(result.rowcount)

    async def dispatched(self, older_than_seconds: float) -> dict[str, int]:
        """How many messages of each queue should be at the broker, or fetched and not begun.

        Only of queues with one that was dispatched so long ago.
        """
        rows = await self._connection.execute(
            select(_JOB.queue, func.count())
            .where(_JOB.state == JobState.PENDING, _JOB.dispatched_at.is_not(None))
            .group_by(_JOB.queue)
            .having(func.min(_JOB.dispatched_at) < _seconds_ago(older_than_seconds))
        )
        return {queue: int(count) for queue, count in rows}

    async def redrive(self, older_than_seconds: float, queues: Collection[str], limit: int) -> int:
        """Let jobs be dispatched again whose message went out long ago and never arrived."""
        lost = (
            select(_JOB.id)
            .where(
                _JOB.state == JobState.PENDING,
                _JOB.queue.in_(queues),
                _JOB.dispatched_at < _seconds_ago(older_than_seconds),
            )
            .order_by(_JOB.dispatched_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        result = await self._connection.execute(
            update(jobs).where(_JOB.id.in_(lost)).values(dispatched_at=None)
        )
        return int(result.rowcount)

    async def adopt(self) -> int:
        """Make the jobs of what was asked for without one; returns how many.

        Processes of the version before this table do that while they are being replaced.
        """
        made = 0
        for statement in _ADOPT:
            made += (await self._connection.execute(statement)).rowcount
        return made


def _seconds_ago(seconds: float) -> object:
    return func.clock_timestamp() - timedelta(seconds=seconds)
