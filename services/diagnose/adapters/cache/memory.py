"""The first tier: the memory of this process, bounded by number and by time."""

import time
from collections.abc import Callable, Iterable, Mapping

from cachetools import TLRUCache

from services.diagnose.adapters.cache.tier import Entry

#: Entries live no longer here than this, so that what an operator clears is soon gone everywhere.
LONGEST_SECONDS = 3600.0


class MemoryTier:
    """Least recently used entries go first; each has a time of its own."""

    name = "l1"

    def __init__(self, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: TLRUCache[str, tuple[Entry, float]] = TLRUCache(
            size, ttu=lambda _, kept, __: kept[1], timer=clock
        )

    def get(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The entries that are there and still hold."""
        return {key: self._entries[key][0] for key in keys if key in self._entries}

    def put(self, entries: Mapping[str, Entry]) -> None:
        """Keep the entries for their seconds, an hour at the most."""
        now = self._clock()
        for key, entry in entries.items():
            self._entries[key] = (entry, now + min(entry.seconds, LONGEST_SECONDS))

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
