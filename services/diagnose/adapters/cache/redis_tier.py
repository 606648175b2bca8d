"""The second tier: Redis, shared by all processes, optional."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from services.diagnose.adapters.cache.pattern import KeyPattern
from services.diagnose.adapters.cache.tier import Entry, TierUnavailable
from shared.redis_client import REDIS_ERRORS, open_redis

_PREFIX = "examlens:"
#: Asking longer than this would cost more than a miss.
_PATIENCE_SECONDS = 1.0
#: Keys that one step of a search looks at, and that one round trip removes.
_LOT = 500


class RedisTier:
    """Values as JSON text with the time to live of Redis. One key a command: so any slot serves."""

    name = "l2"

    def __init__(self, url: str, max_connections: int) -> None:
        self._redis = open_redis(
            url, max_connections=max_connections, patience_seconds=_PATIENCE_SECONDS
        )

    async def get(self, keys: Sequence[str]) -> dict[str, Entry]:
        """The entries that are there, in one round trip."""
        async with self._translated(), self._redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.get(_PREFIX + key)
                pipeline.pttl(_PREFIX + key)
            answers = await pipeline.execute()
            return {
                key: Entry(json.loads(text), left_ms / 1000)
                for key, text, left_ms in zip(keys, answers[::2], answers[1::2], strict=True)
                if text is not None and left_ms > 0
            }

    async def put(self, entries: Mapping[str, Entry]) -> None:
        """Keep the entries, in one round trip."""
        async with self._translated(), self._redis.pipeline(transaction=False) as pipeline:
            for key, entry in entries.items():
                text = json.dumps(entry.value, ensure_ascii=False)
                pipeline.set(_PREFIX + key, text, px=max(int(entry.seconds * 1000), 1))
            await pipeline.execute()

    async def delete(self, keys: Sequence[str]) -> int:
        """Remove these entries, in one round trip; returns how many were there."""
        async with self._translated(), self._redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.delete(_PREFIX + key)
            return sum(await pipeline.execute())

    async def clear(self, pattern: KeyPattern) -> int:
        """Remove every entry that ``pattern`` means; returns how many."""
        removed, lot = 0, list[str]()
        async for key in self._search(pattern):
            lot.append(key)
            if len(lot) == _LOT:
                removed += await self.delete(lot)
                lot.clear()
        return removed + (await self.delete(lot) if lot else 0)

    async def count(self, pattern: KeyPattern) -> int:
        """How many entries ``pattern`` means."""
        # A search may show a key twice while the table of keys grows.
        return len({key async for key in self._search(pattern)})

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _search(self, pattern: KeyPattern) -> AsyncIterator[str]:
        async with self._translated():
            async for key in self._redis.scan_iter(match=_PREFIX + pattern.for_redis, count=_LOT):
                yield key.decode().removeprefix(_PREFIX)

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            yield
        except (*REDIS_ERRORS, ValueError) as error:
            raise TierUnavailable(self.name) from error
