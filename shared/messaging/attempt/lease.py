"""The lease protocol: how a worker holds what it works on, prolongs that, and gives it up."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog

from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

#: The longest pause between two attempts.
MAX_BACKOFF_SECONDS = 300.0
ResultT = TypeVar("ResultT")
#: Prolongs a lease. Returns False when it is no longer ours, or its work no longer wanted.
Extend = Callable[[UnitOfWork], Awaitable[bool]]


class LeaseLost(Exception):
    """The heartbeat found that another worker has the lease, or that nobody wants the work."""


class CountedLease(Protocol):
    """What every lease counts. ``attempt`` includes the present attempt and those that crashed."""

    @property
    def attempt(self) -> int:
        """How often the work was taken."""
        ...

    @property
    def crashes(self) -> int:
        """How often whoever took it vanished."""
        ...


@dataclass(frozen=True, slots=True)
class AttemptRules:
    """How often work is tried, and how long it rests after an attempt that failed."""

    max_attempts: int
    max_crashes: int
    #: The first rest; it doubles with every attempt.
    backoff_seconds: float

    def is_deadly(self, lease: CountedLease) -> bool:
        """Whether too many workers that took it have vanished."""
        return lease.crashes >= self.max_crashes

    def is_exhausted(self, lease: CountedLease) -> bool:
        """Whether the present attempt was the last one. Crashes have a limit of their own."""
        return lease.attempt - lease.crashes >= self.max_attempts

    def rest_seconds(self, lease: CountedLease) -> float:
        """How long to wait before the next attempt."""
        ceiling = min(self.backoff_seconds * 2.0 ** (lease.attempt - 1), MAX_BACKOFF_SECONDS)
        # Jitter spreads the second attempts of everything that one outage failed.
        return random.uniform(0.5, 1.0) * ceiling  # noqa: S311


async def hold(
    database: Database,
    extend: Extend,
    work: Coroutine[Any, Any, ResultT],
    *,
    lease_seconds: float,
    time_limit_seconds: float,
) -> ResultT:
    """The result of ``work``. Meanwhile the lease is prolonged; losing it ends the work.

    Raises LeaseLost, TimeoutError, and what ``work`` raises.
    """
    heartbeat = asyncio.create_task(_beat(database, extend, lease_seconds))
    working = asyncio.create_task(work)
    try:
        async with asyncio.timeout(time_limit_seconds):
            await asyncio.wait({heartbeat, working}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                heartbeat.result()
            return await working
    finally:
        for running in (heartbeat, working):
            running.cancel()
        with suppress(asyncio.CancelledError, LeaseLost):
            await heartbeat


async def _beat(database: Database, extend: Extend, lease_seconds: float) -> None:
    while True:
        await asyncio.sleep(lease_seconds / 3)
        try:
            async with database.transaction() as uow:
                is_ours = await extend(uow)
        except Exception as error:  # noqa: BLE001 -- the fence decides at record, not this
            log.warning("lease.heartbeat_failed", error=error_site(error))
            continue
        if not is_ours:
            raise LeaseLost
