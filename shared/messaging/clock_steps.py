"""Waits of delayed messages when somebody sets this machine's clock."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from queue import PriorityQueue
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 1.0
#: A clock that is disciplined moves by less than a millisecond a second.
_LEAST_STEP_SECONDS = 1.0


class ClockSteps:
    """Moves what a worker delays along with the wall clock.

    Dramatiq compares a delayed message's time with the wall clock. Set back by an hour, the clock
    would hold every message for an hour longer. Tasks themselves wait by the database's clock.
    """

    def __init__(
        self,
        worker: Any,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._worker, self._wall, self._steady = worker, wall, steady
        self._offset = wall() - steady()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="clock-steps", daemon=True)

    def start(self) -> None:
        """Begin to watch the clock."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._stopping.set()
        self._thread.join(_PAUSE_SECONDS + 5)

    def follow(self) -> None:
        """Move all delayed messages by what the clock was set by since the last look."""
        offset = self._wall() - self._steady()
        step, self._offset = offset - self._offset, offset
        if abs(step) < _LEAST_STEP_SECONDS:
            return
        log.warning("clock.was_set", seconds=round(step, 1))
        for consumer in list(self._worker.consumers.values()):
            _move(consumer.delay_queue, step * 1000)

    def _repeat(self) -> None:
        while not self._stopping.wait(_PAUSE_SECONDS):
            self.follow()


def _move(delayed: "PriorityQueue[Any]", milliseconds: float) -> None:
    with delayed.mutex:
        # All by the same, so that the order of the heap stays.
        delayed.queue[:] = [
            replace(item, priority=item.priority + milliseconds) for item in delayed.queue
        ]
