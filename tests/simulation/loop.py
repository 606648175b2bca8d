"""An event loop on a fake clock: nobody waits, and the same seed makes the same order of events."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

#: Nothing that was scheduled may seem to be due later because a sum was rounded.
_RESOLUTION_SECONDS = 1e-6


class NothingHappens(Exception):
    """Every task waits for another: without a clock nobody would ever be woken."""


class _JumpingSelector(selectors.SelectSelector):
    """Does not wait: the clock jumps to when the next thing is due."""

    loop: "SimulatedLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise NothingHappens
        self.loop.jump(timeout)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Real asyncio: its tasks, timeouts and events. Only the clock and the threads are not.

    What is given to a thread is done at one moment of the loop's clock, after ``thread_seconds()``.
    """

    def __init__(self, thread_seconds: Callable[[], float]) -> None:
        selector = _JumpingSelector()
        self._now = 0.0
        super().__init__(selector)
        selector.loop = self
        self._clock_resolution = _RESOLUTION_SECONDS
        self._thread_seconds = thread_seconds

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self._now += seconds

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Call ``func`` on this loop, and tell what it returned some time later.

        Whoever gives up before has it not called; whoever gives up in between is not told.
        """
        answer: asyncio.Future[Any] = self.create_future()

        def call() -> None:
            if answer.done():
                return
            try:
                tell, value = answer.set_result, func(*args)
            except BaseException as error:  # noqa: BLE001 -- it belongs to whoever waits for it
                tell, value = answer.set_exception, error
            self.call_later(self._thread_seconds(), self._tell, answer, tell, value)

        self.call_later(self._thread_seconds(), call)
        return answer

    @staticmethod
    def _tell(answer: asyncio.Future[Any], tell: Callable[[Any], None], value: Any) -> None:
        if not answer.done():
            tell(value)
