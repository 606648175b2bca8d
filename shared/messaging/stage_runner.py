"""The protocol of every stage: claim, compute, record; leased, fenced and counted in PostgreSQL."""

import asyncio
import random
import time
from contextlib import suppress
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import structlog

from shared.contract.exams import Exam
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, TERMINAL, Stage, StageSpec, Status
from shared.db.database import DATABASE_ERRORS, Database
from shared.db.repositories.tasks import Lease
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.duplicates import ComparingStage, end_duplicate, find_twins, is_duplicate
from shared.messaging.spans import task_span, with_failed_attempt
from shared.observability import metrics
from shared.observability.log_setup import error_site
from shared.observability.tracing import annotate, span, trace_id_of

log = structlog.get_logger(__name__)

#: A failed task waits at most this long before its next attempt.
MAX_BACKOFF_SECONDS = 300.0


class PipelineStage(Protocol):
    """What a service writes: three methods, of which only ``compute`` may be slow.

    Whatever one of them raises is counted as an attempt.
    """

    stage: Stage

    async def load(self, uow: UnitOfWork, task: StageTask) -> Any:
        """Read the input in a short transaction of its own."""
        ...

    async def compute(self, work: Any, /) -> Any:
        """Make the output; holds no connection and no lock, and may be repeated."""
        ...

    async def save(self, uow: UnitOfWork, task: StageTask, output: Any, /) -> None:
        """Replace this stage's rows inside the recording transaction."""
        ...


@runtime_checkable
class ConnectedStage(Protocol):
    """A stage with connections of its own. It may use the pool too, but never while it waits."""

    def connect(self, database: Database) -> None:
        """Called once, before the first task."""
        ...

    async def disconnect(self) -> None:
        """Called once, behind the last task, on the loop that ran them."""
        ...


class Outcome(StrEnum):
    """What became of one delivery of a message."""

    #: The output was recorded.
    RECORDED = "recorded"
    #: Nothing to do: done before, not due, or another worker has it.
    NOT_DUE = "not_due"
    #: The exam has ended or begun another run.
    SUPERSEDED = "superseded"
    #: The exam was cancelled on request.
    CANCELLED = "cancelled"
    #: The exam repeats another one and has ended.
    DUPLICATE = "duplicate"
    #: The lease was lost while computing; whoever has it now will record.
    FENCED = "fenced"
    #: The input is bad; the exam has failed with a code.
    REJECTED = "rejected"
    #: It failed and will be tried again.
    POSTPONED = "postponed"
    #: It failed too often; the exam has failed.
    EXHAUSTED = "exhausted"


class TaskExhausted(Exception):
    """The task has used up its attempts: its message belongs among the dead letters."""


class LeaseLost(Exception):
    """The heartbeat found that the lease was given on or that the exam is no longer wanted."""


class StageRunner:
    """Runs one stage's tasks."""

    def __init__(
        self,
        database: Database,
        stage: PipelineStage,
        *,
        lease_seconds: float,
        retry_backoff_seconds: float,
    ) -> None:
        self._database = database
        self._stage = stage
        self._spec: StageSpec = SPECS[stage.stage]
        self._lease_seconds = lease_seconds
        self._retry_backoff_seconds = retry_backoff_seconds
        self._unsettled: list[tuple[StageTask, Lease]] = []

    async def run(self, task: StageTask) -> Outcome:
        """Handle one delivery of ``task``. Raises TaskExhausted after the last attempt."""
        with (
            structlog.contextvars.bound_contextvars(
                exam_id=task.exam_id,
                run=task.run,
                stage=task.stage.value,
                page=task.page,
                trace_id=trace_id_of(task.traceparent),
            ),
            task_span(task),
        ):
            await self._settle()
            with span("claim"):
                claimed = await self._claim(task)
            if isinstance(claimed, Outcome):
                annotate({"examlens.outcome": claimed.value})
                log.info("stage.skipped", outcome=claimed.value)
                return claimed
            try:
                outcome = await self._work(task, claimed)
            except DATABASE_ERRORS:
                self._unsettled.append((task, claimed))
                raise
            annotate({"examlens.outcome": outcome.value, "examlens.attempt": claimed.attempt})
            log.info("stage.ended", outcome=outcome.value, attempt=claimed.attempt)
            if outcome is Outcome.EXHAUSTED:
                raise TaskExhausted(task.stage.value)
            return outcome

    async def _settle(self) -> None:
        """Give back what this process could not record while the database was away.

        It would otherwise be counted as a crash of a worker that is alive.
        """
        while self._unsettled:
            task, lease = self._unsettled[-1]
            async with self._database.transaction() as uow:
                if await uow.tasks.release(
                    task, lease.token, delay_seconds=0.0, is_attempt_counted=True
                ):
                    await uow.outbox.add_again(task)
                else:
                    await uow.tasks.absolve(task)
            if (task, lease) in self._unsettled:
                self._unsettled.remove((task, lease))

    async def _claim(self, task: StageTask) -> Lease | Outcome:
        async with self._database.transaction() as uow:
            exam = await uow.exams.lock(task.exam_id)
            if exam is None or exam.run != task.run or exam.status in TERMINAL:
                return Outcome.SUPERSEDED
            if exam.is_cancel_requested or exam.duplicate is not None:
                return await self._end_unwanted(uow, exam)
            if exam.status not in self._spec.claimable_from:
                return Outcome.SUPERSEDED
            lease = await uow.tasks.claim(task, self._lease_seconds)
            if lease is None:
                return Outcome.NOT_DUE
            if lease.crashes >= self._spec.max_crashes:
                # So many workers took it and vanished without a word.
                await self._give_up(
                    uow, exam, task, lease, FailureCode.CRASHED_WORKER, "the worker process ended"
                )
                return Outcome.REJECTED
            if exam.status is not self._spec.working:
                exam = await uow.exams.move(exam, self._spec.working, stage=task.stage)
            wait = (lease.started_at - lease.due_at).total_seconds()
            metrics.QUEUE_WAIT_SECONDS.labels(task.stage).observe(max(wait, 0.0))
            return lease

    async def _end_unwanted(self, uow: UnitOfWork, exam: Exam) -> Outcome:
        """End an exam that was cancelled, or that another one was found to be the same as."""
        if exam.is_cancel_requested:
            ended = await uow.exams.move(exam, Status.CANCELLED, stage=self._spec.stage)
        else:
            ended = await end_duplicate(uow, exam, self._spec.stage)
        metrics.EXAMS_FINISHED.labels(ended.status, "").inc()
        return Outcome.CANCELLED if exam.is_cancel_requested else Outcome.DUPLICATE

    async def _work(self, task: StageTask, lease: Lease) -> Outcome:
        started = time.monotonic()
        try:
            # Loaded after the claim is committed, so that input that cannot be loaded is counted.
            with span("load"):
                async with self._database.transaction() as uow:
                    work = await self._stage.load(uow, task)
            with span("compute"):
                output, twins = await self._compute(task, lease, work)
            with span("record"):
                seconds = time.monotonic() - started
                return await self._record(task, lease, output, twins, seconds)
        except LeaseLost:
            return await self._stop_unwanted(task, lease)
        except PermanentFailure as failure:
            return await self._reject(task, lease, failure)
        except asyncio.CancelledError:
            await self._hand_back(task, lease)
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is counted and retried
            site = error_site(error)
            log.warning("stage.failed", error=site, attempt=lease.attempt)
            return await self._postpone(task, lease, site)

    async def _compute(
        self, task: StageTask, lease: Lease, work: Any
    ) -> tuple[Any, tuple[str, ...]]:
        """The stage's output, and the exams that it was found to repeat.

        The lease is prolonged meanwhile, and losing it ends the work.
        """
        heartbeat = asyncio.create_task(self._beat(task, lease))
        computing = asyncio.create_task(self._output(task, work))
        try:
            async with asyncio.timeout(self._spec.time_limit_seconds):
                await asyncio.wait({heartbeat, computing}, return_when=asyncio.FIRST_COMPLETED)
                if not computing.done():
                    heartbeat.result()
                return await computing
        finally:
            for running in (heartbeat, computing):
                running.cancel()
            with suppress(asyncio.CancelledError, LeaseLost):
                await heartbeat

    async def _output(self, task: StageTask, work: Any) -> tuple[Any, tuple[str, ...]]:
        output = await self._stage.compute(work)
        if not isinstance(self._stage, ComparingStage):
            return output, ()
        return output, await find_twins(self._database, self._stage, task, output)

    async def _beat(self, task: StageTask, lease: Lease) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            try:
                async with self._database.transaction() as uow:
                    is_ours = await uow.tasks.extend(task, lease.token, self._lease_seconds)
            except Exception as error:  # noqa: BLE001 -- the fence decides at record, not this
                log.warning("stage.heartbeat_failed", error=error_site(error))
                continue
            if not is_ours:
                raise LeaseLost

    async def _record(
        self, task: StageTask, lease: Lease, output: Any, twins: tuple[str, ...], seconds: float
    ) -> Outcome:
        async with self._database.transaction() as uow:
            exam = await uow.exams.lock(task.exam_id)
            if exam is None or exam.run != task.run or exam.status in TERMINAL:
                return Outcome.SUPERSEDED
            if not await uow.tasks.finish(task, lease.token, seconds):
                await uow.tasks.absolve(task)
                return Outcome.FENCED
            await self._stage.save(uow, task, output)
            if exam.is_cancel_requested:
                await uow.exams.move(exam, Status.CANCELLED, stage=task.stage)
                outcome = Outcome.CANCELLED
            elif await is_duplicate(uow, exam, self._stage, twins):
                exam = await end_duplicate(uow, exam, task.stage)
                outcome = Outcome.DUPLICATE
            else:
                exam = await self._advance(uow, exam, task)
                outcome = Outcome.RECORDED
        metrics.STAGE_SECONDS.labels(task.stage).observe(seconds)
        metrics.STAGE_ATTEMPTS.labels(task.stage).observe(lease.attempt)
        if exam.status in TERMINAL:
            metrics.EXAMS_FINISHED.labels(exam.status, "").inc()
        if exam.status is Status.COMPLETED:
            _observe_completion(exam)
        return outcome

    async def _advance(self, uow: UnitOfWork, exam: Exam, task: StageTask) -> Exam:
        """Move the exam on and put the successor's messages into the outbox."""
        successor = self._spec.successor
        if self._spec.is_per_page:
            exam = await uow.exams.count_page(exam, task.page)
            if exam.pages_done < exam.pages_total:
                return exam
        numbers = [0]
        if successor is not None and SPECS[successor].is_per_page:
            numbers = [page.number for page in await uow.pages.list(exam.id, exam.run)]
            exam = await uow.exams.set_pages_total(exam, len(numbers))
        if self._spec.done is not exam.status:
            exam = await uow.exams.move(exam, self._spec.done, stage=task.stage)
        if successor is not None:
            for number in numbers:
                await enqueue(uow, exam, successor, page=number, traceparent=task.traceparent)
        return exam

    async def _reject(self, task: StageTask, lease: Lease, failure: PermanentFailure) -> Outcome:
        async with self._database.transaction() as uow:
            exam = await uow.exams.lock(task.exam_id)
            if exam is None or exam.run != task.run or exam.status in TERMINAL:
                return Outcome.SUPERSEDED
            if not await uow.tasks.bury(task, lease.token):
                return Outcome.FENCED
            await uow.exams.move(
                exam,
                Status.FAILED,
                stage=task.stage,
                page=failure.page or task.page or None,
                error_code=failure.code,
            )
        metrics.EXAMS_FINISHED.labels(Status.FAILED, failure.code).inc()
        return Outcome.REJECTED

    async def _postpone(self, task: StageTask, lease: Lease, site: str) -> Outcome:
        async with self._database.transaction() as uow:
            exam = await uow.exams.lock(task.exam_id)
            if exam is None or exam.run != task.run or exam.status in TERMINAL:
                return Outcome.SUPERSEDED
            if lease.attempt - lease.crashes >= self._spec.max_attempts:
                is_ours = await self._give_up(
                    uow, exam, task, lease, FailureCode.ATTEMPTS_EXHAUSTED, site
                )
                return Outcome.EXHAUSTED if is_ours else Outcome.FENCED
            ceiling = self._retry_backoff_seconds * 2 ** (lease.attempt - 1)
            # Jitter spreads the second attempts of everything that one outage failed.
            delay = random.uniform(0.5, 1.0) * min(ceiling, MAX_BACKOFF_SECONDS)  # noqa: S311
            if not await uow.tasks.release(
                task, lease.token, delay_seconds=delay, is_attempt_counted=True
            ):
                return Outcome.FENCED
            await uow.outbox.add(exam, with_failed_attempt(task), delay_seconds=delay)
        return Outcome.POSTPONED

    async def _give_up(
        self,
        uow: UnitOfWork,
        exam: Exam,
        task: StageTask,
        lease: Lease,
        code: FailureCode,
        site: str,
    ) -> bool:
        if not await uow.tasks.bury(task, lease.token):
            return False
        await uow.exams.move(
            exam, Status.FAILED, stage=task.stage, page=task.page or None, error_code=code
        )
        await uow.dead_letters.add(exam, task, code, site)
        metrics.EXAMS_FINISHED.labels(Status.FAILED, code).inc()
        return True

    async def _stop_unwanted(self, task: StageTask, lease: Lease) -> Outcome:
        """The heartbeat saw no reason to go on: cancel the exam if that was why."""
        async with self._database.transaction() as uow:
            exam = await uow.exams.lock(task.exam_id)
            if exam is None or exam.run != task.run or exam.status in TERMINAL:
                return Outcome.SUPERSEDED
            if exam.is_cancel_requested and await uow.tasks.bury(task, lease.token):
                await uow.exams.move(exam, Status.CANCELLED, stage=task.stage)
                metrics.EXAMS_FINISHED.labels(Status.CANCELLED, "").inc()
                return Outcome.CANCELLED
            await uow.tasks.absolve(task)
        return Outcome.FENCED

    async def _hand_back(self, task: StageTask, lease: Lease) -> None:
        """The process is asked to stop: let another worker begin at once, at no cost."""
        async with self._database.transaction() as uow:
            exam = await uow.exams.lock(task.exam_id)
            if exam is None or exam.run != task.run or exam.status in TERMINAL:
                return
            if await uow.tasks.release(
                task, lease.token, delay_seconds=0.0, is_attempt_counted=False
            ):
                await uow.outbox.add(exam, task)
                log.info("stage.handed_back")


def _observe_completion(exam: Exam) -> None:
    metrics.EXAM_PAGES.observe(exam.pages_total)
    # Later runs begin when somebody corrects or retries, perhaps months after the submission.
    if exam.run == 1 and exam.completed_at is not None:
        metrics.EXAM_SECONDS.observe((exam.completed_at - exam.created_at).total_seconds())


async def enqueue(
    uow: UnitOfWork, exam: Exam, stage: Stage, *, page: int = 0, traceparent: str | None = None
) -> None:
    """Create the task of ``stage`` and its message in the present transaction, once."""
    task = StageTask(exam_id=exam.id, run=exam.run, stage=stage, page=page, traceparent=traceparent)
    if await uow.tasks.add(task):
        await uow.outbox.add(exam, task)
