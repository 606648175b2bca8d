"""The steps of practice papers on order: claimed, computed and recorded like an exam's stages."""

import asyncio
import random
from contextlib import suppress
from typing import Any, Protocol

import structlog

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.practice import PracticeJob, PracticeStep
from shared.db.database import Database
from shared.db.repositories.practice import PracticeLease
from shared.db.unit_of_work import UnitOfWork
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

#: Attempts that may end with an error, and those that may end with the worker vanishing.
MAX_ATTEMPTS, MAX_CRASHES = 4, 3
LEASE_SECONDS = 30.0
TIME_LIMIT_SECONDS = 120.0
_BACKOFF_SECONDS = 5.0


class PracticeWork(Protocol):
    """What a service writes: three methods, of which only ``compute`` may be slow."""

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
        self._lease_seconds, self._backoff_seconds = lease_seconds, backoff_seconds
        self.name = work.step.value

    async def run_once(self, database: Database) -> bool:
        """Do one step; False when none is due."""
        async with database.transaction() as uow:
            lease = await uow.practice_papers.claim(self._work.step, self._lease_seconds)
            if lease is not None and lease.crashes >= MAX_CRASHES:
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
            async with database.transaction() as uow:
                work = await self._work.load(uow, lease.job)
            output = await self._compute(database, lease, work)
            async with database.transaction() as uow:
                is_recorded = await self._work.save(uow, lease, output)
        except PermanentFailure as failure:
            async with database.transaction() as uow:
                await uow.practice_papers.fail(lease, failure.code)
            return failure.code
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is counted and retried
            log.warning("practice.failed", error=error_site(error), attempt=lease.attempt)
            return await self._postpone(database, lease)
        return "recorded" if is_recorded else "fenced"

    async def _compute(self, database: Database, lease: PracticeLease, work: Any) -> Any:
        heartbeat = asyncio.create_task(self._beat(database, lease))
        try:
            async with asyncio.timeout(TIME_LIMIT_SECONDS):
                return await self._work.compute(database, work)
        finally:
            heartbeat.cancel()
            with suppress(asyncio.CancelledError):
                await heartbeat

    async def _beat(self, database: Database, lease: PracticeLease) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            try:
                async with database.transaction() as uow:
                    await uow.practice_papers.extend(lease, self._lease_seconds)
            except Exception as error:  # noqa: BLE001 -- the fence decides at record, not this
                log.warning("practice.heartbeat_failed", error=error_site(error))

    async def _postpone(self, database: Database, lease: PracticeLease) -> str:
        # Jitter spreads the second attempts of everything that one outage failed.
        ceiling = self._backoff_seconds * 2 ** (lease.attempt - 1)
        delay = random.uniform(0.5, 1.0) * ceiling  # noqa: S311
        async with database.transaction() as uow:
            if lease.attempt - lease.crashes >= MAX_ATTEMPTS:
                await uow.practice_papers.fail(lease, FailureCode.ATTEMPTS_EXHAUSTED)
                return FailureCode.ATTEMPTS_EXHAUSTED
            await uow.practice_papers.release(lease, delay_seconds=delay)
        return "postponed"
