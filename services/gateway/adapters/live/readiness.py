"""Whether this process can serve. The database is asked at most every two seconds."""

import asyncio
import time

from sqlalchemy import text

from shared.db.database import DATABASE_ERRORS, Database

_FRESH_SECONDS = 2.0
_PATIENCE_SECONDS = 3.0


class Readiness:
    """A cached check: a crowd of probes makes one query."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._checked_at = float("-inf")
        self._is_ready = False

    async def is_ready(self) -> bool:
        """Whether the database answered recently."""
        async with self._lock:
            if time.monotonic() - self._checked_at > _FRESH_SECONDS:
                self._is_ready = await self._ask()
                self._checked_at = time.monotonic()
            return self._is_ready

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), self._database.transaction() as uow:
                await uow.connection.execute(text("SELECT 1"))
        except DATABASE_ERRORS:  # a timeout is an OSError, so it is among them
            return False
        return True
