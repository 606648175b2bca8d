"""Jobs: asked for, leased, fenced and counted, like the tasks of an exam's stages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.failures import FailureCode
from shared.contract.jobs import JOB_SPECS, Job, JobKind
from shared.contract.stages import Priority
from shared.db.tables import JOBS_DUE, OUTBOX_FILLED, JobState, jobs

_JOB = jobs.c
#: The one of the four columns that is set.
SUBJECT = func.coalesce(_JOB.practice_id, _JOB.paper_id, _JOB.delivery_id, _JOB.batch_id)
#: Everything that an earlier life of a job has left.
_ANEW = """
  state = 'pending', attempt = 0, crashes = 0, crashes_alone = 0, is_alone = false, token = NULL,
  lease_until = NULL, dispatched_at = NULL, due_at = clock_timestamp(), started_at = NULL,
  finished_at = NULL, seconds = NULL, error_code = NULL, error = NULL
"""


@dataclass(frozen=True, slots=True)
class JobLease:
    """The right to record a job. ``token`` fences out everybody whose lease was given on."""

    job: Job
    token: str
    attempt: int
    crashes: int
    crashes_alone: int
    due_at: datetime
    started_at: datetime


class Jobs:
    """Repository of jobs. Whoever moves a job's subject as well moves the subject first."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        kind: JobKind,
        subject_id: str,
        tenant_id: str,
        *,
        priority: Priority = Priority.NORMAL,
        traceparent: str | None = None,
    ) -> None:
        """Have a job done, once this is committed. One that waits or is worked on stays as it is.

        Its row is its outbox row as well: a relay publishes what is pending and not dispatched.
        """
        spec = JOB_SPECS[kind]
        statement = text(
            f"INSERT INTO jobs AS job (kind, queue, {spec.subject}, tenant_id, priority,"  # noqa: S608 -- names of this module
            " traceparent, due_at)"
            " VALUES (:kind, :queue, CAST(:subject AS uuid), CAST(:tenant AS uuid), :priority,"
            f" :traceparent, clock_timestamp()) ON CONFLICT ({spec.subject}, kind) DO UPDATE SET"
            f" {_ANEW}, priority = EXCLUDED.priority, traceparent = EXCLUDED.traceparent"
            " WHERE job.state IN ('done', 'dead', 'dropped')"
        )
        values = {
            "kind": kind.value,
            "queue": spec.queue,
            "subject": subject_id,
            "tenant": tenant_id,
            "priority": int(priority),
            "traceparent": traceparent,
        }
        await self._connection.execute(statement, values)
        await self._wake_relay()

    async def restart(self, job_id: str, *, traceparent: str | None = None) -> bool:
        """Begin the attempts of a job that nobody works on anew, at once; False for no such job."""
        statement = text(
            f"UPDATE jobs SET {_ANEW}, traceparent = :traceparent"  # noqa: S608 -- names of this module
            " WHERE id = CAST(:id AS uuid) AND state <> 'running'"
        )
        result = await self._connection.execute(
            statement, {"id": job_id, "traceparent": traceparent}
        )
        await self._wake_relay()
        return result.rowcount == 1

    async def find(self, kind: JobKind, subject_id: str) -> str | None:
        """The id of the job about ``subject_id``, or None."""
        query = select(_JOB.id).where(
            _JOB.kind == kind, jobs.c[JOB_SPECS[kind].subject] == subject_id
        )
        found: str | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    async def drop(self, kind: JobKind, subject_id: str) -> None:
        """Nobody wants the job any more. Whoever works on it finds its lease gone."""
        await self._connection.execute(
            update(jobs)
            .where(
                _JOB.kind == kind,
                jobs.c[JOB_SPECS[kind].subject] == subject_id,
                _JOB.state.in_((JobState.PENDING, JobState.RUNNING, JobState.DEAD)),
            )
            .values(state=JobState.DROPPED, token=None, lease_until=None)
        )

    async def claim(self, kind: JobKind, job_id: str, lease_seconds: float) -> JobLease | None:
        """Take the job when it is due and nobody holds it; counts the attempt."""
        now = func.clock_timestamp()
        is_crash = _JOB.state == JobState.RUNNING
        row = (
            await self._connection.execute(
                update(jobs)
                .where(
                    _JOB.id == job_id,
                    _JOB.kind == kind,
                    or_(
                        and_(_JOB.state == JobState.PENDING, _JOB.due_at <= now),
                        and_(is_crash, _JOB.lease_until < now),
                    ),
                )
                .values(
                    state=JobState.RUNNING,
                    attempt=_JOB.attempt + 1,
                    crashes=_JOB.crashes + case((is_crash, 1), else_=0),
                    crashes_alone=_JOB.crashes_alone
                    + case((and_(is_crash, _JOB.is_alone), 1), else_=0),
                    is_alone=False,
                    token=str(uuid4()),
                    lease_until=now + timedelta(seconds=lease_seconds),
                    started_at=now,
                )
                .returning(jobs, SUBJECT.label("subject_id"))
            )
        ).one_or_none()
        if row is None:
            return None
        # A place on the queue has become free.
        await self._wake_relay()
        return JobLease(
            Job.model_validate({name: getattr(row, name) for name in Job.model_fields}),
            *(row.token, row.attempt, row.crashes, row.crashes_alone, row.due_at, row.started_at),
        )

    async def extend(self, lease: JobLease, lease_seconds: float) -> bool:
        """Heartbeat: prolong the lease; False when it is no longer ours."""
        until = func.clock_timestamp() + timedelta(seconds=lease_seconds)
        return await self._move(lease, {"lease_until": until})

    async def tell_alone(self, lease: JobLease) -> bool:
        """Note that the worker does nothing else from now on; False when the lease was lost."""
        return await self._move(lease, {"is_alone": True})

    async def finish(self, lease: JobLease, seconds: float) -> bool:
        """Mark the job done; False when the lease was lost, so nothing may be recorded."""
        return await self._end(lease, JobState.DONE, {"seconds": seconds})

    async def reject(self, lease: JobLease, code: FailureCode) -> bool:
        """The input is bad, and nobody shall try again; False when the lease was lost."""
        return await self._end(lease, JobState.DROPPED, {"error_code": code})

    async def bury(self, lease: JobLease, code: FailureCode, error: str) -> bool:
        """Its attempts are used up: it is a dead letter now. False when the lease was lost."""
        return await self._end(lease, JobState.DEAD, {"error_code": code, "error": error})

    async def release(
        self, lease: JobLease, *, delay_seconds: float, is_attempt_counted: bool
    ) -> bool:
        """Give the job back, due after ``delay_seconds``; False when the lease was lost."""
        is_ours = await self._move(
            lease,
            {
                "state": JobState.PENDING,
                "attempt": _JOB.attempt - (0 if is_attempt_counted else 1),
                "token": None,
                "lease_until": None,
                "dispatched_at": None,
                "due_at": func.clock_timestamp() + timedelta(seconds=delay_seconds),
            },
        )
        await self._wake_relay()
        return is_ours

    async def absolve(self, lease: JobLease, *, is_attempt_counted: bool = True) -> None:
        """Take one crash back: the worker that was thought to have vanished is alive."""
        await self._connection.execute(
            update(jobs)
            .where(_JOB.id == lease.job.id, _JOB.crashes > 0)
            .values(
                crashes=_JOB.crashes - 1,
                crashes_alone=func.greatest(_JOB.crashes_alone - 1, 0),
                attempt=_JOB.attempt - (0 if is_attempt_counted else 1),
            )
        )

    async def _end(self, lease: JobLease, state: JobState, values: dict[str, Any]) -> bool:
        ended = {"state": state, "finished_at": func.clock_timestamp(), "lease_until": None}
        return await self._move(lease, {**ended, **values})

    async def _move(self, lease: JobLease, values: dict[str, Any]) -> bool:
        is_ours: ColumnElement[bool] = and_(
            _JOB.id == lease.job.id, _JOB.state == JobState.RUNNING, _JOB.token == lease.token
        )
        result = await self._connection.execute(update(jobs).where(is_ours).values(**values))
        return result.rowcount == 1

    async def _wake_relay(self) -> None:
        await self._connection.execute(select(func.pg_notify(OUTBOX_FILLED, literal(JOBS_DUE))))
