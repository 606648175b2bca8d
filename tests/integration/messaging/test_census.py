"""The relay tells Prometheus how much there is of everything."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio
from prometheus_client import REGISTRY
from sqlalchemy import delete, func, update

from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.db.repositories.outbox import DispatchRules
from shared.db.tables import dead_letters, outbox
from shared.messaging.pools import watch_pool
from shared.messaging.relay.census import take_census, warn_of_too_large_pools
from shared.messaging.stage_runner import Outcome, StageRunner
from tests.integration.messaging.conftest import NewExam, ScriptedStage, settle


def figure(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(f"examlens_{name}", labels)
    assert value is not None
    return value


@pytest_asyncio.fixture(autouse=True)
async def settled(database: Database) -> AsyncIterator[None]:
    """Tests of other files look at positions in the same queues."""
    await settle(database)
    yield
    await settle(database)


async def test_waiting_and_running_tasks_are_counted_by_queue(
    database: Database, new_exam: NewExam, run_stage: Callable[..., StageRunner]
) -> None:
    exam = await new_exam()
    await new_exam()
    await take_census(database, 4)
    assert figure("queue_tasks_waiting", queue="ingest") == 2
    assert figure("queue_tasks_waiting", queue="ocr") == 0
    assert figure("queue_oldest_age_seconds", queue="ingest") > 0
    during: list[float] = []

    async def look(_: StageTask) -> None:
        await take_census(database, 4)
        during.append(figure("queue_tasks_running", queue="ingest"))

    task = StageTask(exam_id=exam.id, run=1, stage=Stage.INGEST)
    assert await run_stage(ScriptedStage(Stage.INGEST, during=look)).run(task) is Outcome.RECORDED
    assert during == [1]


async def test_a_message_that_waits_for_its_place_makes_the_relay_not_late(
    database: Database, new_exam: NewExam
) -> None:
    for _ in range(3):
        await new_exam()
    async with database.transaction() as uow:
        minute_ago = func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 1)
        await uow.connection.execute(
            update(outbox).where(outbox.c.published_at.is_(None)).values(available_at=minute_ago)
        )
    await take_census(database, 1)
    assert figure("outbox_lag_seconds") > 59
    async with database.transaction() as uow:
        rows = await uow.outbox.claim(10, 60.0, DispatchRules(window=1))
        await uow.outbox.mark_published([row.id for row in rows])
    assert len(rows) == 1
    await take_census(database, 1)
    assert (figure("outbox_waiting"), figure("outbox_lag_seconds")) == (2, 0)


async def test_undecided_dead_letters_are_counted_until_somebody_decides(
    database: Database, new_exam: NewExam
) -> None:
    exam = await new_exam()
    async with database.transaction() as uow:
        await uow.connection.execute(delete(dead_letters))
        task = StageTask(exam_id=exam.id, run=1, stage=Stage.PARSING)
        await uow.dead_letters.add(exam, task, "attempts_exhausted", "ValueError at x.py:1")
    await take_census(database, 4)
    assert figure("dead_letters", queue="parsing") == 1
    async with database.transaction() as uow:
        letter = (await uow.dead_letters.list())[0]
        await uow.dead_letters.resolve(letter.id, "discarded")
    await take_census(database, 4)
    assert figure("dead_letters", queue="parsing") == 0


async def test_taken_connections_show_while_they_are_taken(database: Database) -> None:
    watch_pool(database)
    async with database.transaction():
        assert figure("database_connections_in_use", pool="test") == 1
    assert figure("database_connections_in_use", pool="test") == 0
    assert figure("database_connections_limit", pool="test") == 5


async def test_pools_that_could_take_more_than_the_server_has_are_warned_of(
    database: Database,
) -> None:
    assert not await warn_of_too_large_pools(database)
    await take_census(database, 4)
    before = figure("database_connections_possible")
    large = Database(database.url, size=1000, application="large")
    async with large.transaction():
        assert await warn_of_too_large_pools(database)
        await take_census(database, 4)
        assert figure("database_connections_possible") >= before + 1000
    await large.close()
    assert figure("database_connections_allowed") < 1000
