"""A model of the broker: queues, deliveries that are acknowledged, and what it may do to them."""

import asyncio
import itertools
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.common import dq_name

from shared.contract.messages import StageTask
from shared.contract.stages import QUEUES, SPECS


@dataclass
class Delivery:
    """A message on its way to a worker. ``order`` is when it was sent first."""

    task: StageTask
    priority: int
    order: int
    is_redelivered: bool = False
    retries: int = 0


@dataclass
class ModelQueue:
    """Messages that nobody has fetched."""

    ready: list[Delivery] = field(default_factory=list)
    #: Those that rest before a retry.
    resting: int = 0

    def qsize(self) -> int:
        return len(self.ready) + self.resting


@dataclass
class Exchange:
    """What is at the broker, whoever is connected to it."""

    queues: dict[str, ModelQueue] = field(
        default_factory=lambda: {name: ModelQueue() for name in QUEUES}
    )
    #: What every consumer has fetched and not acknowledged.
    unacknowledged: dict[object, list[Delivery]] = field(default_factory=dict)
    is_away: bool = False
    #: Messages that were lost, which only happens when a fault says so.
    lost: int = 0
    _orders: Any = field(default_factory=itertools.count)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, task: StageTask, priority: int, *, retries: int = 0) -> None:
        delivery = Delivery(task, priority, next(self._orders), retries=retries)
        self.queue_of(task).ready.append(delivery)
        self._tell()

    def queue_of(self, task: StageTask) -> ModelQueue:
        return self.queues[_queue_name(task)]

    def take(self, consumer: object, queues: Collection[str]) -> Delivery | None:
        """The first message in one of ``queues``: the most urgent, then the oldest."""
        if self.is_away:
            return None
        found = [d for name in queues for d in self.queues[name].ready]
        if not found:
            return None
        first = min(found, key=lambda d: (-d.priority, d.order))
        self.queue_of(first.task).ready.remove(first)
        self.unacknowledged.setdefault(consumer, []).append(first)
        return first

    async def next(self, consumer: object, queues: Collection[str]) -> Delivery:
        """Wait for a message."""
        while (delivery := self.take(consumer, queues)) is None:
            await self._changed.wait()
        return delivery

    def acknowledge(self, consumer: object, delivery: Delivery) -> None:
        """It is done with; nothing happens when it came over a connection that has ended."""
        held = self.unacknowledged.get(consumer, [])
        if any(d is delivery for d in held):
            self.unacknowledged[consumer] = [d for d in held if d is not delivery]

    def rest(self, delivery: Delivery, seconds: float) -> None:
        """Deliver it once more, later."""
        queue = self.queue_of(delivery.task)
        queue.resting += 1

        def send() -> None:
            if queue.resting:
                queue.resting -= 1
                self.put(delivery.task, delivery.priority, retries=delivery.retries + 1)

        asyncio.get_running_loop().call_later(seconds, send)

    def disconnect(self, consumer: object) -> None:
        """A connection ends: what it had not acknowledged is delivered again."""
        for delivery in self.unacknowledged.pop(consumer, []):
            delivery.is_redelivered = True
            self.queue_of(delivery.task).ready.append(delivery)
        self._tell()

    def disconnect_all(self) -> None:
        """Everybody is thrown out."""
        for consumer in list(self.unacknowledged):
            self.disconnect(consumer)

    def lose_everything(self) -> None:
        """The broker comes back empty."""
        for queue in self.queues.values():
            self.lost += queue.qsize()
            queue.ready.clear()
            queue.resting = 0
        self.lost += sum(len(held) for held in self.unacknowledged.values())
        self.unacknowledged.clear()

    def come_back(self) -> None:
        """Whoever waits gets messages again."""
        self.is_away = False
        self._tell()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is there, fetched or not."""
        return not any(q.qsize() for q in self.queues.values()) and not any(
            self.unacknowledged.values()
        )

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _queue_name(task: StageTask) -> str:
    return SPECS[task.stage].queue


class ModelBroker(StubBroker):
    """A process's connection to the exchange, to send messages."""

    def __init__(
        self, exchange: Exchange, rng: random.Random, failures: Callable[[], float]
    ) -> None:
        """``failures()`` is the share of publications that fail just now."""
        super().__init__(middleware=[])
        self._exchange, self._rng, self._failures = exchange, rng, failures
        # What rests before a retry is counted with its queue.
        delayed = {dq_name(name): ModelQueue() for name in exchange.queues}
        self.queues = exchange.queues | delayed  # type: ignore[assignment]

    def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
        """Send it. A publication that fails has arrived or not, and nobody knows."""
        if self._exchange.is_away:
            raise dramatiq.ConnectionClosed(ConnectionResetError())
        fails = self._rng.random() < self._failures()
        if not fails or self._rng.random() < 0.5:
            task = StageTask.model_validate(message.kwargs["task"])
            self._exchange.put(task, message.options["broker_priority"])
        if fails:
            raise dramatiq.ConnectionClosed(ConnectionResetError())
        return message
