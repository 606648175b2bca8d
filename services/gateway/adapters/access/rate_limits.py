"""Rate limits per key, and per address for wrong keys and sign-ins, in this process's memory.

Each replica grants the quota on its own. The limit keeps one client from taking a gateway to
itself; it accounts for nothing.
"""

import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from services.gateway.domain.access.quotas import QuotaState

REQUESTS = "requests"
SUBMISSIONS = "submissions"
WRONG_KEYS = "wrong-keys"
SIGN_INS = "sign-ins"


class RateLimits:
    """Quotas per key or address and minute. A quota of 0 means no limit."""

    def __init__(
        self,
        *,
        requests_per_minute: int,
        submissions_per_minute: int,
        wrong_keys_per_minute: int,
        sign_ins_per_minute: int,
    ) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items = {
            policy: RateLimitItemPerMinute(quota, namespace=policy)
            for policy, quota in (
                (REQUESTS, requests_per_minute),
                (SUBMISSIONS, submissions_per_minute),
                (WRONG_KEYS, wrong_keys_per_minute),
                (SIGN_INS, sign_ins_per_minute),
            )
            if quota
        }

    async def count(self, policy: str, name: str) -> QuotaState | None:
        """Count one request of ``name``; None when the policy has no limit."""
        item = self._items.get(policy)
        if item is None:
            return None
        return await self._state(item, name, is_granted=await self._limiter.hit(item, name))

    async def look(self, policy: str, name: str) -> QuotaState | None:
        """Whether ``name`` has used its quota up, without counting; None as above."""
        item = self._items.get(policy)
        if item is None:
            return None
        return await self._state(item, name, is_granted=await self._limiter.test(item, name))

    async def _state(
        self, item: RateLimitItemPerMinute, name: str, *, is_granted: bool
    ) -> QuotaState:
        stats = await self._limiter.get_window_stats(item, name)
        return QuotaState(
            policy=item.namespace,
            quota=item.amount,
            remaining=max(int(stats.remaining), 0),
            reset_seconds=stats.reset_time - time.time(),
            is_exceeded=not is_granted,
        )
