"""What is asked all the time reads no large table from end to end, however much has been done."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from shared.contract.messages import StageTask
from shared.contract.stages import Stage, Status
from shared.db.connection import driver_of
from shared.db.database import Database, asyncpg_url
from shared.db.migrate import upgrade
from shared.db.repositories.outbox import DispatchRules
from shared.db.repositories.stage_life import HandOn, Move
from shared.db.status_reader import STATUS_QUERY
from shared.db.unit_of_work import UnitOfWork

#: $2 finished exams, each with seven tasks and their messages, and $3 that wait.
_FILL = """
WITH made AS (
  INSERT INTO exams (id, tenant_id, status, priority, language, progress, pages_total, pages_done,
                     event_sequence, created_at, completed_at, student_ref)
  SELECT gen_random_uuid(), $1::uuid, CASE WHEN is_done THEN 'COMPLETED' ELSE 'UPLOADED' END,
         1, 'zh', 0, 1, 1, 3, now() - n * interval '1 second',
         CASE WHEN is_done THEN now() END, 's' || n
  FROM (SELECT n, n <= $2::int AS is_done FROM generate_series(1, $2::int + $3::int) AS n) AS s
  RETURNING id, tenant_id, status
), tasks AS (
  INSERT INTO stage_tasks (exam_id, run, stage, state, attempt, dispatched_at, started_at,
                           finished_at, seconds)
  SELECT id, 1, stage, 'done', 1, now(), now(), now(), 1
  FROM made, unnest($4::text[]) AS stage WHERE status = 'COMPLETED'
  UNION ALL
  SELECT id, 1, 'ingest', 'pending', 0, NULL, NULL, NULL, NULL FROM made WHERE status = 'UPLOADED'
  RETURNING exam_id, stage, state
), told AS (
  INSERT INTO events (exam_id, sequence, run, status, progress)
  SELECT id, n, 1, 'UPLOADED', 0 FROM made, generate_series(1, 3) AS n
)
INSERT INTO outbox (exam_id, tenant_id, run, stage, queue, priority, message, published_at)
SELECT exam_id, $1::uuid, 1, stage, stage, 1,
       jsonb_build_object('exam_id', exam_id, 'run', 1, 'stage', stage),
       CASE WHEN state = 'done' THEN now() END
FROM tasks
"""
_LARGE = ("exams", "stage_tasks", "outbox", "events")
_SCANNED = text(
    "SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0 AND relname = ANY(:large)"
)


@asynccontextmanager
async def filled(postgres_url: str, *, finished: int, waiting: int) -> AsyncIterator[str]:
    """A database in which so many exams are done and so many wait."""
    server = await asyncpg.connect(asyncpg_url(postgres_url))
    name = f"examlens_plans_{uuid4().hex[:12]}"
    await server.execute(f'CREATE DATABASE "{name}"')
    base, mark, query = postgres_url.partition("?")
    url = base.rsplit("/", 1)[0] + f"/{name}" + mark + query
    await asyncio.to_thread(upgrade, url)
    connection = await asyncpg.connect(asyncpg_url(url))
    tenant = await connection.fetchval(
        "INSERT INTO tenants (id, name) VALUES (gen_random_uuid(), 'all') RETURNING id"
    )
    await connection.execute(_FILL, tenant, finished, waiting, [stage.value for stage in Stage])
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    yield url
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


_ROWS = text(
    "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
    " WHERE relname = ANY(:large)"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def archive_url(postgres_url: str) -> AsyncIterator[str]:
    async with filled(postgres_url, finished=20_000, waiting=200) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def backlog_url(postgres_url: str) -> AsyncIterator[str]:
    async with filled(postgres_url, finished=200, waiting=20_000) as url:
        yield url


async def waiting_task(uow: UnitOfWork) -> StageTask:
    query = text(
        "SELECT exam_id FROM stage_tasks WHERE state = 'pending' AND stage = 'ingest' LIMIT 1"
    )
    exam_id = (await uow.connection.execute(query)).scalar_one()
    return StageTask(exam_id=str(exam_id), run=1, stage=Stage.INGEST)


async def read_status(uow: UnitOfWork) -> None:
    task = await waiting_task(uow)
    await driver_of(uow.connection).fetch(STATUS_QUERY, [task.exam_id] * 2, [None, 0])
    await uow.exams.get(task.exam_id)
    await uow.exams.events_after(task.exam_id, 0)


async def list_exams(uow: UnitOfWork) -> None:
    exam = await uow.exams.get((await waiting_task(uow)).exam_id)
    await uow.exams.page_of(exam.tenant_id, limit=50)
    await uow.exams.page_of(exam.tenant_id, limit=50, after=(exam.created_at, exam.id))
    await uow.exams.page_of(exam.tenant_id, limit=50, student_ref="s77")
    await uow.exams.page_of(exam.tenant_id, limit=50, status=Status.UPLOADED)


async def live_a_stage(uow: UnitOfWork) -> None:
    task = await waiting_task(uow)
    claim = await uow.stage_life.claim(task, 30)
    assert claim is not None
    assert claim.lease is not None
    found = await uow.stage_life.finish(
        task, claim.lease.token, 0.1, successor=Stage.OCR, served=tuple(Stage)
    )
    assert found is not None
    assert found.is_finished
    following = task.model_copy(update={"stage": Stage.OCR, "page": 1})
    move = Move(Status.UPLOADED, 0, Stage.INGEST)
    await uow.stage_life.hand_on(found.exam, HandOn((move,), 1, 0, (following,), 30))


async def dispatch(uow: UnitOfWork) -> None:
    rows = await uow.outbox.claim(100, 60, DispatchRules())
    assert rows
    await uow.outbox.claim(100, 60, DispatchRules(), published=[row.id for row in rows[:2]])
    await uow.outbox.unclaim(rows[2:])


async def reap(uow: UnitOfWork) -> None:
    task = await waiting_task(uow)
    await uow.tasks.expired(100)
    await uow.tasks.dispatched(120.0)
    await uow.tasks.stranded(120.0, tuple(Stage), 100)
    await uow.outbox.add_again(task)


async def take_census(uow: UnitOfWork) -> None:
    await uow.census.unfinished_exams()
    await uow.runs.queue_depths()
    await uow.census.dead_letters()
    await uow.census.outbox(4)


async def forecast(uow: UnitOfWork) -> None:
    await uow.exams.count_unfinished()
    await uow.workload.unfinished(1000)
    await uow.workload.finished(50)
    await uow.workload.running()


class Undone(Exception):
    """The next round finds everything as this one did."""


ASKED = (read_status, list_exams, live_a_stage, dispatch, reap, take_census, forecast)


@pytest.mark.parametrize("ask", ASKED, ids=lambda ask: ask.__name__.replace("_", " "))
@pytest.mark.asyncio(loop_scope="module")
async def test_no_large_table_is_read_from_end_to_end(
    archive_url: str, ask: Callable[[UnitOfWork], Awaitable[None]]
) -> None:
    database = Database(archive_url, size=1, application="test")
    try:
        # Often enough for a plan that is made once for all parameters.
        for _ in range(8):
            with suppress(Undone):
                async with database.transaction() as uow:
                    await ask(uow)
                    scanned = await uow.connection.execute(_SCANNED, {"large": list(_LARGE)})
                    assert list(scanned.scalars()) == []
                    raise Undone
    finally:
        await database.close()


@pytest.mark.parametrize("ask", [dispatch, live_a_stage], ids=["dispatch", "live a stage"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_long_backlog_is_looked_at_only_in_front(
    backlog_url: str, ask: Callable[[UnitOfWork], Awaitable[None]]
) -> None:
    database = Database(backlog_url, size=1, application="test")
    try:
        for _ in range(8):
            with suppress(Undone):
                async with database.transaction() as uow:
                    await ask(uow)
                    read = await uow.connection.execute(_ROWS, {"large": list(_LARGE)})
                    assert read.scalar_one() < 1000
                    raise Undone
    finally:
        await database.close()
