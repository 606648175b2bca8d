"""The life of a job in a worker: the protocol of the stages, for what belongs to no exam's run."""

import time
from typing import Any

import structlog

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.jobs import JOB_SPECS, JobMessage
from shared.db.database import DATABASE_ERRORS, Database
from shared.db.repositories.jobs import JobLease
from shared.db.trouble import is_server_trouble
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.company import Company
from shared.messaging.attempt.ending import Endings, attempted
from shared.messaging.attempt.lease import AttemptRules, LeaseLost, hold
from shared.messaging.attempt.outcome import Outcome, TaskExhausted
from shared.messaging.attempt.unsettled import UnsettledLeases
from shared.messaging.job_work import JobWork
from shared.messaging.spans import job_span
from shared.messaging.work_limits import OWN_LIMITS, WorkLimits
from shared.observability import metrics
from shared.observability.log_setup import error_site
from shared.observability.tracing import annotate, span, trace_id_of

log = structlog.get_logger(__name__)


class JobRunner:
    """Runs the jobs of one kind. All runners of a process share its ``company``."""

    def __init__(
        self,
        database: Database,
        work: JobWork,
        company: Company,
        *,
        lease_seconds: float,
        retry_backoff_seconds: float,
        limits: WorkLimits = OWN_LIMITS,
    ) -> None:
        self._database, self._work, self._company = database, work, company
        self._lease_seconds, self._limits = lease_seconds, limits
        self._spec = JOB_SPECS[work.kind]
        self._rules = AttemptRules(
            self._spec.max_attempts,
            self._spec.max_crashes,
            retry_backoff_seconds,
            self._spec.rests_seconds,
        )
        self._unsettled = UnsettledLeases()

    async def run(self, message: JobMessage) -> Outcome:
        """Handle one delivery of ``message``. Raises TaskExhausted after the last attempt."""
        with (
            structlog.contextvars.bound_contextvars(
                job_id=message.id,
                kind=message.kind.value,
                trace_id=trace_id_of(message.traceparent),
            ),
            job_span(message),
        ):
            await self._unsettled.settle(self._database)
            async with self._company.together():
                with span("claim"):
                    lease = await self._claim(message)
                if isinstance(lease, Outcome):
                    annotate({"examlens.outcome": lease.value})
                    log.info("job.skipped", outcome=lease.value)
                    return lease
                if not lease.crashes:
                    return await self._end(lease)
            # A suspect: it leaves the others, and computes when it is alone.
            return await self._end(lease)

    async def _claim(self, message: JobMessage) -> JobLease | Outcome:
        async with self._database.transaction() as uow:
            lease = await uow.jobs.claim(message.kind, message.id, self._lease_seconds)
        if lease is None:
            return Outcome.NOT_DUE
        if lease.crashes_alone >= self._rules.max_crashes:
            return await self._give_up(lease, FailureCode.CRASHED_WORKER, None, Outcome.REJECTED)
        wait = (lease.started_at - lease.due_at).total_seconds()
        metrics.QUEUE_WAIT_SECONDS.labels(message.kind).observe(max(wait, 0.0))
        return lease

    async def _end(self, lease: JobLease) -> Outcome:
        endings = Endings(
            stop=lambda lost: self._stop(lease, lost),
            reject=lambda failure: self._reject(lease, failure),
            hand_back=lambda: self._release(lease, 0.0, is_attempt_counted=False),
            suspend=lambda: self._suspend(lease),
            postpone=lambda error: self._postpone(lease, error),
        )
        kind = self._spec.kind
        try:
            outcome = await attempted(
                self._attempt(lease), endings, kind=kind, attempt=lease.attempt
            )
        except DATABASE_ERRORS as error:
            is_counted = not is_server_trouble(error)
            self._unsettled.add(lambda uow: _settle(uow, lease, is_counted=is_counted))
            raise
        annotate({"examlens.outcome": outcome.value, "examlens.attempt": lease.attempt})
        log.info("job.ended", outcome=outcome.value, attempt=lease.attempt)
        if outcome is Outcome.EXHAUSTED:
            raise TaskExhausted(kind.value)
        return outcome

    async def _attempt(self, lease: JobLease) -> Outcome:
        started = time.monotonic()
        with span("load"):
            async with self._database.transaction() as uow:
                work = await self._work.load(uow, lease.job)
                if work is None:
                    await uow.jobs.drop(lease.job.kind, lease.job.subject_id)
                    return Outcome.SUPERSEDED
        with span("compute"):
            output = await hold(
                self._database,
                lambda uow: uow.jobs.extend(lease, self._lease_seconds),
                self._compute_in_turn(lease, work),
                lease_seconds=self._lease_seconds,
            )
        seconds = time.monotonic() - started
        with span("record"):
            await self._record(lease, output, seconds)
        metrics.STAGE_SECONDS.labels(lease.job.kind).observe(seconds)
        metrics.STAGE_ATTEMPTS.labels(lease.job.kind).observe(lease.attempt)
        return Outcome.RECORDED

    async def _compute_in_turn(self, lease: JobLease, work: Any) -> Any:
        if not lease.crashes:
            return await self._compute(work)
        async with self._company.alone():
            async with self._database.transaction() as uow:
                _require(await uow.jobs.tell_alone(lease))
            return await self._compute(work)

    async def _compute(self, work: Any) -> Any:
        # A setting bounds stages; a job keeps its own limit, which may be much longer.
        async with self._limits.bound(self._spec.kind.value, self._spec.time_limit_seconds):
            return await self._work.compute(self._database, work)

    async def _record(self, lease: JobLease, output: Any, seconds: float) -> None:
        """Write the output down with what follows. Raises LeaseLost."""
        job = lease.job
        async with self._database.transaction() as uow:
            # The subject first, as everywhere: nobody waits in a circle.
            is_wanted_again = await self._work.save(uow, lease, output)
            _require(await uow.jobs.finish(lease, seconds))
            following = job.kind if is_wanted_again else self._spec.successor
            if following is not None:
                await uow.jobs.add(
                    following,
                    job.subject_id,
                    job.tenant_id,
                    priority=job.priority,
                    traceparent=job.traceparent,
                )

    async def _stop(self, lease: JobLease, lost: LeaseLost) -> Outcome:
        async with self._database.transaction() as uow:
            await uow.jobs.absolve(lease, is_attempt_counted=not lost.is_hindered)
        return Outcome.FENCED

    async def _reject(self, lease: JobLease, failure: PermanentFailure) -> Outcome:
        return await self._give_up(lease, failure.code, failure, Outcome.REJECTED)

    async def _postpone(self, lease: JobLease, error: Exception) -> Outcome:
        if self._rules.is_exhausted(lease):
            code = FailureCode.ATTEMPTS_EXHAUSTED
            return await self._give_up(lease, code, error, Outcome.EXHAUSTED)
        rest_seconds = self._rules.rest_seconds(lease)
        return await self._release(
            lease, rest_seconds, is_attempt_counted=True, after=error, outcome=Outcome.POSTPONED
        )

    async def _suspend(self, lease: JobLease) -> Outcome:
        rest_seconds = self._rules.hindrance_seconds()
        return await self._release(
            lease, rest_seconds, is_attempt_counted=False, outcome=Outcome.HINDERED
        )

    async def _release(
        self,
        lease: JobLease,
        rest_seconds: float,
        *,
        is_attempt_counted: bool,
        after: Exception | None = None,
        outcome: Outcome = Outcome.NOT_DUE,
    ) -> Outcome:
        try:
            async with self._database.transaction() as uow:
                if after is not None:
                    await self._work.postpone(uow, lease, after, rest_seconds)
                _require(
                    await uow.jobs.release(
                        lease, delay_seconds=rest_seconds, is_attempt_counted=is_attempt_counted
                    )
                )
        except LeaseLost:
            return Outcome.FENCED
        return outcome

    async def _give_up(
        self, lease: JobLease, code: FailureCode, error: Exception | None, outcome: Outcome
    ) -> Outcome:
        """Nobody tries again: bad input is dropped, anything else is a dead letter."""
        try:
            async with self._database.transaction() as uow:
                await self._work.give_up(uow, lease, code, error)
                if isinstance(error, PermanentFailure):
                    is_ours = await uow.jobs.reject(lease, code)
                else:
                    site = "the worker process ended" if error is None else error_site(error)
                    is_ours = await uow.jobs.bury(lease, code, site)
                _require(is_ours)
        except LeaseLost:
            return Outcome.FENCED
        return outcome


def _require(is_ours: bool) -> None:
    """Roll everything back when the lease was lost. Raises LeaseLost."""
    if not is_ours:
        raise LeaseLost


async def _settle(uow: UnitOfWork, lease: JobLease, *, is_counted: bool) -> None:
    """Give back a lease whose end could not be written down while the database was away."""
    if not await uow.jobs.release(lease, delay_seconds=0.0, is_attempt_counted=is_counted):
        await uow.jobs.absolve(lease, is_attempt_counted=is_counted)
