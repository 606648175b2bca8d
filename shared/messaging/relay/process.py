"""A relay process: settings, signals and health around the relay."""

import asyncio
import signal

import structlog

from shared.db.database import Database
from shared.messaging.broker import build_broker
from shared.messaging.pools import watch_pool
from shared.messaging.relay.relay import Relay
from shared.messaging.relay.settings import RelaySettings
from shared.observability import metrics
from shared.observability.health import HealthServer
from shared.observability.log_setup import configure_logging
from shared.observability.tracing import configure_tracing
from shared.storage.blobs import open_blob_store

log = structlog.get_logger(__name__)


async def _serve(settings: RelaySettings) -> None:
    database = Database(settings.database_url, size=3, application="relay")
    broker = build_broker(settings.amqp_url)
    relay = Relay(database, broker, open_blob_store(settings.blob_url), settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, relay.stop)
    health = HealthServer(
        settings.metrics_host,
        settings.metrics_port,
        is_alive=relay.progress.stuck,
        is_ready=relay.progress.failing,
    )
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
