"""Work that belongs to no single exam: repeated in a worker process, beside its queues."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from shared.db.database import Database
from shared.messaging.loop_thread import LoopThread
from shared.messaging.waiting import wait_at_most
from shared.observability.log_setup import error_site
from shared.observability.progress import Progress

log = structlog.get_logger(__name__)

#: A chore that takes longer is stuck: the longest fits the parameters of a large class. All chores
#: take turns, so one waits for the others as well.
PATIENCE_SECONDS = 1800.0
#: Seconds between two looks when there was nothing to do.
PAUSE_SECONDS = 1.0


class Chore(Protocol):
    """Finds one thing to do in PostgreSQL, leases it, does it and records it fenced."""

    name: str

    async def run_once(self, database: Database) -> bool:
        """Do one thing; False when nothing was due. May be run by any number of processes."""
        ...


class ChoreThread:
    """Repeats ``chores`` on an event loop of its own, with one connection.

    What a chore raises is logged, and the next round tries again. A chore that needs a limit of
    attempts counts them itself.
    """

    def __init__(
        self, chores: Sequence[Chore], database_url: str, *, pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        self._chores, self._database_url = tuple(chores), database_url
        self._pause_seconds = pause_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()
        self._thread = LoopThread("chores", self._run)
        self._progress = Progress(dict.fromkeys((c.name for c in self._chores), PATIENCE_SECONDS))

    def start(self) -> None:
        """Begin, unless there are no chores."""
        if self._chores:
            self._thread.start()
            self._started.wait(10)

    def stop(self, grace_seconds: float = 10.0) -> None:
        """End after what is being done; a lease that is still held expires by itself."""
        if self._loop is not None and self._stopping is not None:
            with suppress(RuntimeError):  # the loop may have ended just now
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(grace_seconds)

    def problems(self) -> list[str]:
        """Why this process should be ended: the thread is dead, or a chore does not return."""
        return [*self._thread.problems(), *self._progress.stuck()]

    async def _run(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._started.set()
        database = Database(self._database_url, size=1, application="chores")
        try:
            while not self._stopping.is_set():
                results = [await self._attempt(chore, database) for chore in self._chores]
                if not any(results):
                    await wait_at_most(self._stopping, self._pause_seconds)
        finally:
            await database.close()

    async def _attempt(self, chore: Chore, database: Database) -> bool:
        try:
            is_done = await chore.run_once(database)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the next round may succeed
            self._progress.failed(chore.name)
            log.warning("chore.failed", chore=chore.name, error=error_site(error))
            return False
        self._progress.succeeded(chore.name)
        return is_done
