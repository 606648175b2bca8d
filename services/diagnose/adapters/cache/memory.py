"""The first tier: the memory of this process, bounded by number and by time."""

import time
from collections.abc import Callable, Iterable, Mapping

from cachetools import TLRUCache

from services.diagnose.adapters.cache.pattern import KeyPattern
from services.diagnose.adapters.cache.tier import Entry


class MemoryTier:
    """Least recently used entries go first; each has a time of its own.

    It is ``longest_seconds`` at the most, so that what an operator clears is soon gone everywhere.
    """

    name = "l1"

    def __init__(
        self,
        size: int,
        longest_seconds: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._longest_seconds, self._clock = longest_seconds, clock
        self._entries: TLRUCache[str, tuple[Entry, float]] = TLRUCache(
            size, ttu=lambda _, kept, __: kept[1], timer=clock
        )

    def get(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The entries that are there and still hold."""
        return {key: self._entries[key][0] for key in keys if key in self._entries}

    def put(self, entries: Mapping[str, Entry]) -> None:
        """Keep the entries for their seconds, within the longest time."""
        now = self._clock()
        for key, entry in entries.items():
            self._entries[key] = (entry, now + min(entry.seconds, self._longest_seconds))

    def delete(self, keys: Iterable[str]) -> None:
        """Forget these entries."""
        for key in keys:
            self._entries.pop(key, None)

    def clear(self, pattern: KeyPattern) -> None:
        """Forget what ``pattern`` means."""
        self.delete([key for key in self._entries if pattern.matches(key)])
