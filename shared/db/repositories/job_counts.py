"""How many jobs wait, run or died, and how long they take: for people and for gauges."""

from datetime import datetime

from sqlalchemy import case, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.failures import FailureCode
from shared.contract.jobs import JOB_SPECS, JobKind
from shared.contract.model import Document
from shared.db.repositories.jobs import SUBJECT
from shared.db.rows import to_document
from shared.db.tables import OPEN_STATES, JobState, jobs

_JOB = jobs.c
#: Jobs of the same queue that are served before, and how long the newest of each kind took. Higher
#: priorities go first, then what has been due longer.
_LINE = """
    WITH own AS (SELECT * FROM jobs WHERE kind = :kind AND {subject} = CAST(:id AS uuid))
    SELECT own.state, own.started_at, own.kind,
      (SELECT count(*) FROM jobs other
       WHERE other.queue = own.queue AND other.state = 'pending' AND other.id <> own.id
         AND (other.priority > own.priority
              OR other.priority = own.priority AND other.due_at < own.due_at)) AS ahead,
      (SELECT count(*) FROM jobs other
       WHERE other.queue = own.queue AND other.state = 'running') AS running,
      extract(epoch FROM clock_timestamp() - own.started_at)::float AS worked_seconds,
      greatest(extract(epoch FROM own.due_at - clock_timestamp())::float, 0) AS rest_seconds
    FROM own
"""
_PACE = text(
    """
    SELECT kinds.kind, avg(recent.seconds)::float AS seconds
    FROM unnest(CAST(:kinds AS text[])) AS kinds(kind)
    CROSS JOIN LATERAL (
      SELECT seconds FROM jobs WHERE state = 'done' AND jobs.kind = kinds.kind
      ORDER BY finished_at DESC LIMIT 50
    ) AS recent
    GROUP BY kinds.kind
    """
)


class JobDepth(Document):
    """How many jobs of one kind wait and how many are worked on, of all tenants."""

    kind: JobKind
    waiting: int
    running: int
    oldest_waiting_seconds: float


class JobPlace(Document):
    """Where one job stands in its queue; ``ahead`` counts those that are served before it."""

    kind: JobKind
    state: JobState
    ahead: int
    running: int
    worked_seconds: float | None
    rest_seconds: float


class DeadJob(Document):
    """A job that used up its attempts. ``error`` names the exception and where it rose."""

    id: str
    kind: JobKind
    subject_id: str
    tenant_id: str
    attempt: int
    error_code: FailureCode
    error: str
    created_at: datetime
    finished_at: datetime


class JobCounts:
    """Repository of counts and of dead jobs. But for the decision on a dead job it only reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def depths(self) -> tuple[JobDepth, ...]:
        """Every kind of job with what waits and what runs."""
        is_due = _JOB.state == JobState.PENDING
        age = func.extract("epoch", func.clock_timestamp() - func.min(case((is_due, _JOB.due_at))))
        rows = await self._connection.execute(
            select(
                _JOB.kind,
                func.count(case((is_due, 1))),
                func.count(case((_JOB.state == JobState.RUNNING, 1))),
                age,
            )
            .where(
                _JOB.state.in_(OPEN_STATES),
                # What rests until its next attempt does not wait for a worker.
                or_(~is_due, _JOB.due_at <= func.clock_timestamp()),
            )
            .group_by(_JOB.kind)
        )
        found = {row[0]: row for row in rows}
        return tuple(
            JobDepth(
                kind=kind,
                waiting=found[kind][1] if kind in found else 0,
                running=found[kind][2] if kind in found else 0,
                oldest_waiting_seconds=max(float(found[kind][3] or 0.0), 0.0)
                if kind in found
                else 0.0,
            )
            for kind in JOB_SPECS
        )

    async def place(self, kind: JobKind, subject_id: str) -> JobPlace | None:
        """Where the job about ``subject_id`` stands, or None for no such job."""
        line = text(_LINE.format(subject=JOB_SPECS[kind].subject))
        asked = {"kind": kind.value, "id": subject_id}
        row = (await self._connection.execute(line, asked)).one_or_none()
        return None if row is None else to_document(JobPlace, row)

    async def pace(self) -> dict[JobKind, float]:
        """Mean seconds of the newest jobs of each kind that has any."""
        rows = await self._connection.execute(_PACE, {"kinds": [kind.value for kind in JOB_SPECS]})
        return {JobKind(kind): float(seconds) for kind, seconds in rows}

    async def dead(self, *, tenant_id: str | None = None, limit: int = 100) -> tuple[DeadJob, ...]:
        """Dead jobs that nobody has decided on, oldest first."""
        query = (
            select(jobs, SUBJECT.label("subject_id"))
            .where(_JOB.state == JobState.DEAD)
            .order_by(_JOB.created_at, _JOB.id)
            .limit(limit)
        )
        if tenant_id is not None:
            query = query.where(_JOB.tenant_id == tenant_id)
        return tuple(to_document(DeadJob, row) for row in await self._connection.execute(query))

    async def find_dead(self, job_id: str) -> DeadJob | None:
        """The dead job, or None when there is none, or none any more."""
        query = select(jobs, SUBJECT.label("subject_id")).where(
            _JOB.id == job_id, _JOB.state == JobState.DEAD
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(DeadJob, row)

    async def count_dead(self) -> dict[str, int]:
        """How many dead jobs each queue has."""
        rows = await self._connection.execute(
            select(_JOB.queue, func.count()).where(_JOB.state == JobState.DEAD).group_by(_JOB.queue)
        )
        counted = {str(queue): int(count) for queue, count in rows}
        return {spec.queue: counted.get(spec.queue, 0) for spec in JOB_SPECS.values()}

    async def discard(self, job_id: str) -> bool:
        """Leave a dead job undone; False when somebody decided otherwise before."""
        result = await self._connection.execute(
            update(jobs)
            .where(_JOB.id == job_id, _JOB.state == JobState.DEAD)
            .values(state=JobState.DROPPED)
        )
        return result.rowcount == 1
