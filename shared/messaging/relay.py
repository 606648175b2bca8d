"""The relay: publishes the outbox, takes back expired leases, re-drives what the broker lost."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import asyncpg
import dramatiq
import structlog
from pydantic import Field

from shared.contract.practice import practice_prefix
from shared.db.database import DATABASE_ERRORS, Database, asyncpg_url
from shared.db.repositories.outbox import DispatchRules, OutboxRow
from shared.db.tables import OUTBOX_FILLED
from shared.messaging.broker import PUBLISH_ERRORS, build_broker, message_for
from shared.messaging.census import take_census, warn_of_too_large_pools
from shared.messaging.pools import watch_pool
from shared.messaging.spans import outbox_span
from shared.observability import metrics
from shared.observability.health import HealthServer
from shared.observability.log_setup import configure_logging, error_site
from shared.observability.tracing import configure_tracing
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore, open_blob_store
from shared.webhooks.dispatcher import WebhookDispatcher
from shared.webhooks.sender import HttpSender

log = structlog.get_logger(__name__)


class RelaySettings(ServiceSettings):
    """Settings of a relay process."""

    #: Messages published per round.
    relay_batch: int = Field(default=100, ge=1, le=1000)
    #: Longest sleep between two looks at the outbox; a notification ends it at once.
    relay_poll_seconds: float = Field(default=1.0, ge=0.05, le=60.0)
    #: Seconds between two rounds of reaping.
    relay_reap_seconds: float = Field(default=2.0, ge=0.1, le=600.0)
    #: Tasks per queue that may wait at the broker; as many as are being worked on if that is more.
    relay_window: int = Field(default=4, ge=1, le=1000)
    #: A waiting task rises by one priority every so many seconds.
    relay_aging_seconds: float = Field(default=300.0, ge=0.1, le=86400.0)
    #: Published messages are kept this long, for whoever looks into an incident.
    outbox_retention_days: float = Field(default=7.0, gt=0)
    #: Exams, and practice papers of lectures, are erased so long after their end; 0 keeps them.
    exam_retention_days: float = Field(default=0.0, ge=0)
    #: A published message whose task has not begun after this time is taken for lost.
    relay_redrive_seconds: float = Field(default=120.0, ge=1.0, le=3600.0)


class Relay:
    """Moves committed intentions to the broker. Any number of replicas may run.

    Everything is published from one long-lived thread, because a broker keeps one connection per
    thread, and never inside a transaction.
    """

    #: Longer than a broker that is away can hold one batch up.
    _CLAIM_SECONDS = 120.0

    def __init__(
        self,
        database: Database,
        broker: dramatiq.Broker,
        blobs: BlobStore,
        settings: RelaySettings,
    ) -> None:
        self._database, self._broker, self._settings = database, broker, settings
        self._blobs = blobs
        self._publisher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publisher")
        self._dispatch = DispatchRules(settings.relay_window, settings.relay_aging_seconds)
        self._webhooks = WebhookDispatcher(database, HttpSender())
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until ``stop`` is called."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._repeat(self._listen, pause=1.0))
                group.create_task(self._repeat(self._publish_due, pause=0.0))
                group.create_task(self._repeat(self._reap, pause=self._settings.relay_reap_seconds))
                group.create_task(self._repeat(self._tell_subscribers, pause=1.0))
                group.create_task(self._repeat(self._forget, pause=60.0))
                group.create_task(self._repeat(self._check_pools, pause=60.0))
                group.create_task(self._repeat(self._count, pause=5.0))
        finally:
            self._publisher.shutdown(wait=True)

    def stop(self) -> None:
        """Ask the relay to end after what it is doing."""
        self._stopping.set()
        self._wake.set()

    async def _repeat(self, step: Callable[[], Awaitable[None]], *, pause: float) -> None:
        """Run ``step`` until stopped; what it raises is logged, for the next round may succeed."""
        while not self._stopping.is_set():
            try:
                await step()
            except DATABASE_ERRORS as error:
                log.warning("relay.database_away", error=error_site(error))
                await self._sleep(1.0)
            await self._sleep(pause)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _listen(self) -> None:
        """Wake the publisher on every commit that filled the outbox."""
        connection = await asyncpg.connect(asyncpg_url(self._database.url), timeout=10)
        try:
            closed = asyncio.Event()
            connection.add_termination_listener(lambda _: closed.set())
            await connection.add_listener(OUTBOX_FILLED, lambda *_: self._wake.set())
            self._wake.set()
            waiting = [
                asyncio.create_task(closed.wait()),
                asyncio.create_task(self._stopping.wait()),
            ]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
        finally:
            await connection.close(timeout=5)

    async def _publish_due(self) -> None:
        self._wake.clear()
        async with self._database.transaction() as uow:
            rows = await uow.outbox.claim(
                self._settings.relay_batch, self._CLAIM_SECONDS, self._dispatch
            )
        if rows:
            await self._publish(rows)
        if len(rows) < self._settings.relay_batch:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.relay_poll_seconds):
                    await self._wake.wait()

    async def _publish(self, rows: tuple[OutboxRow, ...]) -> None:
        loop = asyncio.get_running_loop()
        confirmed: list[int] = []
        failure: Exception | None = None
        for row in rows:
            try:
                with outbox_span(row):
                    await loop.run_in_executor(self._publisher, self._send, row)
            except PUBLISH_ERRORS as error:
                failure = error
                break
            confirmed.append(row.id)
            metrics.PUBLISHED.labels(row.queue).inc()
        async with self._database.transaction() as uow:
            if confirmed:
                await uow.outbox.mark_published(confirmed)
            if failure is not None:
                # It may have arrived all the same; sending it again is harmless.
                await uow.outbox.unclaim([row.id for row in rows[len(confirmed) :]])
        if failure is not None:
            metrics.PUBLISH_FAILURES.inc()
            log.warning("relay.publish_failed", error=error_site(failure))
            await self._sleep(1.0)

    def _send(self, row: OutboxRow) -> None:
        self._broker.enqueue(message_for(row))

    async def _tell_subscribers(self) -> None:
        await self._webhooks.run_once()

    async def _forget(self) -> None:
        """Remove what has outlived its time; full batches follow each other without a pause."""
        while await self._forget_batch() and not self._stopping.is_set():
            pass

    async def _forget_batch(self) -> bool:
        """Remove one batch of each kind; whether any of them was full."""
        settings = self._settings
        forgotten: tuple[str, ...] = ()
        orders: tuple[str, ...] = ()
        async with self._database.transaction() as uow:
            messages = await uow.retention.forget_published(settings.outbox_retention_days, 1000)
            erased = await uow.retention.due_erasures(20)
        for exam_id in erased:
            await self._blobs.delete_prefix(f"exams/{exam_id}/")
            async with self._database.transaction() as uow:
                await uow.retention.end_erasure(exam_id)
        if settings.exam_retention_days > 0:
            async with self._database.transaction() as uow:
                forgotten = await uow.retention.forget_exams(settings.exam_retention_days, 20)
                orders = await uow.practice_papers.forget(settings.exam_retention_days, 20)
            for exam_id in forgotten:
                await self._blobs.delete_prefix(f"exams/{exam_id}/")
            for practice_id in orders:
                await self._blobs.delete_prefix(practice_prefix(practice_id, None))
        return messages == 1000 or any(len(batch) == 20 for batch in (erased, forgotten, orders))

    async def _check_pools(self) -> None:
        """Other processes come and go, so once at the start would be too early."""
        await warn_of_too_large_pools(self._database)

    async def _count(self) -> None:
        await take_census(self._database, self._settings.relay_window)

    async def _reap(self) -> None:
        async with self._database.transaction() as uow:
            expired = await uow.tasks.expired(100)
            for task in expired:
                await uow.outbox.add_again(task)
            stranded = await uow.tasks.stranded(self._settings.relay_redrive_seconds, 100)
            for task in stranded:
                await uow.outbox.add_again(task)
        metrics.LEASES_EXPIRED.inc(len(expired))
        metrics.TASKS_REDRIVEN.inc(len(stranded))
        if expired or stranded:
            log.warning("relay.reaped", expired=len(expired), stranded=len(stranded))


async def _serve(settings: RelaySettings) -> None:
    database = Database(settings.database_url, size=3, application="relay")
    broker = build_broker(settings.amqp_url)
    relay = Relay(database, broker, open_blob_store(settings.blob_url), settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, relay.stop)
    health = HealthServer(settings.metrics_host, settings.metrics_port)
    health.start()
    metrics.tell_build("relay")
    watch_pool(database)
    log.info("relay.started", metrics_port=health.port)
    try:
        await relay.run()
    finally:
        broker.close()
        await database.close()
        health.stop()


def main() -> None:
    """Run a relay process until it is asked to stop."""
    settings = RelaySettings()
    configure_logging(settings.log_level, settings.log_format, "relay")
    configure_tracing("relay", otlp_endpoint=settings.otlp_endpoint, trace_file=settings.trace_file)
    asyncio.run(_serve(settings))


if __name__ == "__main__":
    main()
