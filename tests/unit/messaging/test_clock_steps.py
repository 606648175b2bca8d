"""A clock that is set moves no delayed message away from its time."""

from queue import PriorityQueue
from types import SimpleNamespace
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.worker import _WorkQueueItem

from shared.messaging.clock_steps import ClockSteps

HOUR_SECONDS = 3600.0


class Clocks:
    """A wall clock that is set, and one that goes on."""

    def __init__(self) -> None:
        self.wall_seconds, self.steady_seconds = 1_800_000_000.0, 5.0

    def go_on(self, seconds: float) -> None:
        self.wall_seconds += seconds
        self.steady_seconds += seconds


def delayed(*milliseconds: float) -> "PriorityQueue[Any]":
    queue: PriorityQueue[Any] = PriorityQueue()
    for eta in milliseconds:
        message = dramatiq.Message(queue_name="q", actor_name="a", args=(), kwargs={}, options={})
        queue.put(_WorkQueueItem(eta, MessageProxy(message)))
    return queue


def watch(clocks: Clocks, *queues: "PriorityQueue[Any]") -> ClockSteps:
    consumers = {str(n): SimpleNamespace(delay_queue=queue) for n, queue in enumerate(queues)}
    return ClockSteps(
        SimpleNamespace(consumers=consumers),
        wall=lambda: clocks.wall_seconds,
        steady=lambda: clocks.steady_seconds,
    )


def test_an_hour_back_delays_nothing_by_an_hour() -> None:
    clocks = Clocks()
    now = clocks.wall_seconds * 1000
    queue = delayed(now + 2000, now + 500, now + 1000)
    steps = watch(clocks, delayed(), queue)
    clocks.go_on(1.0)
    clocks.wall_seconds -= HOUR_SECONDS
    steps.follow()
    waits = [queue.get().priority - clocks.wall_seconds * 1000 for _ in range(3)]
    assert waits == [-500, 0, 1000]


def test_an_hour_ahead_makes_nothing_due() -> None:
    clocks = Clocks()
    queue = delayed(clocks.wall_seconds * 1000 + 2000)
    steps = watch(clocks, queue)
    clocks.wall_seconds += HOUR_SECONDS
    steps.follow()
    steps.follow()
    assert queue.get().priority - clocks.wall_seconds * 1000 == 2000


def test_a_clock_that_goes_on_moves_nothing() -> None:
    clocks = Clocks()
    due = clocks.wall_seconds * 1000 + 2000
    queue = delayed(due)
    steps = watch(clocks, queue)
    for _ in range(100):
        clocks.go_on(1.0)
        clocks.wall_seconds += 0.0005
        steps.follow()
    assert queue.get().priority == due
