"""The third tier: a table, in transactions that end before anybody waits for a model."""

from collections.abc import Mapping, Sequence

from services.diagnose.adapters.cache.tier import Entry, TierUnavailable
from shared.db.database import DATABASE_ERRORS, Database


class PostgresTier:
    """Entries survive restarts and are shared where there is no Redis."""

    name = "l3"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, keys: Sequence[str]) -> dict[str, Entry]:
        """The entries that are there, by one query."""
        try:
            async with self._database.transaction() as uow:
                found = await uow.cache_entries.find(keys)
        except DATABASE_ERRORS as error:
            raise TierUnavailable(self.name) from error
        # Wrapped, because the column knows no difference between null and JSON null.
        return {key: Entry(kept["value"], seconds) for key, (kept, seconds) in found.items()}

    async def put(self, entries: Mapping[str, Entry]) -> None:
        """Keep the entries, by one statement."""
        rows = {key: ({"value": e.value}, e.seconds) for key, e in entries.items()}
        try:
            async with self._database.transaction() as uow:
                await uow.cache_entries.put(rows)
        except DATABASE_ERRORS as error:
            raise TierUnavailable(self.name) from error

    async def clear(self, prefix: str) -> int:
        """Remove every entry whose key begins with ``prefix``; returns how many."""
        try:
            async with self._database.transaction() as uow:
                return await uow.cache_entries.clear(prefix)
        except DATABASE_ERRORS as error:
            raise TierUnavailable(self.name) from error

    async def close(self) -> None:
        """Nothing: the pool belongs to the process."""
