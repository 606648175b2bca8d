"""The heart of the relay: its chores, each repeated at a pace of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import dramatiq
import structlog

from shared.db.database import DATABASE_ERRORS, Database
from shared.messaging.relay.census import take_census, warn_of_too_large_pools
from shared.messaging.relay.publisher import Publisher
from shared.messaging.relay.reaper import reap
from shared.messaging.relay.retention import forget
from shared.messaging.relay.settings import RelaySettings
from shared.messaging.waiting import wait_at_most
from shared.observability.log_setup import error_site
from shared.storage.blobs import BlobStore
from shared.webhooks.dispatcher import WebhookDispatcher
from shared.webhooks.sender import HttpSender

log = structlog.get_logger(__name__)


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
        #: Every chore with the seconds between two of its rounds.
        self._chores: tuple[tuple[Callable[[], Awaitable[object]], float], ...] = (
            (self._publisher.listen, 1.0),
            (self._publisher.publish_due, 0.0),
            (partial(reap, database, settings.relay_redrive_seconds), settings.relay_reap_seconds),
            (WebhookDispatcher(database, HttpSender()).run_once, 1.0),
            (partial(forget, database, blobs, settings, self._stopping), 60.0),
            # Repeated, because other processes come and go after the start.
            (partial(warn_of_too_large_pools, database), 60.0),
            (partial(take_census, database, settings.relay_window), 5.0),
        )

    async def run(self) -> None:
        """Work until ``stop`` is called."""
        try:
            async with asyncio.TaskGroup() as group:
                for chore, pause_seconds in self._chores:
                    group.create_task(self._repeat(chore, pause_seconds))
        finally:
            self._publisher.close()

    def stop(self) -> None:
        """Ask the relay to end after what it is doing."""
        self._stopping.set()
        self._publisher.wake()

    async def _repeat(self, chore: Callable[[], Awaitable[object]], pause_seconds: float) -> None:
        """Run ``chore`` until stopped; what it raises is logged, for the next round may succeed."""
        while not self._stopping.is_set():
            try:
                await chore()
            except DATABASE_ERRORS as error:
                log.warning("relay.database_away", error=error_site(error))
                await wait_at_most(self._stopping, 1.0)
            await wait_at_most(self._stopping, pause_seconds)
