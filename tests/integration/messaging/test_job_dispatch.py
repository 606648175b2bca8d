"""In which order jobs are handed to the broker: by the rules that the tasks of exams have."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import func, text, update

from shared.contract.jobs import JobKind
from shared.contract.practice import PracticeOrder
from shared.contract.stages import Priority
from shared.db.database import Database
from shared.db.repositories.outbox import DispatchRules
from shared.db.tables import JobState, jobs, practice_papers
from shared.messaging.relay.job_reaper import adopt_jobs
from tests.integration.jobs import forget_jobs, forget_wishes

NewOrder = Callable[..., Awaitable[str]]
KIND = JobKind.PRACTICE_SELECTION


@pytest_asyncio.fixture(autouse=True)
async def settled(database: Database) -> AsyncIterator[None]:
    """Tests of other files look at the same queues."""
    await forget_wishes(database)
    yield
    await forget_wishes(database)


@pytest.fixture
def new_order(database: Database, tenant_id: str) -> NewOrder:
    """Orders a practice paper, due ``age_seconds`` ago; returns the id of its job."""

    async def order(
        *,
        priority: Priority = Priority.NORMAL,
        tenant: str = tenant_id,
        age_seconds: float = 0.0,
        crashes: int = 0,
    ) -> str:
        async with database.transaction() as uow:
            job = await uow.practice_papers.add(
                str(uuid4()), tenant, PracticeOrder(priority=priority)
            )
            job_id = await uow.jobs.find(KIND, job.id)
            assert job_id is not None
            ago = func.clock_timestamp() - text(f"interval '{age_seconds} seconds'")
            await uow.connection.execute(
                update(jobs).where(jobs.c.id == job_id).values(due_at=ago, crashes=crashes)
            )
        return job_id

    return order


async def take(database: Database, *, window: int = 4, limit: int = 100) -> list[str]:
    """The jobs that a relay would publish now, in their order."""
    async with database.transaction() as uow:
        taken = await uow.job_dispatch.take(limit, DispatchRules(window, 300.0))
    return [job.message.id for job in taken]


async def begin(database: Database, *job_ids: str) -> None:
    async with database.transaction() as uow:
        for job_id in job_ids:
            assert await uow.jobs.claim(KIND, job_id, 30.0)


async def test_a_queue_holds_a_window_of_jobs_that_nobody_began(
    database: Database, new_order: NewOrder
) -> None:
    orders = [await new_order() for _ in range(6)]
    assert await take(database) == orders[:4]
    assert await take(database) == []
    await begin(database, orders[0])
    assert await take(database) == [orders[4]]


async def test_more_is_handed_over_the_more_is_worked_on(
    database: Database, new_order: NewOrder
) -> None:
    orders = [await new_order() for _ in range(12)]
    await take(database)
    await begin(database, *orders[:4])
    await take(database)
    await begin(database, *orders[4:8])
    # As many as are worked on: eight by now, of which four are left.
    assert await take(database) == orders[8:]


@pytest.mark.parametrize("age_minutes", [0, 16, 60])
async def test_urgent_goes_before_a_backlog_of_any_age_although_the_window_is_full(
    database: Database, new_order: NewOrder, age_minutes: int
) -> None:
    for _ in range(8):
        await new_order(priority=Priority.LOW, age_seconds=60 * age_minutes)
    assert len(await take(database)) == 4
    urgent = await new_order(priority=Priority.URGENT)
    assert await take(database) == [urgent]


async def test_what_has_waited_long_goes_before_newer_work_of_the_next_priority(
    database: Database, new_order: NewOrder
) -> None:
    newer = await new_order(priority=Priority.NORMAL)
    old = await new_order(priority=Priority.LOW, age_seconds=700)
    assert await take(database) == [old, newer]


async def test_tenants_take_turns_and_who_has_less_in_hand_goes_first(
    database: Database, new_order: NewOrder
) -> None:
    async with database.transaction() as uow:
        other = await uow.tenants.ensure(f"tenant {uuid4()}")
    many = [await new_order(age_seconds=10) for _ in range(5)]
    few = [await new_order(tenant=other) for _ in range(2)]
    assert await take(database) == [many[0], few[0], many[1], few[1]]


async def test_one_suspect_at_a_time_is_handed_over(
    database: Database, new_order: NewOrder
) -> None:
    first = await new_order(crashes=1, age_seconds=2)
    second = await new_order(crashes=1)
    sound = await new_order()
    assert set(await take(database)) == {first, sound}
    assert await take(database) == []
    await begin(database, first)
    assert await take(database) == []
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(jobs).where(jobs.c.id == first).values(state=JobState.DONE)
        )
    assert await take(database) == [second]


async def test_what_could_not_be_published_is_taken_again_at_once(
    database: Database, new_order: NewOrder
) -> None:
    order = await new_order()
    async with database.transaction() as uow:
        taken = await uow.job_dispatch.take(10, DispatchRules())
    async with database.transaction() as uow:
        await uow.job_dispatch.take_back(taken)
    async with database.transaction() as uow:
        (again,) = await uow.job_dispatch.take(10, DispatchRules())
    assert again.message.id == order
    # Another message, whatever became of the first one.
    assert again.message_id != taken[0].message_id


async def test_what_begins_while_its_publication_fails_is_left_alone(
    database: Database, new_order: NewOrder
) -> None:
    order = await new_order()
    async with database.transaction() as uow:
        taken = await uow.job_dispatch.take(10, DispatchRules())
    await begin(database, order)
    async with database.transaction() as uow:
        await uow.job_dispatch.take_back(taken)
    assert await take(database) == []


async def test_an_order_of_the_version_before_gets_the_job_of_its_step(
    database: Database, tenant_id: str
) -> None:
    async with database.transaction() as uow:
        waiting = await uow.practice_papers.add(str(uuid4()), tenant_id, PracticeOrder())
        chosen = await uow.practice_papers.add(str(uuid4()), tenant_id, PracticeOrder())
        await uow.connection.execute(
            update(practice_papers)
            .where(practice_papers.c.id == chosen.id)
            .values(step="practice_drawing", state="running")
        )
    await forget_jobs(database)
    await adopt_jobs(database)
    await adopt_jobs(database)
    async with database.transaction() as uow:
        assert await uow.jobs.find(JobKind.PRACTICE_SELECTION, waiting.id)
        assert await uow.jobs.find(JobKind.PRACTICE_DRAWING, chosen.id)
        assert not await uow.jobs.find(JobKind.PRACTICE_SELECTION, chosen.id)
