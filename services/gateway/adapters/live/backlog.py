"""Whether too much work waits. The database is asked at most once a second."""

import asyncio
import time

from services.gateway.domain.access.shares import is_over_share
from shared.db.database import Database

_FRESH_SECONDS = 1.0
#: Longest wait of one request, which stands behind the waits of all that came before. Long enough
#: for a statement that meets a silent connection and is repeated on a new one.
_PATIENCE_SECONDS = 30.0


class Backlog:
    """Compares the unfinished exams of all tenants with ``max_unfinished``."""

    def __init__(
        self, database: Database, max_unfinished: int, patience_seconds: float = _PATIENCE_SECONDS
    ) -> None:
        self._database, self._max_unfinished = database, max_unfinished
        self._patience_seconds = patience_seconds
        self._lock = asyncio.Lock()
        self._counted_at = float("-inf")
        self._unfinished: dict[str, int] = {}

    async def is_full(self, tenant_id: str) -> bool:
        """Whether the limit was reached when last counted, and the tenant had its share of it.

        Raises TimeoutError when others have waited for the database in vain.
        """
        async with asyncio.timeout(self._patience_seconds), self._lock:
            if time.monotonic() - self._counted_at > _FRESH_SECONDS:
                async with self._database.transaction() as uow:
                    self._unfinished = await uow.exams.count_unfinished()
                self._counted_at = time.monotonic()
            return is_over_share(self._unfinished, tenant_id, self._max_unfinished)
