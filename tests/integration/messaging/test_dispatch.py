"""Who comes next: by priority, in turns among tenants, and nobody waits for ever."""

from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import func, update

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import Priority, Stage, Status
from shared.db.database import Database
from shared.db.repositories.outbox import DispatchRules, OutboxRow
from shared.db.tables import outbox
from tests.integration.messaging.conftest import NewExam, settle
from tests.leases import claim, finish


@pytest_asyncio.fixture(autouse=True)
async def nothing_waits(database: Database) -> None:
    await settle(database)


async def dispatch(database: Database, **rules: float) -> list[str]:
    """The exams of one round of the relay, in order."""
    async with database.transaction() as uow:
        rows = await uow.outbox.claim(100, 60, DispatchRules(**rules))  # type: ignore[arg-type]
        await uow.outbox.mark_published([row.id for row in rows])
    return [exam_of(row) for row in rows]


def exam_of(row: OutboxRow) -> str:
    return row.message.exam_id


async def begin(database: Database, exam_id: str, *, lease_seconds: float = 60) -> None:
    async with database.transaction() as uow:
        task = StageTask(exam_id=exam_id, run=1, stage=Stage.INGEST)
        assert await claim(uow, task, lease_seconds)


async def other_tenant(database: Database) -> str:
    async with database.transaction() as uow:
        return await uow.tenants.ensure(f"other {uuid4()}")


async def test_the_broker_is_given_no_more_than_the_window(
    database: Database, new_exam: NewExam
) -> None:
    submitted = [(await new_exam()).id for _ in range(10)]
    first = await dispatch(database, window=4)
    assert first == submitted[:4]
    assert await dispatch(database, window=4) == []
    await begin(database, first[0])
    assert await dispatch(database, window=4) == submitted[4:5]


async def test_the_window_grows_with_the_workers(database: Database, new_exam: NewExam) -> None:
    for _ in range(40):
        await new_exam()
    begun = 0
    for _round in range(4):
        for exam_id in await dispatch(database, window=4):
            await begin(database, exam_id)
            begun += 1
    assert begun == 4 + 4 + 8 + 16


async def test_an_urgent_exam_overtakes_two_hundred_that_wait(
    database: Database, new_exam: NewExam
) -> None:
    for _ in range(200):
        await new_exam()
    urgent = await new_exam(priority=Priority.URGENT)
    assert (await dispatch(database, window=4))[0] == urgent.id


async def test_a_tenant_with_many_exams_does_not_delay_anothers_first(
    database: Database, new_exam: NewExam
) -> None:
    for _ in range(200):
        await new_exam()
    await dispatch(database, window=4)
    late = await new_exam(tenant=await other_tenant(database))
    # One place becomes free, and it is the newcomer's.
    assert await dispatch(database, window=5) == [late.id]


async def test_the_lowest_priority_rises_with_its_waiting_time(
    database: Database, new_exam: NewExam
) -> None:
    low: Exam = await new_exam(priority=Priority.LOW)
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(outbox)
            .where(outbox.c.exam_id == low.id)
            .values(available_at=func.now() - func.make_interval(0, 0, 0, 0, 0, 0, 400))
        )
    for _ in range(20):
        await new_exam(priority=Priority.NORMAL)
    assert low.id not in await dispatch(database, window=4, aging_seconds=500)
    assert (await dispatch(database, window=8, aging_seconds=100))[0] == low.id


@pytest.mark.parametrize("age_minutes", [0, 16, 60, 24 * 60])
async def test_urgent_work_overtakes_a_backlog_of_any_age(
    database: Database, new_exam: NewExam, age_minutes: int
) -> None:
    for _ in range(20):
        await new_exam(priority=Priority.LOW)
    async with database.transaction() as uow:
        aged = outbox.c.available_at - timedelta(minutes=age_minutes)
        await uow.connection.execute(update(outbox).values(available_at=aged))
    high = await new_exam(priority=Priority.HIGH)
    urgent = await new_exam(priority=Priority.URGENT)
    assert (await dispatch(database, window=4))[:2] == [urgent.id, high.id]


async def test_urgent_work_is_handed_over_while_the_queue_is_full_of_other_work(
    database: Database, new_exam: NewExam
) -> None:
    for _ in range(10):
        await new_exam()
    assert len(await dispatch(database, window=4)) == 4
    urgent = [(await new_exam(priority=Priority.URGENT)).id for _ in range(6)]
    assert await dispatch(database, window=4) == urgent[:4]
    # Its own places are taken as well now.
    assert await dispatch(database, window=4) == []


async def test_cancelling_frees_the_place_of_what_waited(
    database: Database, new_exam: NewExam
) -> None:
    submitted = [await new_exam() for _ in range(5)]
    await dispatch(database, window=4)
    async with database.transaction() as uow:
        exam = await uow.exams.lock(submitted[0].id)
        assert exam is not None
        await uow.tasks.drop_unfinished(exam.id, exam.run)
    assert await dispatch(database, window=4) == [submitted[4].id]


async def test_suspects_of_a_crash_are_handed_out_one_at_a_time(
    database: Database, new_exam: NewExam
) -> None:
    suspects = [await new_exam() for _ in range(3)]
    for exam_id in await dispatch(database, window=4):
        await begin(database, exam_id, lease_seconds=0.0)
    async with database.transaction() as uow:
        expired = await uow.tasks.expired(10)
        assert len(expired) == 3
        for task in expired:
            await uow.outbox.add_again(task)
    steady = await new_exam()
    assert set(await dispatch(database, window=4)) == {suspects[0].id, steady.id}
    assert await dispatch(database, window=4) == []


async def test_an_ended_exams_crashed_task_does_not_hold_up_other_suspects(
    database: Database, new_exam: NewExam
) -> None:
    ended, waiting = await new_exam(), await new_exam()
    for exam_id in await dispatch(database, window=4):
        await begin(database, exam_id, lease_seconds=0.0)
    async with database.transaction() as uow:
        exam = await uow.exams.lock(ended.id)
        assert exam is not None
        await uow.exams.move(exam, Status.CANCELLED)
    async with database.transaction() as uow:
        expired = await uow.tasks.expired(10)
        assert [task.exam_id for task in expired] == [waiting.id]
        for task in expired:
            await uow.outbox.add_again(task)
    assert await dispatch(database, window=4) == [waiting.id]


async def test_a_message_of_a_suspect_that_was_done_meanwhile_does_not_stay_in_the_outbox(
    database: Database, new_exam: NewExam
) -> None:
    exam = await new_exam()
    for exam_id in await dispatch(database, window=4):
        await begin(database, exam_id, lease_seconds=0.0)
    async with database.transaction() as uow:
        (task,) = await uow.tasks.expired(10)
        await uow.outbox.add_again(task)
        lease = await claim(uow, task, 60)
        assert lease is not None
        assert await finish(uow, task, lease)
    assert await dispatch(database, window=4) == [exam.id]


async def test_a_relay_that_comes_too_late_does_not_hide_what_another_has_published(
    database: Database, new_exam: NewExam
) -> None:
    exam = await new_exam()
    task = StageTask(exam_id=exam.id, run=1, stage=Stage.INGEST)
    async with database.transaction() as uow:
        stale = await uow.outbox.claim(100, 0, DispatchRules())
    assert exam.id in await dispatch(database)
    async with database.transaction() as uow:
        await uow.outbox.unclaim(stale)
        # The broker loses the message: its task has to be found.
        assert task in await uow.tasks.stranded(0.0, [Stage.INGEST], 100)


async def test_what_could_not_be_published_is_taken_again_at_once(
    database: Database, new_exam: NewExam
) -> None:
    exam = await new_exam()
    async with database.transaction() as uow:
        await uow.outbox.unclaim(await uow.outbox.claim(100, 60, DispatchRules()))
    assert await dispatch(database) == [exam.id]


async def test_a_message_that_arrived_counts_as_published_although_its_relay_died(
    database: Database, new_exam: NewExam
) -> None:
    exam = await new_exam()
    async with database.transaction() as uow:
        assert await uow.outbox.claim(100, 0, DispatchRules())
    await begin(database, exam.id)
    assert await dispatch(database) == []
