"""Whether this process can serve. The database is asked at most every two seconds."""

import asyncio
import time

from sqlalchemy import text

from shared.db.database import DATABASE_ERRORS, Database
from shared.observability.health import Check, all_is_well
from shared.storage.blobs import BlobStore
from shared.storage.failure import BlobStoreError

_FRESH_SECONDS = 2.0
_PATIENCE_SECONDS = 3.0
#: The blob store is written to less often, because that is paid for.
_WRITE_SECONDS = 15.0
#: One block of a file system: where it finds no room, a page finds none.
_PROBE, _BLOCK = "readiness/probe", bytes(4096)
#: A transaction id is what every write needs; a standby, a server that was set to read only, and
#: one whose disk has no room for its log refuse it.
_TAKES_WRITES = text("SELECT pg_current_xact_id()")


class Readiness:
    """A cached check: a crowd of probes makes one query.

    It takes the way of the requests: the same pool, and a write where they write. ``others`` say
    why what shares the process is not ready.
    """

    def __init__(self, database: Database, blobs: BlobStore, others: Check = all_is_well) -> None:
        self._database, self._blobs, self._others = database, blobs, others
        self._wrote_at = float("-inf")
        self._lock = asyncio.Lock()
        self._checked_at = float("-inf")
        self._is_ready = False

    async def is_ready(self) -> bool:
        """Whether the database and the blob store took a write recently."""
        if self._others():
            return False
        try:
            # Also the wait for the lock: those behind others that wait are not ready either.
            async with asyncio.timeout(_PATIENCE_SECONDS), self._lock:
                if time.monotonic() - self._checked_at > _FRESH_SECONDS:
                    self._is_ready = await self._ask()
                    self._checked_at = time.monotonic()
                return self._is_ready
        except TimeoutError:
            return False

    async def _ask(self) -> bool:
        try:
            async with self._database.transaction() as uow:
                await uow.connection.execute(_TAKES_WRITES)
            if time.monotonic() - self._wrote_at > _WRITE_SECONDS:
                await self._blobs.write(_PROBE, _BLOCK)
                self._wrote_at = time.monotonic()
        except TimeoutError:
            raise
        except DATABASE_ERRORS:
            return False
        except BlobStoreError:
            return False
        return True
