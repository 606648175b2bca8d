"""Publishes the messages of jobs: what is due, as soon as its commit is announced."""

import asyncio

import structlog

from shared.db.database import Database
from shared.db.repositories.job_dispatch import DispatchedJob
from shared.db.repositories.outbox import DispatchRules
from shared.messaging.broker import PUBLISH_ERRORS, job_message_for
from shared.messaging.relay.publisher import Publisher
from shared.messaging.relay.settings import RelaySettings
from shared.messaging.spans import job_publication_span
from shared.messaging.waiting import wait_at_most
from shared.observability import metrics
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

_PAUSE_AFTER_FAILURE_SECONDS = 1.0


class JobPublisher:
    """Hands jobs to the broker by way of ``publisher``, which has the one connection to it."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        settings: RelaySettings,
        stopping: asyncio.Event,
    ) -> None:
        self._database, self._publisher, self._settings = database, publisher, settings
        self._stopping = stopping
        self._dispatch = DispatchRules(settings.relay_window, settings.relay_aging_seconds)
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look at the jobs now."""
        self._wake.set()

    async def publish_due(self) -> None:
        """Publish one batch. Wait for a commit when the batch was not full."""
        self._wake.clear()
        async with self._database.transaction() as uow:
            taken = await uow.job_dispatch.take(self._settings.relay_batch, self._dispatch)
        if taken:
            await self._publish(taken)
        if len(taken) < self._settings.relay_batch:
            await wait_at_most(self._wake, self._settings.relay_poll_seconds)

    async def _publish(self, taken: tuple[DispatchedJob, ...]) -> None:
        for number, job in enumerate(taken):
            try:
                with job_publication_span(job):
                    await self._publisher.send(job_message_for(job))
            except PUBLISH_ERRORS as error:
                # It may have arrived all the same; sending it again is harmless.
                async with self._database.transaction() as uow:
                    await uow.job_dispatch.take_back(taken[number:])
                metrics.PUBLISH_FAILURES.inc()
                log.warning("relay.publish_failed", error=error_site(error))
                await wait_at_most(self._stopping, _PAUSE_AFTER_FAILURE_SECONDS)
                return
            metrics.PUBLISHED.labels(job.queue).inc()
