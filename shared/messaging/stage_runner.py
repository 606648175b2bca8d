"""The protocol of every stage: claim, compute, record; leased, fenced and counted in PostgreSQL."""

import asyncio
import time
from functools import partial
from typing import Any

import structlog

from shared.contract.messages import StageTask
from shared.contract.stages import SPECS
from shared.db.database import DATABASE_ERRORS, Database
from shared.db.repositories.tasks import Lease
from shared.db.trouble import is_server_trouble
from shared.messaging.attempt.claim import claim
from shared.messaging.attempt.company import Company
from shared.messaging.attempt.decision import decide
from shared.messaging.attempt.ending import Endings, attempted
from shared.messaging.attempt.failure import hand_back, postpone, reject, settle, stop, suspend
from shared.messaging.attempt.lease import AttemptRules, LeaseLost, hold
from shared.messaging.attempt.outcome import WITH_OUTPUT, Outcome, TaskExhausted
from shared.messaging.attempt.record import record
from shared.messaging.attempt.unsettled import UnsettledLeases
from shared.messaging.duplicates import ComparingStage, find_twins
from shared.messaging.pipeline_stage import PipelineStage
from shared.messaging.spans import task_span
from shared.observability import metrics
from shared.observability.log_setup import error_site
from shared.observability.tracing import annotate, span, trace_id_of

#: The runner, and the names that whoever writes or starts a stage needs.
__all__ = ["Outcome", "PipelineStage", "StageRunner", "TaskExhausted"]

log = structlog.get_logger(__name__)


class StageRunner:
    """Runs one stage's tasks. All runners of a process share its ``company``."""

    def __init__(
        self,
        database: Database,
        stage: PipelineStage,
        company: Company,
        *,
        lease_seconds: float,
        retry_backoff_seconds: float,
    ) -> None:
        self._database, self._stage, self._lease_seconds = database, stage, lease_seconds
        self._company = company
        self._spec = SPECS[stage.stage]
        self._rules = AttemptRules(
            self._spec.max_attempts, self._spec.max_crashes, retry_backoff_seconds
        )
        self._unsettled = UnsettledLeases()

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
            await self._unsettled.settle(self._database)
            async with self._company.together():
                with span("claim"):
                    lease = await decide(
                        self._database, task, claim, self._rules, self._lease_seconds
                    )
                if isinstance(lease, Outcome):
                    annotate({"examlens.outcome": lease.value})
                    log.info("stage.skipped", outcome=lease.value)
                    return lease
                if not lease.crashes:
                    return await self._end(task, lease)
            # A suspect: it leaves the others, and computes when it is alone.
            return await self._end(task, lease)

    async def _end(self, task: StageTask, lease: Lease) -> Outcome:
        try:
            outcome = await self._attempt(task, lease)
        except DATABASE_ERRORS as error:
            self._unsettled.add(
                partial(settle, task=task, lease=lease, is_counted=not is_server_trouble(error))
            )
            raise
        annotate({"examlens.outcome": outcome.value, "examlens.attempt": lease.attempt})
        log.info("stage.ended", outcome=outcome.value, attempt=lease.attempt)
        if outcome is Outcome.EXHAUSTED:
            raise TaskExhausted(task.stage.value)
        return outcome

    async def _attempt(self, task: StageTask, lease: Lease) -> Outcome:
        database, rules = self._database, self._rules
        endings = Endings(
            stop=lambda lost: decide(database, task, stop, lease, lost),
            reject=lambda failure: decide(database, task, reject, lease, failure),
            hand_back=lambda: decide(database, task, hand_back, lease),
            suspend=lambda: decide(database, task, suspend, lease, rules),
            postpone=lambda error: decide(
                database, task, postpone, lease, rules, error_site(error)
            ),
        )
        work = self._work(task, lease)
        return await attempted(work, endings, kind=task.stage, attempt=lease.attempt)

    async def _work(self, task: StageTask, lease: Lease) -> Outcome:
        started = time.monotonic()
        # Loaded after the claim is committed, so that input that cannot be loaded is counted.
        with span("load"):
            async with self._database.transaction() as uow:
                work = await self._stage.load(uow, task)
        with span("compute"):
            output, twins = await hold(
                self._database,
                lambda uow: uow.tasks.extend(task, lease.token, self._lease_seconds),
                self._compute_in_turn(task, lease, work),
                lease_seconds=self._lease_seconds,
            )
        with span("record"):
            seconds = time.monotonic() - started
            outcome = await decide(
                self._database, task, record, lease, self._stage, output, twins, seconds
            )
        if outcome in WITH_OUTPUT:
            metrics.STAGE_SECONDS.labels(task.stage).observe(seconds)
            metrics.STAGE_ATTEMPTS.labels(task.stage).observe(lease.attempt)
        return outcome

    async def _compute_in_turn(
        self, task: StageTask, lease: Lease, work: Any
    ) -> tuple[Any, tuple[str, ...]]:
        if not lease.crashes:
            return await self._compute(task, work)
        async with self._company.alone():
            async with self._database.transaction() as uow:
                if not await uow.tasks.tell_alone(task, lease.token):
                    raise LeaseLost
            return await self._compute(task, work)

    async def _compute(self, task: StageTask, work: Any) -> tuple[Any, tuple[str, ...]]:
        """The stage's output, and the exams that it was found to repeat."""
        async with asyncio.timeout(self._spec.time_limit_seconds):
            output = await self._stage.compute(work)
            if not isinstance(self._stage, ComparingStage):
                return output, ()
            return output, await find_twins(self._database, self._stage, task, output)
