"""A thread with an event loop whose work is begun again whenever it ends by an error."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

_PAUSE_SECONDS, _MAX_PAUSE_SECONDS = 1.0, 30.0


class LoopThread:
    """Runs the coroutine of ``run`` on a loop of its own until one returns.

    In one process nobody else would notice that a thread has ended, or start it again.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[], Coroutine[Any, Any, None]],
        *,
        pause_seconds: float = _PAUSE_SECONDS,
    ) -> None:
        self.name, self._run, self._pause_seconds = name, run, pause_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout: float) -> None:
        """Begin nothing anew, and wait for the end of what runs."""
        self._stopping.set()
        self._thread.join(timeout)

    def problems(self) -> list[str]:
        """Why this thread does nothing; empty while it runs or was never started."""
        is_dead = self._thread.ident is not None and not self._thread.is_alive()
        return [f"the thread {self.name} has ended"] if is_dead else []

    def _repeat(self) -> None:
        pause_seconds = self._pause_seconds
        while not self._stopping.is_set():
            try:
                asyncio.run(self._run())
            except Exception as error:  # noqa: BLE001 -- whatever it is, the work has to go on
                log.error("thread.failed", thread=self.name, error=error_site(error))  # noqa: TRY400 -- its text may quote a paper
            else:
                return
            self._stopping.wait(pause_seconds)
            pause_seconds = min(pause_seconds * 2, _MAX_PAUSE_SECONDS)
