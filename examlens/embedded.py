"""All services in one process: the same stages and SQL, PostgreSQL from its wheel, no broker."""

import asyncio
import threading
from contextlib import ExitStack, suppress
from typing import Any, Self

import structlog
import uvicorn
from fastapi import FastAPI

from examlens.home import Home
from examlens.servers.postgres import PrivatePostgres
from examlens.servers.postgres_watch import PostgresWatch
from examlens.workers import load_workers
from services.gateway.app import GatewayServer, create_app, uvicorn_config
from services.gateway.bootstrap import ensure_admin_key
from services.gateway.settings import GatewaySettings
from shared.contract.jobs import ALL_QUEUES
from shared.db.database import Database, pool_size
from shared.db.migrate import upgrade
from shared.messaging.broker import build_broker
from shared.messaging.loop_thread import LoopThread
from shared.messaging.pools import watch_pool
from shared.messaging.relay import Relay, RelaySettings
from shared.messaging.worker import Workers, register_actors
from shared.observability import metrics
from shared.observability.health import Check, HealthServer
from shared.observability.tracing import configure_tracing
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore, open_blob_store

log = structlog.get_logger(__name__)


class Embedded:
    """A running ExamLens. Use as a context manager; ``address`` answers inside it."""

    def __init__(self, home: Home, *, port: int = 0, worker_threads: int = 2) -> None:
        self._home, self._port, self._threads = home, port, worker_threads
        self._stack = ExitStack()
        self._server: GatewayServer | None = None
        self.first_key: str | None = None
        self.database_url = ""
        self.metrics_address = ""
        #: What says why this process is not alive, or not ready.
        self._alive: list[Check] = []
        self._ready: list[Check] = []

    def problems(self) -> list[str]:
        """Why this process should be ended: a part of it stands still."""
        return [problem for check in self._alive for problem in check()]

    def shortcomings(self) -> list[str]:
        """Why what is accepted now would not be worked on."""
        failing = [problem for check in self._ready for problem in check()]
        return [*self.problems(), *failing]

    @property
    def address(self) -> str:
        """Where the gateway listens."""
        if self._server is None or not self._server.started:
            raise RuntimeError("the gateway is not running")
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        stack.enter_context(self._home.served_alone())
        postgres = PrivatePostgres(self._home.postgres).start()
        stack.callback(postgres.stop)
        watch = PostgresWatch(postgres)
        watch.start()
        stack.callback(watch.stop)
        self._alive.append(watch.problems)
        self.database_url = postgres.url
        upgrade(postgres.url)
        common: dict[str, Any] = {
            "database_url": postgres.url,
            "amqp_url": None,
            "blob_url": str(self._home.blobs),
            "worker_threads": self._threads,
        }
        self._start_observing(stack, ServiceSettings(**common))
        blobs = open_blob_store(str(self._home.blobs))
        # While FastAPI reads the routes it silences warnings. That is safe only before other
        # threads run.
        gateway = self._build_gateway(GatewaySettings(**common, gateway_port=self._port), blobs)
        broker = self._start_workers(stack, common, blobs)
        relay_settings = RelaySettings(
            **common,
            relay_poll_seconds=0.5,
            # A broker in memory has lost everything at a restart: that shall not cost two minutes.
            relay_redrive_seconds=30.0,
        )
        self._start_relay(stack, relay_settings, broker, blobs)
        self._start_gateway(stack, gateway)

    def _start_observing(self, stack: ExitStack, settings: ServiceSettings) -> None:
        configure_tracing(
            "embedded", otlp_endpoint=settings.otlp_endpoint, trace_file=settings.trace_file
        )
        health = HealthServer(
            settings.metrics_host,
            settings.metrics_port,
            is_alive=self.problems,
            is_ready=self.shortcomings,
        )
        health.start()
        stack.callback(health.stop)
        metrics.tell_build("embedded")
        self.metrics_address = f"http://{settings.metrics_host}:{health.port}"

    def _start_workers(self, stack: ExitStack, common: dict[str, Any], blobs: BlobStore) -> Any:
        broker = build_broker(None)
        stack.callback(broker.close)
        settings = ServiceSettings(**common)
        threads = self._threads + settings.waiting_threads
        database = Database(common["database_url"], size=pool_size(threads), application="worker")
        watch_pool(database)
        services = [(service, service.settings(**common)) for service in load_workers()]
        stages = [
            stage for service, given in services for stage in service.build_stages(given, blobs)
        ]
        jobs = [work for service, given in services for work in service.build_jobs(given, blobs)]
        register_actors(broker, stages, database, settings, jobs)
        workers = Workers(broker, set(ALL_QUEUES), self._threads, settings.waiting_threads)
        workers.start()
        self._alive.append(workers.problems)
        stack.callback(workers.stop, settings.shutdown_grace_seconds)
        return broker

    def _start_relay(
        self, stack: ExitStack, settings: RelaySettings, broker: Any, blobs: BlobStore
    ) -> None:
        current: list[tuple[asyncio.AbstractEventLoop, Relay]] = []
        started = threading.Event()

        async def run() -> None:
            database = Database(settings.database_url, size=3, application="relay")
            watch_pool(database)
            relay = Relay(database, broker, blobs, settings)
            current[:] = [(asyncio.get_running_loop(), relay)]
            started.set()
            try:
                await relay.run()
            finally:
                await database.close()

        thread = LoopThread("relay", run)
        thread.start()
        started.wait(10)

        def stuck() -> list[str]:
            # Of the relay that runs now: the thread may have begun another one.
            return [problem for _, relay in current for problem in relay.progress.stuck()]

        def failing() -> list[str]:
            return [problem for _, relay in current for problem in relay.progress.failing()]

        self._alive += [thread.problems, stuck]
        self._ready.append(failing)

        def end() -> None:
            for loop, relay in current:
                with suppress(RuntimeError):  # the loop may have ended just now
                    loop.call_soon_threadsafe(relay.stop)
            thread.join(30)

        stack.callback(end)

    def _build_gateway(
        self, settings: GatewaySettings, blobs: BlobStore
    ) -> tuple[GatewaySettings, Database, FastAPI]:
        database = Database(
            settings.database_url, size=settings.gateway_connections, application="gateway"
        )
        app = create_app(
            settings,
            database,
            blobs,
            is_alive=self.problems,
            is_ready=self.shortcomings,
            local_key=self._home.key,
        )
        return settings, database, app

    def _start_gateway(
        self, stack: ExitStack, built: tuple[GatewaySettings, Database, FastAPI]
    ) -> None:
        settings, database, app = built
        ready = threading.Event()

        async def run() -> None:
            async with database.transaction() as uow:
                self.first_key = await ensure_admin_key(uow)
            if self.first_key is not None:
                self._home.keep_key(self.first_key)
            watch_pool(database)
            self._server = _AnnouncingServer(uvicorn_config(app, settings), ready)
            try:
                await self._server.serve()
            finally:
                ready.set()
                await database.close()

        thread = LoopThread("gateway", run)
        thread.start()
        if not ready.wait(30) or self._server is None or not self._server.started:
            raise RuntimeError(f"the gateway could not listen on port {settings.gateway_port}")
        server = self._server
        self._alive.append(thread.problems)

        def end() -> None:
            server.stop()
            thread.join(30)

        stack.callback(end)


class _AnnouncingServer(GatewayServer):
    """A gateway that tells when it listens."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self._ready.set()
