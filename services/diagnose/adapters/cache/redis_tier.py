"""The second tier: Redis, shared by all processes, optional."""

import json
from collections.abc import Mapping, Sequence

from services.diagnose.adapters.cache.tier import Entry, TierUnavailable
from shared.redis_client import REDIS_ERRORS, open_redis

_PREFIX = "examlens:"
#: Asking longer than this would cost more than a miss.
_PATIENCE_SECONDS = 1.0


class RedisTier:
    """Values as JSON text with the time to live of Redis."""

    name = "l2"

    def __init__(self, url: str, max_connections: int) -> None:
        self._redis = open_redis(
            url, max_connections=max_connections, patience_seconds=_PATIENCE_SECONDS
        )

    async def get(self, keys: Sequence[str]) -> dict[str, Entry]:
        """The entries that are there, in one round trip."""
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.get(_PREFIX + key)
                    pipeline.pttl(_PREFIX + key)
                answers = await pipeline.execute()
            return {
                key: Entry(json.loads(text), left_ms / 1000)
                for key, text, left_ms in zip(keys, answers[::2], answers[1::2], strict=True)
                if text is not None and left_ms > 0
            }
        except (*REDIS_ERRORS, ValueError) as error:
            raise TierUnavailable(self.name) from error

    async def put(self, entries: Mapping[str, Entry]) -> None:
        """Keep the entries, in one round trip."""
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key, entry in entries.items():
                    text = json.dumps(entry.value, ensure_ascii=False)
                    pipeline.set(_PREFIX + key, text, px=max(int(entry.seconds * 1000), 1))
                await pipeline.execute()
        except REDIS_ERRORS as error:
            raise TierUnavailable(self.name) from error

    async def clear(self, prefix: str) -> int:
        """Remove every entry whose key begins with ``prefix``; returns how many."""
        removed = 0
        try:
            async for key in self._redis.scan_iter(match=f"{_PREFIX}{prefix}*", count=500):
                removed += int(await self._redis.delete(key))
        except REDIS_ERRORS as error:
            raise TierUnavailable(self.name) from error
        return removed

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
