"""What becomes of work whose process, server or disk let it down, on a real PostgreSQL."""

import asyncio
import errno
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.contract.failures import FailureCode
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage
from shared.db.database import Database
from shared.db.repositories.tasks import Tasks
from shared.db.trouble import ServerAway
from shared.messaging.stage_runner import Outcome, StageRunner
from shared.storage.failure import BlobStoreError
from tests.integration.messaging.conftest import (
    NewExam,
    ScriptedStage,
    exam_now,
    make_due,
    messages,
    task_of,
)
from tests.leases import claim

RunStage = Callable[..., StageRunner]


async def vanish_with(database: Database, task: StageTask, *, is_alone: bool) -> None:
    """What a worker leaves behind that ended while it held ``task``."""
    async with database.transaction() as uow:
        lease = await claim(uow, task, 0.0)
        assert lease is not None
        if is_alone:
            assert await uow.tasks.tell_alone(task, lease.token)


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
        lease = await claim(uow, task, 5)
    assert lease is not None
    assert (lease.attempt, lease.crashes) == (1, 0)


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
        lease = await claim(uow, task_of(exam, Stage.INGEST), 5)
    assert lease is not None
    # That the server was away is no attempt that failed.
    assert (lease.attempt, lease.crashes) == (1, 0)
