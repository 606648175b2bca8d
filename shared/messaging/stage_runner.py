"""The protocol of every stage: claim, compute, record; leased, fenced and counted in PostgreSQL."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial

import structlog

from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage
from shared.db.database import DATABASE_ERRORS, Database
from shared.db.repositories.stage_life import Lease
from shared.db.trouble import is_server_trouble
from shared.messaging.attempt.claim import claim
from shared.messaging.attempt.company import Company
from shared.messaging.attempt.decision import count_end, decide
from shared.messaging.attempt.ending import Endings, attempted
from shared.messaging.attempt.failure import hand_back, postpone, reject, settle, stop, suspend
from shared.messaging.attempt.lease import AttemptRules, LeaseLost, hold
from shared.messaging.attempt.outcome import WITH_OUTPUT, Outcome, TaskExhausted
from shared.messaging.attempt.record import GoOn, Output, Recorded, record
from shared.messaging.attempt.succession import Succession
from shared.messaging.attempt.taken import NOT_LOADED, NotLoaded, Taken, load_now
from shared.messaging.attempt.unsettled import UnsettledLeases
from shared.messaging.duplicates import ComparingStage, find_twins
from shared.messaging.pipeline_stage import PipelineStage
from shared.messaging.spans import task_span
from shared.messaging.work_limits import OWN_LIMITS, WorkLimits
from shared.observability import metrics
from shared.observability.log_setup import error_site
from shared.observability.tracing import annotate, span, trace_id_of

#: The runner, and the names that whoever writes or starts a stage needs.
__all__ = ["Outcome", "PipelineStage", "StageRunner", "TaskExhausted"]

log = structlog.get_logger(__name__)


class StageRunner:
    """Runs one stage's tasks. All runners of a process share its ``company``.

    With a ``succession`` it goes on with the exam's next stage where a message would bring that
    task to this process anyway.
    """

    def __init__(
        self,
        database: Database,
        stage: PipelineStage,
        company: Company,
        *,
        lease_seconds: float,
        retry_backoff_seconds: float,
        succession: Succession | None = None,
        limits: WorkLimits = OWN_LIMITS,
    ) -> None:
        self._database, self._stage, self._lease_seconds = database, stage, lease_seconds
        self._company, self._succession = company, succession
        self._retry_backoff_seconds, self._limits = retry_backoff_seconds, limits
        self._unsettled = UnsettledLeases()

    async def run(self, task: StageTask, *, is_first_delivery: bool = False) -> Outcome:
        """Handle one delivery of ``task``. Raises TaskExhausted after the last attempt.

        Input that ends the process while it is loaded must not do so for ever. So only with the
        first delivery is it loaded in the transaction of the claim, which then may never commit.
        """
        begun_at = asyncio.get_running_loop().time()
        await self._unsettled.settle(self._database)
        async with AsyncExitStack() as company:
            await company.enter_async_context(self._company.together())
            with _told_of(task):
                taken = await self._take(task, is_first_delivery=is_first_delivery)
                if isinstance(taken, Outcome):
                    annotate({"examlens.outcome": taken.value})
                    log.info("stage.skipped", outcome=taken.value)
                    return taken
                if taken.lease.crashes:
                    # A suspect: it leaves the others, and computes when it is alone.
                    await company.aclose()
                recorded = await self._end(taken, begun_at)
            outcome = recorded.outcome
            while (following := recorded.following) is not None:
                with _told_of(following.task):
                    recorded = await self._end(following, begun_at)
        return outcome

    async def _take(self, task: StageTask, *, is_first_delivery: bool) -> Taken | Outcome:
        rules = self._rules_of(task.stage)
        if is_first_delivery:
            try:
                return await self._claim(task, rules, is_loading=True)
            except NotLoaded:
                log.info("stage.not_loaded_at_once")
        return await self._claim(task, rules, is_loading=False)

    async def _claim(
        self, task: StageTask, rules: AttemptRules, *, is_loading: bool
    ) -> Taken | Outcome:
        with span("claim"):
            async with self._database.transaction() as uow:
                lease, exam = await claim(uow, task, rules, self._lease_seconds)
                work = NOT_LOADED
                if is_loading and isinstance(lease, Lease) and not lease.crashes:
                    work = await load_now(uow, self._stage, task)
        count_end(exam)
        if isinstance(lease, Outcome):
            return lease
        _count_wait(task.stage, lease)
        return Taken(self._stage, task, lease, work)

    async def _end(self, taken: Taken, begun_at: float) -> Recorded:
        task, lease = taken.task, taken.lease
        try:
            recorded = await self._attempt(taken, begun_at)
        except DATABASE_ERRORS as error:
            self._unsettled.add(
                partial(settle, task=task, lease=lease, is_counted=not is_server_trouble(error))
            )
            raise
        outcome = recorded.outcome
        annotate({"examlens.outcome": outcome.value, "examlens.attempt": lease.attempt})
        log.info("stage.ended", outcome=outcome.value, attempt=lease.attempt)
        if outcome is Outcome.EXHAUSTED:
            raise TaskExhausted(task.stage.value)
        return recorded

    async def _attempt(self, taken: Taken, begun_at: float) -> Recorded:
        task, lease, database = taken.task, taken.lease, self._database
        rules = self._rules_of(task.stage)
        endings = Endings(
            stop=lambda lost: decide(database, task, stop, lease, lost),
            reject=lambda failure: decide(database, task, reject, lease, failure),
            hand_back=lambda: decide(database, task, hand_back, lease),
            suspend=lambda: decide(database, task, suspend, lease, rules),
            postpone=lambda error: decide(
                database, task, postpone, lease, rules, error_site(error)
            ),
        )
        work = self._work(taken, begun_at)
        ended = await attempted(work, endings, kind=task.stage, attempt=lease.attempt)
        return ended if isinstance(ended, Recorded) else Recorded(ended)

    async def _work(self, taken: Taken, begun_at: float) -> Recorded:
        started = asyncio.get_running_loop().time()
        task, lease, work = taken.task, taken.lease, taken.work
        if work is NOT_LOADED:
            with span("load"):
                async with self._database.transaction() as uow:
                    work = await taken.stage.load(uow, task)
        with span("compute"):
            value, twins = await hold(
                self._database,
                lambda uow: uow.tasks.extend(task, lease.token, self._lease_seconds),
                self._compute_in_turn(Taken(taken.stage, task, lease, work)),
                lease_seconds=self._lease_seconds,
            )
        output = Output(value, twins, asyncio.get_running_loop().time() - started)
        with span("record"):
            recorded = await self._record(taken, output, begun_at)
        count_end(recorded.exam)
        if recorded.outcome in WITH_OUTPUT:
            metrics.STAGE_SECONDS.labels(task.stage).observe(output.seconds)
            metrics.STAGE_ATTEMPTS.labels(task.stage).observe(lease.attempt)
        if recorded.following is not None:
            _count_wait(recorded.following.task.stage, recorded.following.lease)
        return recorded

    async def _record(self, taken: Taken, output: Output, begun_at: float) -> Recorded:
        go_on = None if taken.lease.crashes else self._go_on(taken.task.stage, begun_at)
        if go_on is not None:
            try:
                async with self._database.transaction() as uow:
                    return await record(uow, taken, output, go_on)
            except NotLoaded:
                log.info("stage.not_gone_on")
        async with self._database.transaction() as uow:
            return await record(uow, taken, output)

    def _go_on(self, stage: Stage, begun_at: float) -> GoOn | None:
        if self._succession is None:
            return None
        following = self._succession.after(stage, begun_at)
        if following is None:
            return None
        return GoOn(following, self._succession.served, self._lease_seconds)

    async def _compute_in_turn(self, taken: Taken) -> tuple[object, tuple[str, ...]]:
        if not taken.lease.crashes:
            return await self._compute(taken)
        async with self._company.alone():
            async with self._database.transaction() as uow:
                if not await uow.tasks.tell_alone(taken.task, taken.lease.token):
                    raise LeaseLost
            return await self._compute(taken)

    async def _compute(self, taken: Taken) -> tuple[object, tuple[str, ...]]:
        """The stage's output, and the exams that it was found to repeat."""
        stage = taken.task.stage
        hard_seconds = self._limits.hard_seconds or SPECS[stage].time_limit_seconds
        async with self._limits.bound(stage.value, hard_seconds):
            output = await taken.stage.compute(taken.work)
            if not isinstance(taken.stage, ComparingStage):
                return output, ()
            return output, await find_twins(self._database, taken.stage, taken.task, output)

    def _rules_of(self, stage: Stage) -> AttemptRules:
        spec = SPECS[stage]
        most = self._limits.max_attempts or spec.max_attempts
        return AttemptRules(most, spec.max_crashes, self._retry_backoff_seconds)


@contextmanager
def _told_of(task: StageTask) -> Iterator[None]:
    """Log lines and spans tell which task they belong to."""
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
        yield


def _count_wait(stage: Stage, lease: Lease) -> None:
    wait = (lease.started_at - lease.due_at).total_seconds()
    metrics.QUEUE_WAIT_SECONDS.labels(stage).observe(max(wait, 0.0))
