"""Looks in every tier before anything is computed, and computes each key once at a time."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from services.diagnose.adapters.cache.memory import MemoryTier
from services.diagnose.adapters.cache.postgres_tier import PostgresTier
from services.diagnose.adapters.cache.tier import Entry, Tier, TierUnavailable
from services.diagnose.domain.points.cache_keys import LIFETIMES, CacheKind, Compute
from shared.db.database import Database
from shared.observability.metrics import CACHE_REQUESTS

log = structlog.get_logger(__name__)

#: How long a tier that did not answer is left alone.
_PAUSE_SECONDS = 10.0
#: Lifetimes are shortened by up to this share, so that entries kept together do not end together.
_JITTER = 0.1


class TieredCache:
    """L1 in process, then the given tiers from fast to slow.

    Single-flight: while a key is being computed, others in this process wait for that result. If
    whoever computes fails or is cancelled, one of the waiting takes over.
    """

    def __init__(self, memory: MemoryTier, tiers: Sequence[Tier] = ()) -> None:
        self._memory, self._tiers = memory, list(tiers)
        self._in_flight: dict[str, asyncio.Future[Any]] = {}
        self._paused_until: dict[str, float] = {}

    def keep_in(self, database: Database) -> None:
        """Append a tier, slower than the others, in ``database``."""
        self._tiers.append(PostgresTier(database))

    async def fetch(self, kind: CacheKind, keys: Sequence[str], compute: Compute) -> dict[str, Any]:
        """The value of every key; what ``compute`` raises is raised. None is a value as well."""
        found: dict[str, Any] = {}
        missing = list(dict.fromkeys(keys))
        is_first = True
        while missing:
            held = self._memory.get(missing)
            if is_first:
                _count(self._memory.name, missing, held)
            is_first = False
            found |= {key: entry.value for key, entry in held.items()}
            missing = [key for key in missing if key not in held]
            # No await between looking and registering: nobody else can begin the same key.
            followed = {key: self._in_flight[key] for key in missing if key in self._in_flight}
            led = [key for key in missing if key not in followed]
            if led:
                found |= await self._lead(kind, led, compute)
            if followed:
                await asyncio.wait(followed.values())
            for key, future in followed.items():
                if not future.cancelled():
                    found[key] = future.result()
                    CACHE_REQUESTS.labels("in_flight", "hit").inc()
            missing = [key for key in missing if key not in found]
        return found

    async def clear(self, kind: CacheKind | None = None) -> int:
        """Remove the entries of ``kind``, or all; returns how many the tiers held together.

        Raises TierUnavailable: half a clearance must not look like a whole one.
        """
        self._memory.clear()
        prefixes = [f"{one.value}:" for one in CacheKind if kind in {None, one}]
        return sum([await tier.clear(prefix) for tier in self._tiers for prefix in prefixes])

    async def close(self) -> None:
        """Close the tiers."""
        for tier in self._tiers:
            await tier.close()

    async def _lead(self, kind: CacheKind, keys: Sequence[str], compute: Compute) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        futures = {key: loop.create_future() for key in keys}
        self._in_flight |= futures
        try:
            held = await self._look_below(keys)
            found = {key: entry.value for key, entry in held.items()}
            left = [key for key in keys if key not in found]
            if left:
                computed = await compute(left)
                found |= {key: computed[key].value for key in left}
                kept = {key: made.value for key, made in computed.items() if made.is_kept}
                await self._keep(kind, kept)
            for key, future in futures.items():
                future.set_result(found[key])
            return found
        finally:
            for key, future in futures.items():
                # Whoever waits for a future without a result wakes up and looks again.
                future.cancel()
                del self._in_flight[key]

    async def _look_below(self, keys: Sequence[str]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for place, tier in enumerate(self._tiers):
            left = [key for key in keys if key not in found]
            if not left or self._is_paused(tier):
                continue
            try:
                held = await tier.get(left)
            except TierUnavailable:
                self._pause(tier)
                continue
            _count(tier.name, left, held)
            found |= held
            if held:
                self._memory.put(held)
                await self._put(held, self._tiers[:place])
        return found

    async def _keep(self, kind: CacheKind, values: Mapping[str, Any]) -> None:
        if not values:
            return
        lifetime = LIFETIMES[kind]
        entries = {
            key: Entry(
                value,
                (lifetime.negative if value is None else lifetime.positive)
                * random.uniform(1 - _JITTER, 1),  # noqa: S311 -- spreads, keeps no secret
            )
            for key, value in values.items()
        }
        self._memory.put(entries)
        await self._put(entries, self._tiers)

    async def _put(self, entries: Mapping[str, Entry], tiers: Sequence[Tier]) -> None:
        for tier in tiers:
            if self._is_paused(tier):
                continue
            try:
                await tier.put(entries)
            except TierUnavailable:
                self._pause(tier)

    def _is_paused(self, tier: Tier) -> bool:
        return time.monotonic() < self._paused_until.get(tier.name, 0.0)

    def _pause(self, tier: Tier) -> None:
        CACHE_REQUESTS.labels(tier.name, "error").inc()
        log.warning("cache.tier_unavailable", tier=tier.name)
        self._paused_until[tier.name] = time.monotonic() + _PAUSE_SECONDS


def _count(tier: str, keys: Sequence[str], held: Mapping[str, Entry]) -> None:
    for key in keys:
        if key not in held:
            outcome = "miss"
        else:
            outcome = "negative_hit" if held[key].value is None else "hit"
        CACHE_REQUESTS.labels(tier, outcome).inc()
