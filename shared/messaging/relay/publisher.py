"""Publishes the outbox: what is due, as soon as its commit is announced."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import dramatiq
import structlog

from shared.db.database import Database, asyncpg_url
from shared.db.listening import listening
from shared.db.repositories.outbox import DispatchRules, OutboxRow
from shared.db.tables import JOBS_DUE, OUTBOX_FILLED
from shared.messaging.broker import (
    PUBLISH_ERRORS,
    ExamLensRabbitmqBroker,
    message_for,
    waiting_messages,
)
from shared.messaging.relay.settings import RelaySettings
from shared.messaging.spans import outbox_span
from shared.messaging.waiting import wait_at_most
from shared.observability import metrics
from shared.observability.log_setup import error_site
from shared.observability.progress import Progress

log = structlog.get_logger(__name__)

#: Name of the loop that waits for commits.
LISTENING = "listen"
#: How long a batch is claimed: longer than an absent broker can delay it.
_CLAIM_SECONDS = 120.0
_PAUSE_AFTER_FAILURE_SECONDS = 1.0
#: How long a question to the broker may wait behind what is being published.
_PATIENCE_SECONDS = 10.0


class Publisher:
    """Moves committed intentions to the broker, until ``stopping`` is set.

    Everything is published from one long-lived thread, because a broker keeps one connection per
    thread. Nothing is published inside a transaction.
    """

    def __init__(
        self,
        database: Database,
        broker: dramatiq.Broker,
        settings: RelaySettings,
        stopping: asyncio.Event,
    ) -> None:
        self._database, self._broker, self._settings = database, broker, settings
        self._stopping = stopping
        self._dispatch = DispatchRules(settings.relay_window, settings.relay_aging_seconds)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publisher")
        self._wake = asyncio.Event()
        #: Messages that the broker has and the outbox does not know of.
        self._confirmed: list[int] = []

    def wake(self) -> None:
        """Look at the outbox now."""
        self._wake.set()

    def close(self) -> None:
        """End the thread after what it is sending."""
        self._thread.shutdown(wait=True)

    async def waiting(self, queue: str) -> int | None:
        """How many messages lie in ``queue``; None when the broker does not say so soon."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await loop.run_in_executor(
                    self._thread, waiting_messages, self._broker, queue
                )
        except PUBLISH_ERRORS:
            return None

    async def listen(self, progress: Progress, wake_for_jobs: Callable[[], None]) -> None:
        """Wake up on every commit that filled the outbox, as long as the connection answers.

        Raises what the database raises when it answers no more.
        """

        def wake(_connection: object, _pid: int, _channel: str, about: object) -> None:
            wake_for_jobs() if about == JOBS_DUE else self.wake()

        address = asyncpg_url(self._database.url)
        async with listening(address, OUTBOX_FILLED, wake) as listener:
            self.wake()
            wake_for_jobs()
            while not self._stopping.is_set():
                await listener.beat(self._stopping)
                progress.succeeded(LISTENING)

    async def send(self, message: dramatiq.Message[None]) -> None:
        """Have the broker confirm ``message``. Raises PUBLISH_ERRORS: it may have arrived."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._broker.enqueue, message)

    async def publish_due(self) -> None:
        """Publish one batch. Wait for a commit when the batch was not full.

        What the broker has confirmed is noted with the next claim, after a poll at the latest. A
        relay that dies before has its last messages sent again, which is harmless.
        """
        self._wake.clear()
        rows = await self._claim()
        if rows:
            await self._publish(rows)
        elif isinstance(self._broker, ExamLensRabbitmqBroker):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._broker.answer_heartbeats)
        if len(rows) < self._settings.relay_batch:
            await wait_at_most(self._wake, self._settings.relay_poll_seconds)

    async def note(self) -> None:
        """Note what was confirmed last: nothing is claimed any more."""
        confirmed, self._confirmed = self._confirmed, []
        if confirmed:
            async with self._database.single_statement() as uow:
                await uow.outbox.mark_published(confirmed)

    async def _claim(self) -> tuple[OutboxRow, ...]:
        async with self._database.single_statement() as uow:
            rows = await uow.outbox.claim(
                self._settings.relay_batch,
                _CLAIM_SECONDS,
                self._dispatch,
                published=self._confirmed,
            )
        self._confirmed = []
        return rows

    async def _publish(self, rows: tuple[OutboxRow, ...]) -> None:
        loop = asyncio.get_running_loop()
        sent, failure = await loop.run_in_executor(self._thread, self._send_all, rows)
        self._confirmed = [row.id for row in rows[:sent]]
        for row in rows[:sent]:
            metrics.PUBLISHED.labels(row.queue).inc()
        if failure is None:
            return
        # It may have arrived all the same; sending it again is harmless.
        async with self._database.single_statement() as uow:
            await uow.outbox.unclaim(rows[sent:])
        metrics.PUBLISH_FAILURES.inc()
        log.warning("relay.publish_failed", error=error_site(failure))
        await wait_at_most(self._stopping, _PAUSE_AFTER_FAILURE_SECONDS)

    def _send_all(self, rows: tuple[OutboxRow, ...]) -> tuple[int, Exception | None]:
        """How many of ``rows`` the broker has confirmed, and what went wrong with the next one."""
        for sent, row in enumerate(rows):
            try:
                with outbox_span(row):
                    self._send(row)
            except PUBLISH_ERRORS as error:
                return sent, error
        return len(rows), None

    def _send(self, row: OutboxRow) -> None:
        self._broker.enqueue(message_for(row))
