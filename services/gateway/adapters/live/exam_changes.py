"""Waiting for an exam to change: one LISTEN connection per process, shared by all who wait."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from shared.db.database import asyncpg_url
from shared.db.listening import listening
from shared.db.tables import EXAM_CHANGED
from shared.observability.log_setup import error_site
from shared.observability.progress import Progress

log = structlog.get_logger(__name__)

_RECONNECT_SECONDS = 1.0
_LOOP = "exam-changes"
#: A round is a connection's beat; connecting and asking have limits below this.
_PATIENCE_SECONDS = 180.0


class ExamChanges:
    """Tells subscribers that an exam changed. They read for themselves what changed.

    Notifications sent while the connection is down are lost, so every reconnect wakes everybody.
    """

    def __init__(self, database_url: str) -> None:
        self._url = asyncpg_url(database_url)
        self._subscribers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        #: True once the process is about to end. Whoever waits then stops waiting.
        self.is_stopped = False
        self.progress = Progress({_LOOP: _PATIENCE_SECONDS})

    def start(self) -> None:
        """Begin to listen, on the running loop."""
        self._task = asyncio.create_task(self._run(), name="exam-changes")

    async def stop(self) -> None:
        """End the connection and wake everybody who still waits."""
        self.is_stopped = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._wake_all()

    @contextmanager
    def subscribe(self, *exam_ids: str) -> Iterator[asyncio.Event]:
        """An event that is set when one of these changes. Subscribe first, then read the state."""
        changed = asyncio.Event()
        for exam_id in exam_ids:
            self._subscribers[exam_id].add(changed)
        try:
            yield changed
        finally:
            for exam_id in exam_ids:
                waiting = self._subscribers[exam_id]
                waiting.discard(changed)
                if not waiting:
                    del self._subscribers[exam_id]

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 -- who waits for exams would wait in vain
                self.progress.failed(_LOOP)
                log.warning("exam_changes.connection_lost", error=error_site(error))
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with listening(self._url, EXAM_CHANGED, self._on_notification) as listener:
            self._wake_all()
            while True:
                await listener.beat()
                self.progress.succeeded(_LOOP)

    def _on_notification(self, _: object, __: int, ___: str, exam_id: object) -> None:
        for changed in self._subscribers.get(str(exam_id), ()):
            changed.set()

    def _wake_all(self) -> None:
        for waiting in self._subscribers.values():
            for changed in waiting:
                changed.set()


async def wait_for(changed: asyncio.Event, seconds: float) -> bool:
    """Whether ``changed`` was set within ``seconds``; it is cleared for the next round."""
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return False
    changed.clear()
    return True
