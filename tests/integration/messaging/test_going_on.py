"""A worker goes on with an exam's next stage without a message, where nobody is passed over."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Priority, Stage, Status
from shared.db.database import Database
from shared.db.repositories.outbox import DispatchRules
from shared.db.tables import outbox, stage_tasks
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt import succession as succession_module
from shared.messaging.attempt.company import Company
from shared.messaging.attempt.succession import Succession
from shared.messaging.stage_runner import Outcome, StageRunner
from tests.integration.messaging.conftest import (
    NewExam,
    ScriptedStage,
    exam_now,
    make_due,
    messages,
    settle,
    task_of,
)
from tests.leases import claim


class Process:
    """A worker process of the stages ``served``, whose exams have ``pages`` pages."""

    def __init__(self, database: Database, served: tuple[Stage, ...], pages: int = 1) -> None:
        self.company = Company()
        self.stages = {stage: ScriptedStage(stage, pages=pages) for stage in served}
        self.succession = Succession(self.stages.values(), self.company)
        self.runners = {
            stage: StageRunner(
                database,
                scripted,
                self.company,
                lease_seconds=5,
                retry_backoff_seconds=5,
                succession=self.succession,
            )
            for stage, scripted in self.stages.items()
        }

    async def run(self, exam: Exam, stage: Stage, page: int = 0) -> Outcome:
        return await self.runners[stage].run(task_of(exam, stage, page), is_first_delivery=True)

    def computed(self) -> list[Stage]:
        return [stage for stage, scripted in self.stages.items() for _ in scripted.computed]


@pytest_asyncio.fixture(autouse=True)
async def nothing_waits(database: Database) -> None:
    await settle(database)


async def other_tenant(database: Database) -> str:
    async with database.transaction() as uow:
        return await uow.tenants.ensure(f"other {uuid4()}")


async def test_one_message_takes_an_exam_through_all_stages_of_its_process(
    database: Database, new_exam: NewExam
) -> None:
    exam, process = await new_exam(), Process(database, tuple(Stage))
    assert await process.run(exam, Stage.INGEST) is Outcome.RECORDED
    assert process.computed() == list(Stage)
    done = await exam_now(database, exam)
    assert (done.status, done.progress) == (Status.COMPLETED, 100)
    async with database.transaction() as uow:
        events = await uow.exams.events_after(exam.id, 0)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    # Clients see each status, whether a message came in between or not.
    assert list(dict.fromkeys(event.status for event in events)) == list(Status)[:12]


async def test_what_another_process_serves_is_left_to_its_message(
    database: Database, new_exam: NewExam
) -> None:
    exam, process = await new_exam(), Process(database, (Stage.INGEST, Stage.OCR))
    await process.run(exam, Stage.INGEST)
    assert process.computed() == [Stage.INGEST, Stage.OCR]
    assert await unpublished(database, exam) == [Stage.INGEST, Stage.PARSING]


async def test_pages_that_others_could_read_at_the_same_time_are_left_to_them(
    database: Database, new_exam: NewExam
) -> None:
    exam, process = await new_exam(), Process(database, tuple(Stage), pages=2)
    await process.run(exam, Stage.INGEST)
    assert process.computed() == [Stage.INGEST]
    assert await messages(database, exam, Stage.OCR) == 2


async def test_whoever_waits_for_the_next_stage_goes_first(
    database: Database, new_exam: NewExam
) -> None:
    waiting = await new_exam(tenant=await other_tenant(database))
    await Process(database, (Stage.INGEST,)).run(waiting, Stage.INGEST)
    exam, process = await new_exam(), Process(database, tuple(Stage))
    await process.run(exam, Stage.INGEST)
    assert process.computed() == [Stage.INGEST]


@pytest.mark.parametrize("is_at_the_broker", [False, True])
async def test_urgent_work_for_any_stage_of_the_process_goes_first(
    database: Database, new_exam: NewExam, *, is_at_the_broker: bool
) -> None:
    exam, process = await new_exam(), Process(database, tuple(Stage))
    await new_exam(priority=Priority.URGENT)
    if is_at_the_broker:
        async with database.transaction() as uow:
            rows = await uow.outbox.claim(100, 60, DispatchRules())
            await uow.outbox.mark_published([row.id for row in rows])
    await process.run(exam, Stage.INGEST)
    assert process.computed() == [Stage.INGEST]


async def test_work_of_the_same_priority_for_an_earlier_stage_waits_for_a_free_worker(
    database: Database, new_exam: NewExam
) -> None:
    exam, process = await new_exam(), Process(database, tuple(Stage))
    await new_exam(tenant=await other_tenant(database))
    await process.run(exam, Stage.INGEST)
    assert process.computed() == list(Stage)


async def test_urgent_work_that_comes_meanwhile_goes_before_the_next_stage(
    database: Database, new_exam: NewExam
) -> None:
    exam, process = await new_exam(), Process(database, tuple(Stage))

    async def submit_urgent(_: StageTask) -> None:
        await new_exam(priority=Priority.URGENT)

    process.stages[Stage.PARSING].during = submit_urgent
    await process.run(exam, Stage.INGEST)
    assert process.computed() == [Stage.INGEST, Stage.OCR, Stage.PARSING]
    assert (await exam_now(database, exam)).status is Status.PARSED


async def test_a_process_that_is_asked_to_stop_goes_on_with_nothing(
    database: Database, new_exam: NewExam
) -> None:
    exam, process = await new_exam(), Process(database, tuple(Stage))
    process.succession.end()
    await process.run(exam, Stage.INGEST)
    assert process.computed() == [Stage.INGEST]


async def test_a_delivery_that_took_long_ends_with_its_stage(
    database: Database, new_exam: NewExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(succession_module, "MOST_SECONDS", 0.0)
    exam, process = await new_exam(), Process(database, tuple(Stage))
    await process.run(exam, Stage.INGEST)
    assert process.computed() == [Stage.INGEST]


async def test_a_suspect_that_waits_to_be_alone_goes_before_the_next_stage(
    database: Database, new_exam: NewExam
) -> None:
    exam, process = await new_exam(), Process(database, tuple(Stage))
    suspect = asyncio.create_task(asyncio.sleep(0))

    async def be_awaited(_: StageTask) -> None:
        nonlocal suspect

        async def wait_to_be_alone() -> None:
            async with process.company.alone():
                pass

        suspect = asyncio.create_task(wait_to_be_alone())
        await asyncio.sleep(0.05)

    process.stages[Stage.INGEST].during = be_awaited
    await process.run(exam, Stage.INGEST)
    await suspect
    assert process.computed() == [Stage.INGEST]


async def test_a_worker_that_vanishes_while_it_went_on_is_noticed_and_its_trace_kept(
    database: Database, new_exam: NewExam
) -> None:
    exam, process = await new_exam(), Process(database, (Stage.INGEST, Stage.OCR))
    traced = task_of(exam, Stage.INGEST).model_copy(update={"traceparent": "00-ab-cd-01"})

    begun = asyncio.Event()

    async def fall_silent(_: StageTask) -> None:
        begun.set()
        await asyncio.sleep(30)

    process.stages[Stage.OCR].during = fall_silent
    silent = asyncio.create_task(process.runners[Stage.INGEST].run(traced))
    await begun.wait()
    await make_due(database, exam)
    async with database.transaction() as uow:
        (task,) = await uow.tasks.expired(10)
        await uow.outbox.add_again(task)
        query = select(outbox.c.message).where(
            outbox.c.exam_id == exam.id, outbox.c.published_at.is_(None), outbox.c.stage == "ocr"
        )
        message = StageTask.model_validate((await uow.connection.execute(query)).scalar_one())
        assert message == traced.model_copy(update={"stage": Stage.OCR, "page": 1})
        lease = await claim(uow, message, 5)
        assert lease is not None
        assert (lease.attempt, lease.crashes) == (2, 1)
    silent.cancel()
    with pytest.raises(asyncio.CancelledError):
        await silent


class Unloadable(ScriptedStage):
    """A stage whose input is not there."""

    async def load(self, uow: UnitOfWork, task: StageTask) -> StageTask:
        raise LookupError("rows of an earlier stage are missing")


class Refused(ScriptedStage):
    """A stage whose query PostgreSQL refuses, which spoils the transaction."""

    async def load(self, uow: UnitOfWork, task: StageTask) -> StageTask:
        await uow.connection.execute(select(func.nonsense()))
        return task


@pytest.mark.parametrize("kind", [Unloadable, Refused])
async def test_input_that_cannot_be_loaded_is_counted_whoever_loads_it(
    database: Database, new_exam: NewExam, kind: Callable[[Stage], ScriptedStage]
) -> None:
    exam, process = await new_exam(), Process(database, (Stage.INGEST, Stage.OCR))
    unloadable = kind(Stage.OCR)
    process.succession = Succession([process.stages[Stage.INGEST], unloadable], process.company)
    runner = StageRunner(
        database,
        process.stages[Stage.INGEST],
        process.company,
        lease_seconds=5,
        retry_backoff_seconds=5,
        succession=process.succession,
    )
    # What was computed before it is recorded, and the next stage left to its message.
    assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.RECORDED
    task = task_of(exam, Stage.OCR, 1)
    reader = StageRunner(
        database, unloadable, process.company, lease_seconds=5, retry_backoff_seconds=5
    )
    outcome = await reader.run(task, is_first_delivery=True)
    assert outcome is Outcome.POSTPONED
    async with database.transaction() as uow:
        query = select(stage_tasks.c.attempt).where(
            stage_tasks.c.exam_id == exam.id, stage_tasks.c.stage == Stage.OCR
        )
        assert (await uow.connection.execute(query)).scalar_one() == 1
    assert SPECS[Stage.OCR].max_attempts > 1


async def unpublished(database: Database, exam: Exam) -> list[Stage]:
    async with database.transaction() as uow:
        query = (
            select(outbox.c.stage)
            .where(outbox.c.exam_id == exam.id, outbox.c.published_at.is_(None))
            .order_by(outbox.c.id)
        )
        return [Stage(stage) for stage in (await uow.connection.execute(query)).scalars()]
