"""The claim, compute, record protocol on a real PostgreSQL."""

import asyncio
import errno
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from shared.contract.exams import Exam
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage, Status
from shared.db.database import Database
from shared.db.repositories.outbox import DispatchRules
from shared.db.repositories.tasks import Tasks
from shared.db.tables import outbox, stage_tasks
from shared.db.trouble import ServerAway
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.stage_runner import Outcome, StageRunner, TaskExhausted
from shared.observability import metrics
from shared.storage.failure import BlobStoreError
from tests.chaos.patches import unfenced_finish
from tests.integration.messaging.conftest import NewExam, ScriptedStage, settle

RunStage = Callable[..., StageRunner]


def task_of(exam: Exam, stage: Stage, page: int = 0) -> StageTask:
    return StageTask(exam_id=exam.id, run=exam.run, stage=stage, page=page)


async def exam_now(database: Database, exam: Exam) -> Exam:
    async with database.transaction() as uow:
        return await uow.exams.get(exam.id)


async def messages(database: Database, exam: Exam, stage: Stage) -> int:
    async with database.transaction() as uow:
        query = select(func.count()).where(outbox.c.exam_id == exam.id, outbox.c.stage == stage)
        return int((await uow.connection.execute(query)).scalar_one())


async def make_due(database: Database, exam: Exam) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(stage_tasks)
            .where(stage_tasks.c.exam_id == exam.id)
            .values(due_at=func.now(), lease_until=func.now())
        )


async def vanish_with(database: Database, task: StageTask, *, is_alone: bool) -> None:
    """What a worker leaves behind that ended while it held ``task``."""
    async with database.transaction() as uow:
        lease = await uow.tasks.claim(task, 0.0)
        assert lease is not None
        if is_alone:
            assert await uow.tasks.tell_alone(task, lease.token)


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
    monkeypatch.setattr(Tasks, "finish", unfenced_finish)
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


async def test_a_task_whose_workers_all_vanish_fails_as_crashed_worker(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    exam = await new_exam()
    task = task_of(exam, Stage.INGEST)
    for _ in range(SPECS[Stage.INGEST].max_crashes):
        await vanish_with(database, task, is_alone=True)
        await make_due(database, exam)
    stage = ScriptedStage(Stage.INGEST)
    assert await run_stage(stage).run(task) is Outcome.REJECTED
    assert not stage.computed
    assert (await exam_now(database, exam)).error_code is FailureCode.CRASHED_WORKER


@pytest.mark.parametrize("is_reaped", [True, False])
async def test_a_task_that_vanished_beside_others_is_not_blamed_however_often(
    database: Database, new_exam: NewExam, run_stage: RunStage, *, is_reaped: bool
) -> None:
    exam = await new_exam()
    task = task_of(exam, Stage.INGEST)
    for _ in range(2 * SPECS[Stage.INGEST].max_crashes):
        await vanish_with(database, task, is_alone=False)
        await make_due(database, exam)
        if is_reaped:
            async with database.transaction() as uow:
                assert task in await uow.tasks.expired(1000)
    assert await run_stage(ScriptedStage(Stage.INGEST)).run(task) is Outcome.RECORDED


async def test_a_suspect_computes_when_it_is_alone_and_keeps_its_lease_meanwhile(
    database: Database, new_exam: NewExam, run_stage: RunStage
) -> None:
    suspect, other, newcomer = [await new_exam() for _ in range(3)]
    await vanish_with(database, task_of(suspect, Stage.INGEST), is_alone=False)
    await make_due(database, suspect)
    at_work: list[str] = []
    others: dict[str, list[str]] = {}

    async def work(task: StageTask) -> None:
        at_work.append(task.exam_id)
        await asyncio.sleep(1.0)
        others[task.exam_id] = [id_ for id_ in at_work if id_ != task.exam_id]
        at_work.remove(task.exam_id)

    runner = run_stage(ScriptedStage(Stage.INGEST, during=work), lease_seconds=0.6)
    first = asyncio.create_task(runner.run(task_of(other, Stage.INGEST)))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(runner.run(task_of(suspect, Stage.INGEST)))
    await asyncio.sleep(0.2)
    third = asyncio.create_task(runner.run(task_of(newcomer, Stage.INGEST)))
    assert await asyncio.gather(first, second, third) == [Outcome.RECORDED] * 3
    assert others == {other.id: [], suspect.id: [], newcomer.id: []}


@pytest.mark.parametrize(
    "trouble",
    [
        BlobStoreError(is_full=True),
        OSError(errno.ENOSPC, "no room for a temporary file"),
        ServerAway(),
        DBAPIError("INSERT", {}, asyncpg.DiskFullError()),
        DBAPIError("SELECT", {}, asyncpg.LockNotAvailableError()),
        DBAPIError("SELECT", {}, asyncpg.TooManyConnectionsError()),
    ],
    ids=lambda trouble: f"{type(trouble).__name__}-{getattr(trouble, 'orig', '')!r}",
)
async def test_what_is_no_fault_of_the_exam_uses_up_no_attempt(
    database: Database, new_exam: NewExam, run_stage: RunStage, trouble: Exception
) -> None:
    exam = await new_exam()
    task = task_of(exam, Stage.INGEST)

    async def be_hindered(_: StageTask) -> None:
        raise trouble

    stage = ScriptedStage(Stage.INGEST, during=be_hindered)
    runner = run_stage(stage)
    for _ in range(2 * SPECS[Stage.INGEST].max_attempts):
        assert await runner.run(task) is Outcome.HINDERED
        # It rests, so that a full disk is not asked all the time.
        assert await runner.run(task) is Outcome.NOT_DUE
        await make_due(database, exam)
    assert await messages(database, exam, Stage.INGEST) == 1 + 2 * SPECS[Stage.INGEST].max_attempts
    stage.during = None
    assert await runner.run(task) is Outcome.RECORDED


async def test_a_lease_that_ran_out_while_the_database_was_away_uses_up_no_attempt(
    database: Database,
    new_exam: NewExam,
    run_stage: RunStage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exam = await new_exam()
    task = task_of(exam, Stage.INGEST)
    extend = Tasks.extend

    async def extend_later(*args: Any) -> bool:
        monkeypatch.setattr(Tasks, "extend", extend)
        await make_due(database, exam)
        async with database.transaction() as uow:
            assert task in await uow.tasks.expired(1000)
        raise ServerAway

    monkeypatch.setattr(Tasks, "extend", extend_later)
    stage = ScriptedStage(Stage.INGEST, during=lambda _: asyncio.sleep(5))
    assert await run_stage(stage, lease_seconds=0.6).run(task) is Outcome.FENCED
    async with database.transaction() as uow:
        lease = await uow.tasks.claim(task, 5)
    assert lease is not None
    assert (lease.attempt, lease.crashes) == (1, 0)


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
        lease = await uow.tasks.claim(task_of(exam, Stage.INGEST), 5)
    assert lease is not None
    assert lease.attempt == 1


async def test_the_reaper_takes_back_expired_leases_and_redrives_lost_messages(
    database: Database, new_exam: NewExam
) -> None:
    await settle(database)
    exam = await new_exam()
    task = task_of(exam, Stage.INGEST)
    async with database.transaction() as uow:
        assert await uow.tasks.claim(task, 0.0)
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


async def test_work_that_the_database_could_not_take_is_given_back_and_no_crash(
    database: Database,
    new_exam: NewExam,
    run_stage: RunStage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exam, other = await new_exam(), await new_exam()
    stage = ScriptedStage(Stage.INGEST)
    runner = run_stage(stage)

    async def lose_the_database(_: StageTask) -> None:
        def refuse() -> None:
            raise ServerAway

        monkeypatch.setattr(database, "transaction", refuse)

    stage.during = lose_the_database
    with pytest.raises(ServerAway):
        await runner.run(task_of(exam, Stage.INGEST))
    monkeypatch.undo()
    stage.during = None
    assert await runner.run(task_of(other, Stage.INGEST)) is Outcome.RECORDED
    async with database.transaction() as uow:
        lease = await uow.tasks.claim(task_of(exam, Stage.INGEST), 5)
    assert lease is not None
    # That the server was away is no attempt that failed.
    assert (lease.attempt, lease.crashes) == (1, 0)


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
