"""A worker process: actors around stages, threads that run them, a port for its health."""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import dramatiq
import structlog
from dramatiq.asyncio import async_to_sync, get_event_loop_thread
from dramatiq.middleware import CurrentMessage

from shared.contract.jobs import JOB_SPECS, WAITING_QUEUES, JobKind, JobMessage
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage
from shared.db.database import Database, pool_size
from shared.messaging.attempt.company import Company
from shared.messaging.attempt.succession import Succession
from shared.messaging.broker import build_broker
from shared.messaging.clock_steps import ClockSteps
from shared.messaging.global_broker import NoGlobalBroker
from shared.messaging.job_runner import JobRunner
from shared.messaging.job_work import JobWork
from shared.messaging.middleware import EndOfSuccession, PoolLifetime, SharedLoop
from shared.messaging.pipeline_stage import ConnectedStage, PipelineStage
from shared.messaging.pools import watch_pool
from shared.messaging.recycling import Recycling
from shared.messaging.stage_runner import StageRunner, TaskExhausted
from shared.messaging.work_limits import WorkLimits
from shared.observability import metrics
from shared.observability.health import HealthServer
from shared.observability.log_setup import configure_logging
from shared.observability.tracing import configure_tracing
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore, open_blob_store

log = structlog.get_logger(__name__)
# The one thing that importing a worker does: nobody shall take the default for ours.
dramatiq.set_broker(NoGlobalBroker())

#: An event loop that does not answer within this time is blocked.
LOOP_PATIENCE_SECONDS = 30.0
SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
#: Builds a service's stages from its settings; the composition root of each service is one.
StageFactory = Callable[[SettingsT, BlobStore], tuple[PipelineStage, ...]]
#: Builds the work of a service's jobs likewise.
JobFactory = Callable[[SettingsT, BlobStore], tuple[JobWork, ...]]


def register_actors(
    broker: dramatiq.Broker,
    stages: Iterable[PipelineStage],
    database: Database,
    settings: ServiceSettings,
    jobs: Iterable[JobWork] = (),
) -> None:
    """Make one actor per stage and kind of job, named like it, on its queue.

    They share ``database``.
    """
    stages, company = tuple(stages), Company()
    limits = WorkLimits(
        settings.soft_limit_seconds, settings.hard_limit_seconds, settings.max_attempts
    )
    succession = Succession(stages, company)
    closing = []
    for stage in stages:
        if isinstance(stage, ConnectedStage):
            stage.connect(database)
            closing.append(stage.disconnect)
    broker.add_middleware(PoolLifetime(database, closing), after=SharedLoop)
    broker.add_middleware(EndOfSuccession(succession.end))
    for stage in stages:
        runner = StageRunner(
            database,
            stage,
            company,
            lease_seconds=settings.lease_seconds,
            retry_backoff_seconds=settings.retry_backoff_seconds,
            succession=succession,
            limits=limits,
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
    for work in jobs:
        job_runner = JobRunner(
            database,
            work,
            company,
            lease_seconds=settings.lease_seconds,
            retry_backoff_seconds=settings.retry_backoff_seconds,
            limits=limits,
        )
        declare_actor = dramatiq.actor(
            broker=broker,
            actor_name=work.kind.value,
            queue_name=JOB_SPECS[work.kind].queue,
            throws=(TaskExhausted, NoTask),
        )
        declare_actor(_job_handler(job_runner, work.kind))


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


def _job_handler(runner: JobRunner, kind: JobKind) -> Callable[..., None]:
    async def handle(*_: Any, job: Any = None, **__: Any) -> None:
        await runner.run(_job_of(job, kind))

    return async_to_sync(handle)


def _job_of(given: Any, kind: JobKind) -> JobMessage:
    """The job of ``kind`` in a message. Raises NoTask for what is none."""
    with suppress(ValueError):
        message = JobMessage.model_validate(given)
        # PostgreSQL would refuse another id at every try.
        UUID(message.id)
        if message.kind is kind:
            return message
    log.error("message.without_job", kind=kind.value)
    raise NoTask


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
    """Groups of threads with a prefetch equal to their number, and a check of their health.

    ``threads`` work on ``queues``, but for those whose work mostly waits for others: these have
    ``waiting_threads`` of their own, so that nobody's silence holds up an exam.
    """

    broker: dramatiq.Broker
    queues: set[str]
    threads: int
    waiting_threads: int = 0
    groups: list[dramatiq.Worker] = field(init=False, default_factory=list)
    _clocks: list[ClockSteps] = field(init=False, default_factory=list)
    _loop_seen_at: float = field(init=False, default=0.0)

    @property
    def worker(self) -> dramatiq.Worker:
        """The group that works on most queues."""
        return self.groups[0]

    def start(self) -> None:
        """Begin to consume."""
        # Dramatiq's own command line would say this; without it time limits are never enforced.
        self.broker.emit_after("process_boot")
        waiting = self.queues & WAITING_QUEUES if self.waiting_threads else set()
        for queues, threads in (
            (self.queues - waiting, self.threads),
            (waiting, self.waiting_threads),
        ):
            if queues:
                self._start_group(queues, threads)
        self._loop_seen_at = time.monotonic()

    def _start_group(self, queues: set[str], threads: int) -> None:
        worker = dramatiq.Worker(
            # A thread with nothing to do looks up once a second; messages and the acknowledgements
            # of what was done wake it.
            self.broker,
            queues=queues,
            worker_threads=threads,
            worker_timeout=1000,
        )
        # Only what is not prefetched is ordered by priority, so no thread hoards messages.
        worker.queue_prefetch = threads
        middleware = list(self.broker.middleware)
        worker.start()
        # The group's own part waits for queues that somebody declares later, and nobody does. With
        # that of a second group Dramatiq would warn.
        self.broker.middleware[:] = middleware
        self.groups.append(worker)
        clock = ClockSteps(worker)
        clock.start()
        self._clocks.append(clock)

    def stop(self, grace_seconds: float) -> None:
        """Finish what has begun within ``grace_seconds``; hand the rest back."""
        deadline = threading.Timer(grace_seconds, self._cancel_tasks)
        deadline.daemon = True
        deadline.start()
        for clock in self._clocks:
            clock.stop()
        # Hand-backs need a moment after the deadline.
        timeout = int((grace_seconds + 5) * 1000)
        stopping = [
            threading.Thread(target=worker.stop, kwargs={"timeout": timeout})
            for worker in self.groups
        ]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        deadline.cancel()

    def outliving(self) -> int:
        """Threads that compute on although their work was given up."""
        loops = (part for part in self.broker.middleware if isinstance(part, SharedLoop))
        return sum(loop.threads.outliving() for loop in loops)

    def problems(self) -> list[str]:
        """Why this process should be ended: dead threads or a blocked event loop."""
        found = [problem for worker in self.groups for problem in _dead_threads(worker)]
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


def _dead_threads(worker: dramatiq.Worker) -> list[str]:
    found, threads = [], worker.worker_threads
    alive = sum(thread.is_alive() for thread in worker.workers)
    if alive < threads:
        found.append(f"{threads - alive} of {threads} worker threads are dead")
    dead = [name for name, thread in worker.consumers.items() if not thread.is_alive()]
    if dead:
        found.append(f"dead consumers: {', '.join(sorted(dead))}")
    return found


class UnknownQueues(Exception):
    """EXAMLENS_WORKER_QUEUES names what the service does not work on."""


def chosen_queues(settings: ServiceSettings, served: set[str]) -> set[str]:
    """The queues among ``served`` that this process consumes. Raises UnknownQueues."""
    named = {name.strip() for name in settings.worker_queues.split(",") if name.strip()}
    if named - served:
        unknown, known = ", ".join(sorted(named - served)), ", ".join(sorted(served))
        raise UnknownQueues(f"EXAMLENS_WORKER_QUEUES: {unknown}; this service has {known}")
    return named or served


def run_worker(
    service: str,
    settings: SettingsT,
    build_stages: StageFactory[SettingsT],
    build_jobs: JobFactory[SettingsT] | None = None,
) -> None:
    """Serve a service's queues, or those it is told to, until SIGTERM or until it has done enough.

    Ends with 1 when its own health is lost, otherwise with 0 after what it has begun: whoever
    started it starts it again.
    """
    configure_logging(settings.log_level, settings.log_format, service)
    configure_tracing(service, otlp_endpoint=settings.otlp_endpoint, trace_file=settings.trace_file)
    blobs = open_blob_store(settings.blob_url)
    stages = build_stages(settings, blobs)
    jobs = () if build_jobs is None else build_jobs(settings, blobs)
    served = {SPECS[stage.stage].queue for stage in stages}
    queues = chosen_queues(settings, served | {JOB_SPECS[work.kind].queue for work in jobs})
    waiting_threads = settings.waiting_threads if queues & WAITING_QUEUES else 0
    working_threads = settings.worker_threads if queues - WAITING_QUEUES else 0
    broker = build_broker(settings.amqp_url)
    database = Database(
        settings.database_url,
        size=pool_size(working_threads + waiting_threads),
        application=service,
    )
    register_actors(broker, stages, database, settings, jobs)
    recycling = Recycling(settings.max_tasks, settings.max_rss_mb)
    broker.add_middleware(recycling)
    workers = Workers(broker, queues, settings.worker_threads, waiting_threads)
    workers.start()
    health = HealthServer(settings.metrics_host, settings.metrics_port, is_alive=workers.problems)
    health.start()
    metrics.tell_build(service)
    watch_pool(database)
    log.info("worker.started", queues=sorted(queues), metrics_port=health.port)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    problems: list[str] = []
    while not stopping.wait(5.0):
        problems = workers.problems()
        if problems:
            log.critical("worker.unhealthy", problems=problems)
            break
        if (reason := recycling.reason()) is not None:
            log.info("worker.recycled", after=reason)
            break
        if (outliving := workers.outliving()) > 0:
            # A thread cannot be ended; its process can, once the others have finished.
            log.error("worker.outlived", threads=outliving)
            break
    log.info("worker.stopping")
    workers.stop(0.0 if problems else settings.shutdown_grace_seconds)
    broker.close()
    health.stop()
    log.info("worker.stopped")
    if workers.outliving():
        # The interpreter would wait for these threads.
        logging.shutdown()
        sys.stdout.flush()
        os._exit(int(bool(problems)))
    if problems:
        raise SystemExit(1)
