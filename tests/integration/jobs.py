"""Jobs done by hand, the way workers would do them after their messages arrived."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, text, update

from shared.contract.jobs import JobKind, JobMessage
from shared.db.database import Database
from shared.db.repositories.jobs import SUBJECT
from shared.db.tables import (
    JobState,
    class_reports,
    exams,
    jobs,
    practice_papers,
    webhook_deliveries,
)
from shared.messaging.attempt.company import Company
from shared.messaging.attempt.outcome import Outcome, TaskExhausted
from shared.messaging.job_runner import JobRunner
from shared.messaging.job_work import JobWork


def runner_of(
    database: Database,
    work: JobWork,
    *,
    lease_seconds: float = 30.0,
    backoff_seconds: float = 0.001,
) -> JobRunner:
    """A runner as if in a process of its own."""
    return JobRunner(
        database,
        work,
        Company(),
        lease_seconds=lease_seconds,
        retry_backoff_seconds=backoff_seconds,
    )


async def pending(database: Database, kind: JobKind, subject_id: str | None = None) -> list[str]:
    """The jobs of ``kind`` that are due, about ``subject_id`` only where that is given."""
    query = select(jobs.c.id).where(
        jobs.c.kind == kind,
        jobs.c.state == JobState.PENDING,
        jobs.c.due_at <= func.clock_timestamp(),
    )
    if subject_id is not None:
        query = query.where(subject_id == SUBJECT)
    async with database.transaction() as uow:
        found = await uow.connection.execute(query.order_by(jobs.c.due_at))
        return list(found.scalars())


async def run_once(
    database: Database, work: JobWork, subject_id: str | None = None
) -> list[Outcome]:
    """Try every job of the work's kind that is due now, one after the other."""
    runner, outcomes = runner_of(database, work), []
    for job_id in await pending(database, work.kind, subject_id):
        try:
            outcomes.append(await runner.run(JobMessage(id=job_id, kind=work.kind)))
        except TaskExhausted:
            outcomes.append(Outcome.EXHAUSTED)
    return outcomes


async def work_all(database: Database, works: Sequence[JobWork]) -> None:
    """Do what is due until nothing is."""
    while any([await run_once(database, work) for work in works]):
        pass


async def pass_time(database: Database) -> None:
    """Make due what rests until its next attempt."""
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(jobs)
            .where(jobs.c.state == JobState.PENDING)
            .values(due_at=func.clock_timestamp() - text("interval '1 second'"))
        )


async def let_leases_run_out(database: Database) -> None:
    """As if everybody who holds a job had vanished long ago."""
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(jobs)
            .where(jobs.c.state == JobState.RUNNING)
            .values(lease_until=jobs.c.created_at)
        )


async def forget_jobs(database: Database) -> None:
    """Take what other tests left waiting out of the way."""
    async with database.transaction() as uow:
        await uow.connection.execute(delete(jobs))


async def forget_wishes(database: Database) -> None:
    """Take along what they were about: a relay would make their jobs anew."""
    await forget_jobs(database)
    async with database.transaction() as uow:
        connection = uow.connection
        await connection.execute(update(practice_papers).values(state="failed"))
        await connection.execute(update(class_reports).values(computed=class_reports.c.wanted))
        await connection.execute(delete(webhook_deliveries))
        await connection.execute(update(exams).values(callback_url=None))
