"""A worker process: actors around stages, threads that run them, a port for its health."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import dramatiq
import structlog
from dramatiq.asyncio import async_to_sync, get_event_loop_thread
from dramatiq.middleware import AsyncIO, CurrentMessage

from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage
from shared.db.database import Database, pool_size
from shared.messaging.attempt.company import Company
from shared.messaging.attempt.succession import Succession
from shared.messaging.broker import build_broker
from shared.messaging.chores import Chore, ChoreThread
from shared.messaging.clock_steps import ClockSteps
from shared.messaging.middleware import EndOfSuccession, PoolLifetime
from shared.messaging.pipeline_stage import ConnectedStage, PipelineStage
from shared.messaging.pools import watch_pool
from shared.messaging.recycling import Recycling
from shared.messaging.stage_runner import StageRunner, TaskExhausted
from shared.observability import metrics
from shared.observability.health import HealthServer
from shared.observability.log_setup import configure_logging
from shared.observability.tracing import configure_tracing
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore, open_blob_store

log = structlog.get_logger(__name__)

#: An event loop that does not answer within this time is blocked.
LOOP_PATIENCE_SECONDS = 30.0
SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
#: Builds a service's stages from its settings; the composition root of each service is one.
StageFactory = Callable[[SettingsT, BlobStore], tuple[PipelineStage, ...]]


def register_stages(
    broker: dramatiq.Broker,
    stages: Iterable[PipelineStage],
    database: Database,
    settings: ServiceSettings,
) -> None:
    """Make one actor per stage, named like it, on its queue; they share ``database``."""
    stages, company = tuple(stages), Company()
    succession = Succession(stages, company)
    closing = []
    for stage in stages:
        if isinstance(stage, ConnectedStage):
            stage.connect(database)
            closing.append(stage.disconnect)
    broker.add_middleware(PoolLifetime(database, closing), after=AsyncIO)
    broker.add_middleware(EndOfSuccession(succession.end))
    for stage in stages:
        runner = StageRunner(
            database,
            stage,
            company,
            lease_seconds=settings.lease_seconds,
            retry_backoff_seconds=settings.retry_backoff_seconds,
            succession=succession,
        )
        spec = SPECS[stage.stage]
        declare_actor = dramatiq.actor(
            broker=broker,
            actor_name=spec.stage.value,
            queue_name=spec.queue,
            # Neither gets better by another try: the message is dead-lettered at once.
            throws=(TaskExhausted, NoTask),
        )
        declare_actor(_handler(runner, spec.stage))


class NoTask(Exception):
    """A message names no task; no other try will find one in it."""


def _handler(runner: StageRunner, stage: Stage) -> Callable[..., None]:
    async def handle(task: Any, *, is_first_delivery: bool) -> None:
        await runner.run(_task_of(task, stage), is_first_delivery=is_first_delivery)

    handle_in_loop = async_to_sync(handle)

    def handle_delivery(*_: Any, task: Any = None, **__: Any) -> None:
        # Asked on the worker's thread. A broker in memory does not tell: it forgets what it had.
        message = CurrentMessage.get_current_message()
        is_first_delivery = not getattr(message, "redelivered", True)
        handle_in_loop(task, is_first_delivery=is_first_delivery)

    return handle_delivery


def _task_of(given: Any, stage: Stage) -> StageTask:
    """The task of ``stage`` in a message. Raises NoTask for what is none."""
    with suppress(ValueError):
        task = StageTask.model_validate(given)
        # PostgreSQL would refuse another id at every try.
        UUID(task.exam_id)
        if task.stage is stage:
            return task
    log.error("message.without_task", stage=stage.value)
    raise NoTask


@dataclass
class Workers:
    """Dramatiq's worker with a prefetch equal to its threads, and a check of its health."""

    broker: dramatiq.Broker
    queues: set[str]
    threads: int
    worker: dramatiq.Worker = field(init=False)
    _clock: ClockSteps = field(init=False)
    _loop_seen_at: float = field(init=False, default=0.0)

    def start(self) -> None:
        """Begin to consume."""
        self.worker = dramatiq.Worker(
            # A thread with nothing to do looks up once a second; messages and the acknowledgements
            # of what was done wake it.
            self.broker,
            queues=self.queues,
            worker_threads=self.threads,
            worker_timeout=1000,
        )
        # Only what is not prefetched is ordered by priority, so no thread hoards messages.
        self.worker.queue_prefetch = self.threads
        # Dramatiq's own command line would say this; without it time limits are never enforced.
        self.broker.emit_after("process_boot")
        self.worker.start()
        self._clock = ClockSteps(self.worker)
        self._clock.start()
        self._loop_seen_at = time.monotonic()

    def stop(self, grace_seconds: float) -> None:
        """Finish what has begun within ``grace_seconds``; hand the rest back."""
        deadline = threading.Timer(grace_seconds, self._cancel_tasks)
        deadline.daemon = True
        deadline.start()
        self._clock.stop()
        # Hand-backs need a moment after the deadline.
        self.worker.stop(timeout=int((grace_seconds + 5) * 1000))
        deadline.cancel()

    def problems(self) -> list[str]:
        """Why this process should be ended: dead threads or a blocked event loop."""
        found = []
        alive = [thread for thread in self.worker.workers if thread.is_alive()]
        if len(alive) < self.threads:
            found.append(f"{self.threads - len(alive)} of {self.threads} worker threads are dead")
        dead_consumers = [
            name for name, thread in self.worker.consumers.items() if not thread.is_alive()
        ]
        if dead_consumers:
            found.append(f"dead consumers: {', '.join(sorted(dead_consumers))}")
        loop_thread = get_event_loop_thread()
        if loop_thread is None or not loop_thread.is_alive():
            return [*found, "the event loop thread is dead"]
        loop_thread.loop.call_soon_threadsafe(self._see_loop)
        if time.monotonic() - self._loop_seen_at > LOOP_PATIENCE_SECONDS:
            found.append("the event loop is blocked")
        return found

    def _see_loop(self) -> None:
        self._loop_seen_at = time.monotonic()

    def _cancel_tasks(self) -> None:
        loop_thread = get_event_loop_thread()
        if loop_thread is None:
            return

        def cancel() -> None:
            for task in asyncio.all_tasks(loop_thread.loop):
                task.cancel()

        loop_thread.loop.call_soon_threadsafe(cancel)


def run_worker(
    service: str,
    settings: SettingsT,
    build_stages: StageFactory[SettingsT],
    chores: Sequence[Chore] = (),
) -> None:
    """Serve a service's queues until SIGTERM, or until the process has done enough.

    Ends with 1 when its own health is lost, otherwise with 0 after what it has begun: whoever
    started it starts it again.
    """
    configure_logging(settings.log_level, settings.log_format, service)
    configure_tracing(service, otlp_endpoint=settings.otlp_endpoint, trace_file=settings.trace_file)
    stages = build_stages(settings, open_blob_store(settings.blob_url))
    broker = build_broker(settings.amqp_url)
    database = Database(
        settings.database_url, size=pool_size(settings.worker_threads), application=service
    )
    register_stages(broker, stages, database, settings)
    recycling = Recycling(settings.max_tasks, settings.max_rss_mb)
    broker.add_middleware(recycling)
    queues = {SPECS[stage.stage].queue for stage in stages}
    workers = Workers(broker, queues, settings.worker_threads)
    workers.start()
    chore_thread = ChoreThread(chores, settings.database_url)
    chore_thread.start()

    def all_problems() -> list[str]:
        return [*workers.problems(), *chore_thread.problems()]

    health = HealthServer(settings.metrics_host, settings.metrics_port, is_alive=all_problems)
    health.start()
    metrics.tell_build(service)
    watch_pool(database)
    log.info("worker.started", queues=sorted(queues), metrics_port=health.port)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    problems: list[str] = []
    while not stopping.wait(5.0):
        problems = all_problems()
        if problems:
            log.critical("worker.unhealthy", problems=problems)
            break
        if (reason := recycling.reason()) is not None:
            log.info("worker.recycled", after=reason)
            break
    log.info("worker.stopping")
    chore_thread.stop()
    workers.stop(0.0 if problems else settings.shutdown_grace_seconds)
    broker.close()
    health.stop()
    log.info("worker.stopped")
    if problems:
        raise SystemExit(1)
