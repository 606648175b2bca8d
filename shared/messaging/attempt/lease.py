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

    def __init__(self, *, is_hindered: bool = False) -> None:
        super().__init__()
        #: The lease could not be prolonged in time because the database was away.
        self.is_hindered = is_hindered


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
    #: How often it may have ended its worker.
    max_crashes: int
    #: The first rest; it doubles with every attempt.
    backoff_seconds: float
    #: Rests of their own, one before each further attempt.
    rests_seconds: tuple[float, ...] = ()

    def is_exhausted(self, lease: CountedLease) -> bool:
        """Whether the present attempt was the last one. Crashes have a limit of their own."""
        return lease.attempt - lease.crashes >= self.max_attempts

    def rest_seconds(self, lease: CountedLease) -> float:
        """How long to wait before the next attempt."""
        if self.rests_seconds:
            failures = min(lease.attempt - lease.crashes, len(self.rests_seconds))
            # Less jitter: these rests are told to people.
            return self.rests_seconds[max(failures, 1) - 1] * random.uniform(0.9, 1.1)  # noqa: S311
        ceiling = min(self.backoff_seconds * 2.0 ** (lease.attempt - 1), MAX_BACKOFF_SECONDS)
        # Jitter spreads the second attempts of everything that one outage failed.
        return _spread(ceiling)

    def hindrance_seconds(self) -> float:
        """How long to wait while something else is in the way. It does not grow.

        A restart then costs no more than an attempt that failed, and a disk that stays full is
        asked three times a minute with the default of 5 s.
        """
        return _spread(min(4 * self.backoff_seconds, MAX_BACKOFF_SECONDS))


def _spread(seconds: float) -> float:
    return random.uniform(0.5, 1.0) * seconds  # noqa: S311


async def hold(
    database: Database,
    extend: Extend,
    work: Coroutine[Any, Any, ResultT],
    *,
    lease_seconds: float,
) -> ResultT:
    """The result of ``work``. Meanwhile the lease is prolonged; losing it ends the work.

    Raises LeaseLost, and what ``work`` raises.
    """
    working = asyncio.create_task(work)
    try:
        # Most work ends before the first beat is due, and needs none.
        await asyncio.wait({working}, timeout=lease_seconds / 3)
        if not working.done():
            await _beat_beside(working, database, extend, lease_seconds)
        return await working
    finally:
        working.cancel()


async def _beat_beside(
    working: asyncio.Task[Any], database: Database, extend: Extend, lease_seconds: float
) -> None:
    """Prolong the lease now and again until ``working`` is done; raises LeaseLost."""
    heartbeat = asyncio.create_task(_beat(database, extend, lease_seconds))
    try:
        await asyncio.wait({heartbeat, working}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            heartbeat.result()
    finally:
        heartbeat.cancel()
        with suppress(asyncio.CancelledError, LeaseLost):
            await heartbeat


async def _beat(database: Database, extend: Extend, lease_seconds: float) -> None:
    is_hindered = False
    while True:
        try:
            async with database.transaction() as uow:
                is_ours = await extend(uow)
        except Exception as error:  # noqa: BLE001 -- the fence decides at record, not this
            log.warning("lease.heartbeat_failed", error=error_site(error))
            is_hindered = True
        else:
            if not is_ours:
                raise LeaseLost(is_hindered=is_hindered)
            is_hindered = False
        await asyncio.sleep(lease_seconds / 3)
