"""The heart of the relay: its loops, each repeated at a pace of its own."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import dramatiq
import structlog

from shared.db.database import Database
from shared.messaging.relay.census import take_census, warn_of_too_large_pools
from shared.messaging.relay.job_publisher import JobPublisher
from shared.messaging.relay.job_reaper import adopt_jobs, reap_jobs
from shared.messaging.relay.publisher import LISTENING, Publisher
from shared.messaging.relay.reaper import reap
from shared.messaging.relay.retention import forget
from shared.messaging.relay.settings import RelaySettings
from shared.messaging.relay.sweeper import sweep
from shared.messaging.waiting import wait_at_most
from shared.observability.log_setup import error_site
from shared.observability.progress import Progress
from shared.storage.blobs import BlobStore

log = structlog.get_logger(__name__)

#: Longest pause after rounds that failed. A server that is back is noticed within this time.
_MAX_BACKOFF_SECONDS = 15.0
#: A round that takes longer is stuck. Every wait in it has a deadline of its own below this.
_PATIENCE_SECONDS = 180.0
#: Longer for publishing: dramatiq makes six attempts of three connections of eleven seconds each.
_PUBLISHING_PATIENCE_SECONDS = 400.0
#: Longer for forgetting: it erases file by file until nothing old is left.
_FORGETTING_PATIENCE_SECONDS = 1800.0
#: Longer for sweeping, which pauses an hour and lists the whole store.
_SWEEPING_PATIENCE_SECONDS = 3 * 3600.0


@dataclass(frozen=True, slots=True)
class _Loop:
    name: str
    run: Callable[[], Awaitable[object]]
    pause_seconds: float
    patience_seconds: float = _PATIENCE_SECONDS


class Relay:
    """Keeps the outbox, the leases and the archive in order. Any number of replicas may run."""

    def __init__(
        self,
        database: Database,
        broker: dramatiq.Broker,
        blobs: BlobStore,
        settings: RelaySettings,
    ) -> None:
        self._stopping = asyncio.Event()
        self._publisher = Publisher(database, broker, settings, self._stopping)
        self._jobs = JobPublisher(database, self._publisher, settings, self._stopping)
        self._loops = (
            _Loop(LISTENING, lambda: self._publisher.listen(self.progress, self._jobs.wake), 1.0),
            _Loop("publish", self._publisher.publish_due, 0.0, _PUBLISHING_PATIENCE_SECONDS),
            _Loop(
                "reap",
                partial(reap, database, settings.relay_redrive_seconds, self._publisher.waiting),
                settings.relay_reap_seconds,
            ),
            _Loop("publish_jobs", self._jobs.publish_due, 0.0, _PUBLISHING_PATIENCE_SECONDS),
            _Loop(
                "reap_jobs",
                partial(
                    reap_jobs, database, settings.relay_redrive_seconds, self._publisher.waiting
                ),
                settings.relay_reap_seconds,
            ),
            _Loop("adopt_jobs", partial(adopt_jobs, database), 60.0),
            _Loop(
                "forget",
                partial(forget, database, blobs, settings, self._stopping),
                60.0,
                _FORGETTING_PATIENCE_SECONDS,
            ),
            _Loop(
                "sweep",
                partial(sweep, database, blobs, settings.sweep_hours, self._stopping),
                3600.0,
                _SWEEPING_PATIENCE_SECONDS,
            ),
            # Repeated, because other processes come and go after the start.
            _Loop("pools", partial(warn_of_too_large_pools, database), 60.0),
            _Loop("census", partial(take_census, database, settings.relay_window), 5.0),
        )
        #: Whether the loops go round and succeed.
        self.progress = Progress({loop.name: loop.patience_seconds for loop in self._loops})

    async def run(self) -> None:
        """Work until ``stop`` is called."""
        try:
            async with asyncio.TaskGroup() as group:
                for loop in self._loops:
                    group.create_task(self._repeat(loop), name=f"relay-{loop.name}")
            await self._publisher.note()
        finally:
            self._publisher.close()

    def stop(self) -> None:
        """Ask the relay to end after what it is doing."""
        self._stopping.set()
        self._publisher.wake()
        self._jobs.wake()

    async def _repeat(self, loop: _Loop) -> None:
        """Go round until stopped. Whatever a round raises is logged, for the next may succeed."""
        failures = 0
        while not self._stopping.is_set():
            try:
                await loop.run()
            except Exception as error:  # noqa: BLE001 -- a loop that ends stops the whole service
                failures += 1
                self.progress.failed(loop.name)
                log.warning(
                    "relay.round_failed", loop=loop.name, error=error_site(error), failures=failures
                )
                await wait_at_most(self._stopping, _backoff_seconds(failures))
            else:
                failures = 0
                self.progress.succeeded(loop.name)
            await wait_at_most(self._stopping, loop.pause_seconds)


def _backoff_seconds(failures: int) -> float:
    # Jitter keeps replicas and loops from asking a server that is just back all at once.
    return random.uniform(0.5, 1.0) * min(2.0 ** min(failures - 1, 8), _MAX_BACKOFF_SECONDS)  # noqa: S311
