"""The gateway's composition root."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import Scope

from services.gateway.adapters.access.key_ring import KeyRing
from services.gateway.adapters.access.rate_limits import RateLimits
from services.gateway.adapters.connections.descriptors import most_connections
from services.gateway.adapters.connections.guard import ConnectionBounds, guarded
from services.gateway.adapters.live.backlog import Backlog
from services.gateway.adapters.live.exam_changes import ExamChanges
from services.gateway.adapters.live.forecasts import Forecasts
from services.gateway.adapters.live.readiness import Readiness
from services.gateway.adapters.middleware.body_limit import BodyBounds, BodyLimit
from services.gateway.adapters.middleware.error_handlers import add_error_handlers
from services.gateway.adapters.middleware.head_requests import HeadRequests
from services.gateway.adapters.middleware.request_metrics import RequestMetrics
from services.gateway.adapters.middleware.request_tracing import RequestTracing
from services.gateway.description.document import describe
from services.gateway.domain.access.policies import Policy
from services.gateway.first_key import hand_over_first_key
from services.gateway.pages.problems import problem_page
from services.gateway.pages.rooms import PAGES
from services.gateway.pages.submit import DIVISION_PATH
from services.gateway.parts import Gateway, LocalKey, no_local_key
from services.gateway.processes import Place, ProcessGroup
from services.gateway.routes import (
    actions,
    batches,
    classes,
    events,
    exams,
    operations,
    papers,
    practice,
    questions,
    results,
    scorings,
    service,
    status,
    submissions,
    webhooks,
)
from services.gateway.settings import GatewaySettings
from shared.contract.api.address import PREFIX
from shared.contract.versions import versions
from shared.db.database import Database, asyncpg_url
from shared.db.migrate import upgrade
from shared.db.status_reader import StatusReader
from shared.messaging.pools import watch_pool
from shared.observability import metrics
from shared.observability.health import Check, HealthServer, all_is_well
from shared.observability.log_setup import configure_logging
from shared.observability.tracing import configure_tracing
from shared.storage.blobs import BlobStore, open_blob_store

log = structlog.get_logger(__name__)

_FIGURES_SECONDS = 1.0
#: Any free port, for the process that watches.
_ASKED_AT = ("127.0.0.1", 0)

_DESCRIPTION = (
    "Submit a student's completed exam paper; get scores with their evidence, weak knowledge "
    "points and a report. Every error is an RFC 9457 problem document with a stable `code`."
)

#: The router tries them in this order. Most requests by far ask for the status.
_ROUTES = (
    status,
    papers,
    practice,
    classes,
    scorings,
    submissions,
    batches,
    exams,
    events,
    results,
    questions,
    actions,
    operations,
    webhooks,
    service,
)


def create_app(
    settings: GatewaySettings,
    database: Database,
    blobs: BlobStore,
    *,
    is_alive: Check = all_is_well,
    is_ready: Check = all_is_well,
    local_key: LocalKey = no_local_key,
) -> FastAPI:
    """The application. Whoever made ``database`` and ``blobs`` closes them.

    ``is_alive`` and ``is_ready`` speak for what else runs in this process. ``local_key`` gives the
    token that browsers on this machine are signed in with.
    """
    changes = ExamChanges(database.url)
    statuses = StatusReader(asyncpg_url(database.url), "status")

    limits = RateLimits(
        {
            Policy.REQUESTS: settings.requests_per_minute,
            Policy.POLLS: settings.polls_per_minute,
            Policy.DOWNLOADS: settings.downloads_per_minute,
            Policy.CHANGES: settings.changes_per_minute,
            Policy.SUBMISSIONS: settings.submissions_per_minute,
            Policy.WRONG_KEYS: settings.wrong_keys_per_minute,
            Policy.SIGN_INS: settings.sign_ins_per_minute,
        },
        redis_url=settings.redis_url,
        max_connections=settings.redis_max_connections,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        changes.start()
        try:
            yield
        finally:
            await changes.stop()
            await statuses.close()
            await limits.close()

    app = FastAPI(
        title="ExamLens",
        summary="From a photographed exam paper to a diagnosis",
        description=_DESCRIPTION,
        version=versions()["examlens"],
        openapi_url=f"{PREFIX}/openapi.json",
        # The framework's pages of documentation load scripts from other sites.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            # Outermost: an answer of any layer below has a trace id and is a problem document.
            Middleware(RequestTracing, problem_page),
            Middleware(RequestMetrics),
            Middleware(HeadRequests),
            # Innermost: every reader of a body reads a bounded one.
            Middleware(BodyLimit, _body_bounds(settings)),
        ],
    )
    app.state.gateway = Gateway(
        settings=settings,
        database=database,
        blobs=blobs,
        keys=KeyRing(database, settings.key_cache_seconds),
        changes=changes,
        readiness=Readiness(database, blobs, is_ready),
        is_alive=lambda: [*changes.progress.stuck(), *is_alive()],
        limits=limits,
        backlog=Backlog(database, settings.max_unfinished_exams),
        forecasts=Forecasts(database, settings.forecast_seconds),
        statuses=statuses,
        local_key=local_key,
    )
    for module in _ROUTES:
        app.include_router(module.router)
    app.include_router(service.probes)
    for page in PAGES:
        app.include_router(page)
    add_error_handlers(app, problem_page)
    describe(app)
    return app


def _body_bounds(settings: GatewaySettings) -> BodyBounds:
    submissions = {
        *(f"{PREFIX}/exams", f"{PREFIX}/batches", f"{PREFIX}/practice-papers"),
        DIVISION_PATH,
    }

    def max_bytes(scope: Scope) -> int:
        is_submission = scope["method"] == "POST" and scope["path"] in submissions
        return settings.max_upload_bytes if is_submission else settings.max_body_bytes

    return BodyBounds(max_bytes, settings.body_idle_seconds, settings.body_total_seconds)


def uvicorn_config(app: FastAPI, settings: GatewaySettings) -> uvicorn.Config:
    """How the application is served, by ``main`` and by the embedded mode alike."""
    return uvicorn.Config(
        app,
        host=settings.gateway_host,
        port=settings.gateway_port,
        # Our own logging is configured already. Access is counted, not logged.
        log_config=None,
        access_log=False,
        http=guarded(
            ConnectionBounds(most_connections(settings.max_connections), settings.head_seconds)
        ),
        server_header=False,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=int(settings.shutdown_grace_seconds),
    )


class GatewayServer(uvicorn.Server):
    """A uvicorn server that does not wait for those who wait for exams."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to ``main``: uvicorn raises them again, which would end the process."""
        yield

    def stop(self) -> None:
        """Finish what has begun, take nothing new."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End long-polls and event streams first; their clients ask another replica."""
        gateway: Gateway = self.config.app.state.gateway  # type: ignore[union-attr]
        await gateway.changes.stop()
        await super().shutdown(sockets)


async def _serve(settings: GatewaySettings, place: Place | None = None) -> None:
    """Serve until SIGTERM: by itself or in a ``place`` of a group."""
    database = Database(
        settings.database_url, size=settings.gateway_connections, application="gateway"
    )
    app = create_app(settings, database, open_blob_store(settings.blob_url))
    gateway: Gateway = app.state.gateway
    # In a group only the process that watches has a port that is known; it asks this one's.
    metrics_at = (settings.metrics_host, settings.metrics_port) if place is None else _ASKED_AT
    health = HealthServer(*metrics_at, is_alive=gateway.is_alive)
    try:
        if place is None:
            await hand_over_first_key(database, settings.first_key_file)
        health.start()
        metrics.tell_build("gateway")
        watch_pool(database)
        log.info("gateway.started", port=settings.gateway_port, metrics_port=health.port)
        server = GatewayServer(uvicorn_config(app, settings))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        if place is None:
            await server.serve()
        else:
            place.take(health.port, when_alone=server.stop)
            telling = asyncio.create_task(_tell_pool(database), name="pool-figures")
            await server.serve([place.listener])
            telling.cancel()
        log.info("gateway.stopped")
    finally:
        health.stop()
        await database.close()


async def _tell_pool(database: Database) -> None:
    """Write down what the pool has in use: the group's figures are added up elsewhere."""
    in_use = metrics.POOL_IN_USE.labels(database.application)
    while True:
        in_use.set(database.connections_in_use())
        await asyncio.sleep(_FIGURES_SECONDS)


async def _hand_over_first_key(settings: GatewaySettings) -> None:
    database = Database(settings.database_url, size=1, application="gateway")
    try:
        await hand_over_first_key(database, settings.first_key_file)
    finally:
        await database.close()


def _observe(settings: GatewaySettings) -> None:
    configure_logging(settings.log_level, settings.log_format, "gateway")
    configure_tracing(
        "gateway", otlp_endpoint=settings.otlp_endpoint, trace_file=settings.trace_file
    )


def _serve_in_group(settings: GatewaySettings, place: Place) -> None:
    _observe(settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, place))


def main() -> None:
    """Serve until SIGTERM."""
    settings = GatewaySettings()
    _observe(settings)
    if settings.migrate_on_start:
        upgrade(settings.database_url)
    if settings.gateway_processes > 1:
        asyncio.run(_hand_over_first_key(settings))
        ProcessGroup(settings, _serve_in_group).run()
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


if __name__ == "__main__":
    main()
