"""Looks in every tier before anything is computed, and computes each key once at a time."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from services.diagnose.adapters.cache.counts import LookUpCounts
from services.diagnose.adapters.cache.memory import MemoryTier
from services.diagnose.adapters.cache.pattern import EVERY_KEY, KeyPattern
from services.diagnose.adapters.cache.postgres_tier import PostgresTier
from services.diagnose.adapters.cache.tier import Entry, Tier, TierUnavailable
from services.diagnose.domain.points.cache_keys import (
    CacheKind,
    Compute,
    Lifetimes,
    lifetimes,
)
from shared.db.database import Database

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

    def __init__(
        self,
        memory: MemoryTier,
        tiers: Sequence[Tier] = (),
        kept_for: Lifetimes | None = None,
    ) -> None:
        self._memory, self._tiers = memory, list(tiers)
        self._kept_for = kept_for or lifetimes()
        self._counts = LookUpCounts()
        self._in_flight: dict[str, asyncio.Future[Any]] = {}
        self._paused_until: dict[str, float] = {}

    def keep_in(self, database: Database) -> None:
        """Append a tier, slower than the others, in ``database``; count look-ups there, too."""
        self._tiers.append(PostgresTier(database))
        self._counts.keep_in(database)

    async def fetch(self, kind: CacheKind, keys: Sequence[str], compute: Compute) -> dict[str, Any]:
        """The value of every key; what ``compute`` raises is raised. None is a value as well."""
        found: dict[str, Any] = {}
        missing = list(dict.fromkeys(keys))
        is_first = True
        while missing:
            held = self._memory.get(missing)
            if is_first:
                self._counts.add_found(kind, self._memory.name, missing, held)
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
                    self._counts.add(kind, "in_flight", "hit")
            missing = [key for key in missing if key not in found]
        await self._counts.write()
        return found

    async def get(self, key: str) -> dict[str, Entry]:
        """The entry under ``key`` by the names of the tiers that hold it; nothing is counted.

        This and the methods below are for operators. They raise TierUnavailable: half an answer
        must not look like a whole one.
        """
        places = {self._memory.name: self._memory.get([key])}
        places |= {tier.name: await tier.get([key]) for tier in self._tiers}
        return {name: held[key] for name, held in places.items() if key in held}

    async def put(self, key: str, entry: Entry) -> None:
        """Keep ``entry`` in every tier."""
        for tier in self._tiers:
            await tier.put({key: entry})
        self._memory.put({key: entry})

    async def delete(self, keys: Sequence[str]) -> int:
        """Remove these entries; returns how many the tiers held together."""
        self._memory.delete(keys)
        return sum([await tier.delete(keys) for tier in self._tiers])

    async def clear(self, pattern: KeyPattern = EVERY_KEY) -> int:
        """Remove what ``pattern`` means; returns how many entries the tiers held together.

        Other processes hold entries in their memory for its longest time.
        """
        self._memory.clear(pattern)
        return sum([await tier.clear(pattern) for tier in self._tiers])

    async def held(self) -> dict[tuple[CacheKind, str], int]:
        """How many entries of each kind each tier holds, the memory of processes left out."""
        return {
            (kind, tier.name): await tier.count(KeyPattern(f"{kind.value}:*"))
            for kind in CacheKind
            for tier in self._tiers
        }

    async def close(self) -> None:
        """Write down what was counted, and close the tiers."""
        await self._counts.write(is_due=True)
        for tier in self._tiers:
            await tier.close()

    async def _lead(self, kind: CacheKind, keys: Sequence[str], compute: Compute) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        futures = {key: loop.create_future() for key in keys}
        self._in_flight |= futures
        try:
            held = await self._look_below(kind, keys)
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

    async def _look_below(self, kind: CacheKind, keys: Sequence[str]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for place, tier in enumerate(self._tiers):
            left = [key for key in keys if key not in found]
            if not left or self._is_paused(tier):
                continue
            try:
                held = await tier.get(left)
            except TierUnavailable:
                self._pause(kind, tier)
                continue
            self._counts.add_found(kind, tier.name, left, held)
            found |= held
            if held:
                self._memory.put(held)
                await self._put(kind, held, self._tiers[:place])
        return found

    async def _keep(self, kind: CacheKind, values: Mapping[str, Any]) -> None:
        if not values:
            return
        lifetime = self._kept_for[kind]
        entries = {
            key: Entry(
                value,
                (lifetime.negative if value is None else lifetime.positive)
                * random.uniform(1 - _JITTER, 1),  # noqa: S311 -- spreads, keeps no secret
            )
            for key, value in values.items()
        }
        self._memory.put(entries)
        await self._put(kind, entries, self._tiers)

    async def _put(
        self, kind: CacheKind, entries: Mapping[str, Entry], tiers: Sequence[Tier]
    ) -> None:
        for tier in tiers:
            if self._is_paused(tier):
                continue
            try:
                await tier.put(entries)
            except TierUnavailable:
                self._pause(kind, tier)

    def _is_paused(self, tier: Tier) -> bool:
        return time.monotonic() < self._paused_until.get(tier.name, 0.0)

    def _pause(self, kind: CacheKind, tier: Tier) -> None:
        self._counts.add(kind, tier.name, "error")
        log.warning("cache.tier_unavailable", tier=tier.name)
        self._paused_until[tier.name] = time.monotonic() + _PAUSE_SECONDS
