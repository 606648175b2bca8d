"""Which tasks share a process: any number of ordinary ones, or one suspect alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Company:
    """The tasks at work in this process, on one event loop.

    When a process ends, all of its tasks vanish and nobody can tell which of them ended it. A task
    whose worker vanished before is therefore worked on alone: what happens then is its own doing.
    One that waits to be alone goes before those that want company, so it is never kept waiting by
    newcomers.
    """

    def __init__(self) -> None:
        self._together = self._waiting = 0
        self._is_alone = False
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Work beside others, once nobody is alone or waits to be."""
        await self._until(lambda: not self._is_alone and not self._waiting)
        self._together += 1
        try:
            yield
        finally:
            self._together -= 1
            self._tell()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Work once everybody else has ended; nobody begins meanwhile."""
        self._waiting += 1
        try:
            await self._until(lambda: not self._is_alone and not self._together)
            self._is_alone = True
        finally:
            self._waiting -= 1
            self._tell()
        try:
            yield
        finally:
            self._is_alone = False
            self._tell()

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits to be alone."""
        return self._waiting > 0

    async def _until(self, is_free: Callable[[], bool]) -> None:
        while not is_free():
            await self._changed.wait()

    def _tell(self) -> None:
        told, self._changed = self._changed, asyncio.Event()
        told.set()
