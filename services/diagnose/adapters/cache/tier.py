"""What a tier of the cache offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """A JSON value and the seconds it still holds; None says that there is no value to be had."""

    value: Any
    seconds: float


class TierUnavailable(Exception):
    """The tier does not answer; the cache does without it."""


class Tier(Protocol):
    """A slower tier below the memory of the process. Its methods raise TierUnavailable."""

    name: str

    async def get(self, keys: Sequence[str]) -> dict[str, Entry]:
        """The entries that are there and still hold."""
        ...

    async def put(self, entries: Mapping[str, Entry]) -> None:
        """Keep the entries for their seconds."""
        ...

    async def clear(self, prefix: str) -> int:
        """Remove every entry whose key begins with ``prefix``; returns how many."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...
