"""The third tier: a table, in transactions that end before anybody waits for a model."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from services.diagnose.adapters.cache.pattern import KeyPattern
from services.diagnose.adapters.cache.tier import Entry, TierUnavailable
from shared.db.database import DATABASE_ERRORS, Database
from shared.db.repositories.cache_entries import CacheEntries


class PostgresTier:
    """Entries survive restarts and are shared where there is no Redis."""

    name = "l3"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, keys: Sequence[str]) -> dict[str, Entry]:
        """The entries that are there, by one query."""
        async with self._entries() as entries:
            found = await entries.find(keys)
        # Wrapped, because the column knows no difference between null and JSON null.
        return {key: Entry(kept["value"], seconds) for key, (kept, seconds) in found.items()}

    async def put(self, entries: Mapping[str, Entry]) -> None:
        """Keep the entries, by one statement."""
        rows = {key: ({"value": e.value}, e.seconds) for key, e in entries.items()}
        async with self._entries() as kept:
            await kept.put(rows)

    async def delete(self, keys: Sequence[str]) -> int:
        """Remove these entries; returns how many were there."""
        async with self._entries() as entries:
            return await entries.delete(keys)

    async def clear(self, pattern: KeyPattern) -> int:
        """Remove every entry that ``pattern`` means; returns how many."""
        async with self._entries() as entries:
            return await entries.clear(pattern.for_sql)

    async def count(self, pattern: KeyPattern) -> int:
        """How many entries ``pattern`` means."""
        async with self._entries() as entries:
            return await entries.count(pattern.for_sql)

    async def close(self) -> None:
        """Nothing: the pool belongs to the process."""

    @asynccontextmanager
    async def _entries(self) -> AsyncIterator[CacheEntries]:
        try:
            async with self._database.transaction() as uow:
                yield uow.cache_entries
        except DATABASE_ERRORS as error:
            raise TierUnavailable(self.name) from error
