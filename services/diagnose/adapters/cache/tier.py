"""What a tier of the cache offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.diagnose.adapters.cache.pattern import KeyPattern


@dataclass(frozen=True, slots=True)
class Entry:
    """A JSON value and the seconds that it stays valid. None says that there is no value."""

    value: Any
    seconds: float


class TierUnavailable(Exception):
    """The tier does not answer. The cache goes on without it."""


class Tier(Protocol):
    """A slower tier below the memory of the process. Its methods raise TierUnavailable."""

    name: str

    async def get(self, keys: Sequence[str]) -> dict[str, Entry]:
        """The entries that are there and still hold."""
        ...

    async def put(self, entries: Mapping[str, Entry]) -> None:
        """Keep the entries for their seconds."""
        ...

    async def delete(self, keys: Sequence[str]) -> int:
        """Remove these entries; returns how many were there."""
        ...

    async def clear(self, pattern: KeyPattern) -> int:
        """Remove every entry that ``pattern`` means; returns how many."""
        ...

    async def count(self, pattern: KeyPattern) -> int:
        """How many entries ``pattern`` means."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...
