"""The claim, compute, record protocol on a real PostgreSQL."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import select

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage, Status
from shared.db.database import Database
from shared.db.repositories.outbox import DispatchRules
from shared.db.repositories.stage_life import StageLife
from shared.db.tables import stage_tasks
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.stage_runner import Outcome, StageRunner, TaskExhausted
from shared.observability import metrics
from tests.chaos.patches import unfenced_finish
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

RunStage = Callable[..., StageRunner]


async def test_an_exam_goes_through_all_stages_to_completed(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()
    assert await run_stage(ScriptedStage(Stage.INGEST)).run(task_of(exam, Stage.INGEST)) == (
        Outcome.RECORDED
    )
    ocr = run_stage(ScriptedStage(Stage.OCR))
    assert await ocr.run(task_of(exam, Stage.OCR, 1)) is Outcome.RECORDED
    halfway = await exam_now(database, exam)
    assert (halfway.status, halfway.pages_done, halfway.progress) == (Status.OCR_PROCESSING, 1, 15)
    assert await messages(database, exam, Stage.PARSING) == 0
    assert await ocr.run(task_of(exam, Stage.OCR, 2)) is Outcome.RECORDED
    for stage in list(Stage)[2:]:
        assert await messages(database, exam, stage) == 1
        assert await run_stage(ScriptedStage(stage)).run(task_of(exam, stage)) is Outcome.RECORDED
    done = await exam_now(database, exam)
    assert (done.status, done.progress) == (Status.COMPLETED, 100)
    assert done.completed_at is not None
    async with database.transaction() as uow:
        events = await uow.exams.events_after(exam.id, 0)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [e.progress for e in events] == sorted(e.progress for e in events)


async def test_a_redelivered_message_computes_nothing(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()
    stage = ScriptedStage(Stage.INGEST)
    runner = run_stage(stage)
    await runner.run(task_of(exam, Stage.INGEST))
    assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.NOT_DUE
    assert len(stage.computed) == 1
    assert await messages(database, exam, Stage.OCR) == 2


async def test_two_workers_with_the_same_message_record_once(
    new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()
    stage = ScriptedStage(Stage.INGEST, during=lambda _: asyncio.sleep(0.1))
    runner = run_stage(stage)
    outcomes = await asyncio.gather(*(runner.run(task_of(exam, Stage.INGEST)) for _ in range(4)))
    assert sorted(outcomes) == [Outcome.NOT_DUE] * 3 + [Outcome.RECORDED]
    assert len(stage.saved) == 1


async def test_a_worker_that_lost_its_lease_is_fenced_out(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()
    second = ScriptedStage(Stage.INGEST)

    async def be_overtaken(task: StageTask) -> None:
        await make_due(database, exam)
        assert await run_stage(second).run(task) is Outcome.RECORDED

    first = ScriptedStage(Stage.INGEST, during=be_overtaken)
    assert await run_stage(first).run(task_of(exam, Stage.INGEST)) is Outcome.FENCED
    assert (len(first.saved), len(second.saved)) == (0, 1)
    async with database.transaction() as uow:
        # It was slow and has not crashed: that is taken back.
        crashes = select(stage_tasks.c.crashes).where(
            stage_tasks.c.exam_id == exam.id, stage_tasks.c.stage == Stage.INGEST
        )
        assert (await uow.connection.execute(crashes)).scalar_one() == 0


async def test_without_fencing_an_overtaken_worker_would_record_twice(
    database: Database,
    new_exam: NewExam,
    run_stage: RunStage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(StageLife, "finish", unfenced_finish)
    exam = await new_exam()
    second = ScriptedStage(Stage.INGEST)

    async def be_overtaken(task: StageTask) -> None:
        await make_due(database, exam)
        await run_stage(second).run(task)

    first = ScriptedStage(Stage.INGEST, during=be_overtaken)
    await run_stage(first).run(task_of(exam, Stage.INGEST))
    assert (len(first.saved), len(second.saved)) == (1, 1)


async def test_a_heartbeat_keeps_a_slow_task_from_being_taken_back(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()

    async def outlast_the_lease(_: StageTask) -> None:
        for _round in range(8):
            await asyncio.sleep(0.2)
            async with database.transaction() as uow:
                assert not await uow.tasks.expired(10)

    stage = ScriptedStage(Stage.INGEST, during=outlast_the_lease)
    runner = run_stage(stage, lease_seconds=0.9)
    assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.RECORDED


async def test_bad_input_fails_the_exam_with_its_code_and_is_not_retried(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()

    async def refuse(_: StageTask) -> None:
        raise PermanentFailure(FailureCode.BROKEN_PDF)

    runner = run_stage(ScriptedStage(Stage.INGEST, during=refuse))
    assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.REJECTED
    failed = await exam_now(database, exam)
    assert (failed.status, failed.error_code, failed.failed_stage) == (
        Status.FAILED,
        FailureCode.BROKEN_PDF,
        Stage.INGEST,
    )
    assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.SUPERSEDED


async def test_a_transient_error_is_retried_and_then_kept_as_a_dead_letter(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()

    async def stumble(_: StageTask) -> None:
        raise ConnectionError("the name Alice must not be kept")

    runner = run_stage(ScriptedStage(Stage.INGEST, during=stumble))
    for _ in range(SPECS[Stage.INGEST].max_attempts - 1):
        assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.POSTPONED
        assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.NOT_DUE
        await make_due(database, exam)
    with pytest.raises(TaskExhausted):
        await runner.run(task_of(exam, Stage.INGEST))
    failed = await exam_now(database, exam)
    assert failed.error_code is FailureCode.ATTEMPTS_EXHAUSTED
    async with database.transaction() as uow:
        letters = [x for x in await uow.dead_letters.list() if x.exam_id == exam.id]
    assert len(letters) == 1
    assert letters[0].error.startswith("ConnectionError at ")
    assert "Alice" not in letters[0].error


async def test_input_that_cannot_be_loaded_uses_up_the_attempts(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()

    class Unloadable(ScriptedStage):
        async def load(self, uow: UnitOfWork, task: StageTask) -> StageTask:
            raise LookupError("rows of an earlier stage are missing")

    runner = run_stage(Unloadable(Stage.INGEST))
    for _ in range(SPECS[Stage.INGEST].max_attempts - 1):
        assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.POSTPONED
        await make_due(database, exam)
    with pytest.raises(TaskExhausted):
        await runner.run(task_of(exam, Stage.INGEST))


async def test_cancelling_stops_running_work_at_its_next_heartbeat(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()

    async def cancel_and_wait(_: StageTask) -> None:
        async with database.transaction() as uow:
            await uow.exams.request_cancel(exam)
        await asyncio.sleep(30)

    stage = ScriptedStage(Stage.INGEST, during=cancel_and_wait)
    runner = run_stage(stage, lease_seconds=0.6)
    assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.CANCELLED
    assert (await exam_now(database, exam)).status is Status.CANCELLED
    assert not stage.saved


async def test_an_exam_that_is_cancelled_while_its_stage_ends_is_counted_among_the_ended(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()

    async def cancel(_: StageTask) -> None:
        async with database.transaction() as uow:
            await uow.exams.request_cancel(exam)

    cancelled = metrics.EXAMS_FINISHED.labels(Status.CANCELLED, "")
    before = cancelled._value.get()
    runner = run_stage(ScriptedStage(Stage.INGEST, during=cancel))
    assert await runner.run(task_of(exam, Stage.INGEST)) is Outcome.CANCELLED
    assert cancelled._value.get() == before + 1


async def test_a_stopped_worker_hands_its_task_back_at_no_cost(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()
    begun = asyncio.Event()

    async def hang(_: StageTask) -> None:
        begun.set()
        await asyncio.sleep(30)

    runner = run_stage(ScriptedStage(Stage.INGEST, during=hang))
    running = asyncio.create_task(runner.run(task_of(exam, Stage.INGEST)))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await messages(database, exam, Stage.INGEST) == 2
    async with database.transaction() as uow:
        lease = await claim(uow, task_of(exam, Stage.INGEST), 5)
    assert lease is not None
    assert lease.attempt == 1


async def test_the_reaper_takes_back_expired_leases_and_redrives_lost_messages(
    database: Database, new_exam: NewExam
) -> None:
    await settle(database)
    exam = await new_exam()
    task = task_of(exam, Stage.INGEST)
    async with database.transaction() as uow:
        assert await claim(uow, task, 0.0)
    await asyncio.sleep(0.01)
    async with database.transaction() as uow:
        assert task in await uow.tasks.expired(10)
        assert task not in await uow.tasks.expired(10)
    async with database.transaction() as uow:
        # Its first message still waits in the outbox: nothing is lost yet.
        assert task not in await uow.tasks.stranded(0.0, [Stage.INGEST], 10)
        await uow.outbox.claim(1000, 60, DispatchRules(window=1000))
    await asyncio.sleep(0.01)
    async with database.transaction() as uow:
        assert task in await uow.tasks.stranded(0.0, [Stage.INGEST], 1000)
        assert task not in await uow.tasks.stranded(0.0, [Stage.INGEST], 1000)


async def test_an_exam_of_a_later_run_ignores_messages_of_the_earlier(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()
    async with database.transaction() as uow:
        failed = await uow.exams.move(
            exam, Status.FAILED, stage=Stage.INGEST, error_code=FailureCode.BROKEN_PDF
        )
        await uow.exams.start_run(failed, Status.UPLOADED, stage=Stage.INGEST, pages_done=0)
    stage = ScriptedStage(Stage.INGEST)
    assert await run_stage(stage).run(task_of(exam, Stage.INGEST)) is Outcome.SUPERSEDED
    assert not stage.computed
