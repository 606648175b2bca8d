"""Whether too much work waits. The database is asked at most once a second."""

import asyncio
import time

from shared.db.database import Database

_FRESH_SECONDS = 1.0


class Backlog:
    """Compares the unfinished exams of all tenants with ``max_unfinished``."""

    def __init__(self, database: Database, max_unfinished: int) -> None:
        self._database, self._max_unfinished = database, max_unfinished
        self._lock = asyncio.Lock()
        self._counted_at = float("-inf")
        self._is_full = False

    async def is_full(self) -> bool:
        """Whether the limit was reached when last counted."""
        async with self._lock:
            if time.monotonic() - self._counted_at > _FRESH_SECONDS:
                async with self._database.transaction() as uow:
                    self._is_full = await uow.exams.count_unfinished() >= self._max_unfinished
                self._counted_at = time.monotonic()
            return self._is_full
