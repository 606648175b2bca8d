"""Limits of time and attempts are an operator's to set; what outlives its limit is ended."""

import asyncio
import sys
import threading
import time
from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from benchmarks.empty_stages import EmptyStage, submit
from examlens.processes import Supervisor
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage, Status
from shared.db.database import Database
from shared.messaging.attempt.company import Company
from shared.messaging.stage_runner import Outcome, StageRunner, TaskExhausted
from shared.messaging.work_limits import WorkLimits
from shared.messaging.work_threads import WorkThreads, watched_work
from tests.integration.messaging.conftest import NewExam, exam_now, make_due, task_of
from tests.servers import server_directory


class SlowStage(EmptyStage):
    """Takes a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__(Stage.INGEST, 1)
        self._seconds = seconds

    async def compute(self, task: StageTask) -> StageTask:
        await asyncio.sleep(self._seconds)
        return task


def slow_tasks() -> float:
    labels = {"stage": "ingest"}
    return REGISTRY.get_sample_value("examlens_tasks_slow_total", labels) or 0.0


def runner(database: Database, seconds: float, limits: WorkLimits) -> StageRunner:
    return StageRunner(
        database,
        SlowStage(seconds),
        Company(),
        lease_seconds=5.0,
        retry_backoff_seconds=5.0,
        limits=limits,
    )


async def test_work_past_the_soft_limit_is_told_of_and_goes_on(
    database: Database, new_exam: NewExam
) -> None:
    told = slow_tasks()
    exam = await new_exam()
    running = runner(database, 0.3, WorkLimits(soft_seconds=0.1))
    assert await running.run(task_of(exam, Stage.INGEST)) is Outcome.RECORDED
    assert slow_tasks() == told + 1


async def test_work_past_the_hard_limit_has_failed_and_attempts_are_as_many_as_set(
    database: Database, new_exam: NewExam
) -> None:
    exam = await new_exam()
    running = runner(database, 60.0, WorkLimits(hard_seconds=0.1, max_attempts=2))
    assert SPECS[Stage.INGEST].max_attempts > 2
    assert await running.run(task_of(exam, Stage.INGEST)) is Outcome.POSTPONED
    await make_due(database, exam)
    with pytest.raises(TaskExhausted):
        await running.run(task_of(exam, Stage.INGEST))
    assert (await exam_now(database, exam)).status is Status.FAILED


async def test_a_thread_that_outlives_its_work_is_known_until_it_ends() -> None:
    loop, release = asyncio.get_running_loop(), threading.Event()
    before, threads = loop._default_executor, WorkThreads(patience_seconds=0.05)  # type: ignore[attr-defined]
    loop.set_default_executor(threads)

    async def work(wait: Callable[[], object]) -> None:
        with watched_work():
            async with asyncio.timeout(0.1):
                await asyncio.to_thread(wait)

    try:
        await work(lambda: None)
        with pytest.raises(TimeoutError):
            await work(release.wait)
        assert threads.outliving() == 0
        await asyncio.sleep(0.1)
        assert threads.outliving() == 1
        release.set()
        await asyncio.sleep(0.1)
        assert threads.outliving() == 0
    finally:
        loop._default_executor = before  # type: ignore[attr-defined]
        threads.shutdown()


@pytest.mark.rabbitmq
@pytest.mark.xdist_group("rabbitmq")
async def test_a_process_that_computes_past_its_limit_ends_and_the_exam_is_completed_by_the_next(
    own_database_url: str, amqp_server: str
) -> None:
    database = Database(own_database_url, size=1, application="test")
    with server_directory() as directory:
        supervisor = Supervisor(
            directory / "log",
            {
                "DATABASE_URL": own_database_url,
                "AMQP_URL": amqp_server,
                "EXAMLENS_BLOB_URL": str(directory / "blobs"),
                "EXAMLENS_HARD_LIMIT_SECONDS": "1",
                "EXAMLENS_RETRY_BACKOFF_SECONDS": "0.5",
                "STUCK_MARK": str(directory / "mark"),
            },
            commands={
                "relay": [sys.executable, "-m", "shared.messaging.relay"],
                "worker": [sys.executable, "-m", "tests.integration.messaging.stuck_worker"],
            },
        )
        supervisor.start()
        try:
            async with database.transaction() as uow:
                tenant = await uow.tenants.ensure("benchmark")
            (exam_id,) = await submit(database, tenant, 1)
            (worker,) = supervisor.named("worker")
            deadline = time.monotonic() + 90
            status, starts = None, 1
            while (status is not Status.COMPLETED or starts < 2) and time.monotonic() < deadline:
                await asyncio.sleep(0.5)
                starts = worker.starts
                async with database.transaction() as uow:
                    status = (await uow.exams.get(exam_id)).status
        finally:
            await asyncio.to_thread(supervisor.stop)
            await database.close()
        text = (directory / "log" / "worker.log").read_text()
    assert status is Status.COMPLETED
    assert starts == 2
    assert text.count("worker.outlived") == 1
