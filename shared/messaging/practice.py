"""The steps of practice papers on order, under the lease protocol of an exam's stages."""

import asyncio
from typing import Any, Protocol

import structlog

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.practice import PracticeJob, PracticeStep
from shared.db.database import Database
from shared.db.repositories.practice import PracticeLease
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.hindrance import is_hindrance
from shared.messaging.attempt.lease import AttemptRules, LeaseLost, hold
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

#: Attempts that may end with an error, and those that may end with the worker vanishing.
MAX_ATTEMPTS, MAX_CRASHES = 4, 3
LEASE_SECONDS = 30.0
TIME_LIMIT_SECONDS = 120.0
_BACKOFF_SECONDS = 5.0


class PracticeWork(Protocol):
    """What a service writes: three methods. Only ``compute`` may be slow."""

    step: PracticeStep

    async def load(self, uow: UnitOfWork, job: PracticeJob) -> Any:
        """Read the input in a short transaction of its own."""
        ...

    async def compute(self, database: Database, work: Any, /) -> Any:
        """Make the output; may be repeated. It may look something up in a short transaction."""
        ...

    async def save(self, uow: UnitOfWork, lease: PracticeLease, output: Any, /) -> bool:
        """Record the output, fenced by the lease; False when it was lost."""
        ...


class PracticeChore:
    """Does one step of the order that has waited longest.

    A process that dies leaves its lease to expire: the step is repeated, with the same result. An
    order that ends ``MAX_CRASHES`` workers, or fails ``MAX_ATTEMPTS`` times, is given up.
    """

    def __init__(
        self,
        work: PracticeWork,
        *,
        lease_seconds: float = LEASE_SECONDS,
        backoff_seconds: float = _BACKOFF_SECONDS,
    ) -> None:
        self._work = work
        self._lease_seconds = lease_seconds
        self._rules = AttemptRules(MAX_ATTEMPTS, MAX_CRASHES, backoff_seconds)
        self.name = work.step.value

    async def run_once(self, database: Database) -> bool:
        """Do one step; False when none is due."""
        async with database.transaction() as uow:
            lease = await uow.practice_papers.claim(self._work.step, self._lease_seconds)
            if lease is not None and lease.crashes >= self._rules.max_crashes:
                await uow.practice_papers.fail(lease, FailureCode.CRASHED_WORKER)
                return True
        if lease is None:
            return False
        with structlog.contextvars.bound_contextvars(practice_id=lease.job.id, step=self.name):
            outcome = await self._attempt(database, lease)
            log.info("practice.ended", outcome=outcome, attempt=lease.attempt)
        return True

    async def _attempt(self, database: Database, lease: PracticeLease) -> str:
        try:
            is_recorded = await self._do(database, lease)
        except LeaseLost:
            return "fenced"
        except PermanentFailure as failure:
            async with database.transaction() as uow:
                await uow.practice_papers.fail(lease, failure.code)
            return failure.code
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is counted and retried
            if is_hindrance(error):
                log.warning("practice.hindered", error=error_site(error), attempt=lease.attempt)
                return await self._suspend(database, lease)
            log.warning("practice.failed", error=error_site(error), attempt=lease.attempt)
            return await self._postpone(database, lease)
        return "recorded" if is_recorded else "fenced"

    async def _do(self, database: Database, lease: PracticeLease) -> bool:
        async with database.transaction() as uow:
            work = await self._work.load(uow, lease.job)
        output = await hold(
            database,
            lambda uow: uow.practice_papers.extend(lease, self._lease_seconds),
            asyncio.wait_for(self._work.compute(database, work), TIME_LIMIT_SECONDS),
            lease_seconds=self._lease_seconds,
        )
        async with database.transaction() as uow:
            return await self._work.save(uow, lease, output)

    async def _suspend(self, database: Database, lease: PracticeLease) -> str:
        async with database.transaction() as uow:
            await uow.practice_papers.release(
                lease, delay_seconds=self._rules.hindrance_seconds(), is_attempt_counted=False
            )
        return "hindered"

    async def _postpone(self, database: Database, lease: PracticeLease) -> str:
        async with database.transaction() as uow:
            if self._rules.is_exhausted(lease):
                await uow.practice_papers.fail(lease, FailureCode.ATTEMPTS_EXHAUSTED)
                return FailureCode.ATTEMPTS_EXHAUSTED
            rest_seconds = self._rules.rest_seconds(lease)
            await uow.practice_papers.release(lease, delay_seconds=rest_seconds)
        return "postponed"
