"""How long work may take and how often it is tried, where an operator says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from shared.messaging.work_threads import watched_work
from shared.observability.metrics import TASKS_SLOW

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """Limits of every stage of a process; 0 leaves a stage its own."""

    #: Work past it is told of and goes on.
    soft_seconds: float = 60.0
    #: Work past it has failed, and is tried again.
    hard_seconds: float = 0.0
    max_attempts: int = 0

    @asynccontextmanager
    async def bound(self, kind: str, hard_seconds: float) -> AsyncIterator[None]:
        """Hold what happens inside to ``hard_seconds``. Raises TimeoutError."""
        loop = asyncio.get_running_loop()
        soft = loop.call_later(self.soft_seconds, _tell_slow, kind) if self.soft_seconds else None
        try:
            with watched_work():
                async with asyncio.timeout(hard_seconds):
                    yield
        finally:
            if soft is not None:
                soft.cancel()


#: Every stage's own.
OWN_LIMITS = WorkLimits()


def _tell_slow(kind: str) -> None:
    TASKS_SLOW.labels(kind).inc()
    # The context tells whose work it is.
    log.warning("work.slow", kind=kind)
