"""Processes of the simulation: real runners and relays that can be slow, stopped and killed."""

import asyncio
import random
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared.contract.stages import SPECS
from shared.messaging.attempt.company import Company
from shared.messaging.attempt.succession import Succession
from shared.messaging.broker import MAX_BACKOFF_MS, MESSAGE_RETRIES, MIN_BACKOFF_MS
from shared.messaging.relay.relay import Relay
from shared.messaging.relay.settings import RelaySettings
from shared.messaging.stage_runner import PipelineStage, StageRunner, TaskExhausted
from tests.simulation.broker import Delivery, Exchange, ModelBroker
from tests.simulation.database import ModelDatabase
from tests.simulation.server import ModelServer

#: Loops of the relay that move exams; the others count, erase and warn.
_RELAY_LOOPS = frozenset({"publish", "reap"})
LEASE_SECONDS = 30.0


class Killed(BaseException):
    """The process is no more. No exception of a language; nothing can be done about it."""


@dataclass
class Network:
    """How servers answer just now."""

    rng: random.Random
    latency_seconds: float = 0.002
    #: Shares of statements that fail before the server has them, and after.
    unsent: float = 0.0
    unanswered: float = 0.0
    #: Shares of publications that fail, and of announced commits that nobody hears of.
    unpublished: float = 0.0
    unheard: float = 0.0
    is_database_away: bool = False


@dataclass(eq=False)
class Process:
    """Has connections and tasks, and may end at any moment without a word."""

    name: str
    server: ModelServer
    exchange: Exchange
    network: Network
    is_dead: bool = False
    paused_until: float = 0.0
    #: In the order in which they were begun: a set would have one of its own in every process.
    tasks: dict[asyncio.Task[Any], None] = field(default_factory=dict)
    database: ModelDatabase = field(init=False)

    def __post_init__(self) -> None:
        self.database = ModelDatabase(self.server, self)

    def begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Have this process do ``work``."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks[task] = None
        task.add_done_callback(self.tasks.pop)
        return task

    def kill(self) -> None:
        """SIGKILL: its connections end, and it does nothing more."""
        self.is_dead = True
        self.database.cut()
        self.exchange.disconnect(self)
        for task in list(self.tasks):
            task.cancel()

    def pause(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after ``seconds``."""
        self.paused_until = asyncio.get_running_loop().time() + seconds

    async def wait_while_paused(self) -> None:
        """Stand still while the process does."""
        loop = asyncio.get_running_loop()
        while loop.time() < self.paused_until:  # noqa: ASYNC110 -- it may be stopped once more
            await asyncio.sleep(self.paused_until - loop.time())

    async def send(self) -> None:
        """A statement is on its way to PostgreSQL."""
        await self._travel(self.network.unsent)

    async def answer(self) -> None:
        """Its answer is on its way."""
        await self._travel(self.network.unanswered)

    async def _travel(self, share_lost: float) -> None:
        self._require_life()
        rng = self.network.rng
        await asyncio.sleep(rng.random() * self.network.latency_seconds)
        await self.wait_while_paused()
        self._require_life()
        if self.network.is_database_away or (share_lost and rng.random() < share_lost):
            raise ConnectionResetError

    def _require_life(self) -> None:
        if self.is_dead:
            raise Killed


class WorkerProcess(Process):
    """Runs some stages on a few threads."""

    def work(self, stages: Sequence[PipelineStage], threads: int) -> None:
        """Begin to consume."""
        company = Company()
        succession = Succession(stages, company)
        self.runners = {
            stage.stage: StageRunner(
                self.database,
                stage,
                company,
                lease_seconds=LEASE_SECONDS,
                retry_backoff_seconds=5.0,
                succession=succession,
            )
            for stage in stages
        }
        queues = [SPECS[stage.stage].queue for stage in stages]
        for _ in range(threads):
            self.begin(self._consume(queues))

    async def _consume(self, queues: Sequence[str]) -> None:
        while True:
            delivery = await self.exchange.next(self, queues)
            await asyncio.sleep(self.network.rng.random() * self.network.latency_seconds)
            await self.wait_while_paused()
            await self._handle(delivery)

    async def _handle(self, delivery: Delivery) -> None:
        """What Dramatiq does with what an actor returns or raises."""
        task = delivery.task
        try:
            await self.runners[task.stage].run(
                task, is_first_delivery=not delivery.is_redelivered and not delivery.retries
            )
        except TaskExhausted:
            pass
        except Exception:  # noqa: BLE001 -- as Dramatiq does
            if delivery.retries < MESSAGE_RETRIES:
                longest = min(MIN_BACKOFF_MS * 2**delivery.retries, MAX_BACKOFF_MS) / 1000
                self.exchange.rest(delivery, self.network.rng.uniform(0.5, 1.0) * longest)
        await self.wait_while_paused()
        self.exchange.acknowledge(self, delivery)


class RelayProcess(Process):
    """Publishes and reaps with the relay's own loops."""

    def relay(self) -> None:
        """Begin."""
        broker = ModelBroker(self.exchange, self.network.rng, lambda: self.network.unpublished)
        # Most of the time nothing happens; looking seldom makes more stories.
        seldom = {"relay_poll_seconds": 5.0, "relay_reap_seconds": 10.0}
        settings = RelaySettings(DATABASE_URL="postgresql://model").model_copy(update=seldom)
        no_blobs: Any = None
        self.heart = Relay(self.database, broker, no_blobs, settings)
        for loop in self.heart._loops:
            if loop.name in _RELAY_LOOPS:
                self.begin(self.heart._repeat(loop))

    def wake(self) -> None:
        """A commit was announced."""
        if not self.is_dead:
            self.heart._publisher.wake()


async def ended(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel ``tasks`` and wait for their ends, whatever these are."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(BaseException):
            await task
