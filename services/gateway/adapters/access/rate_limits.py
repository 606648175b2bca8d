"""Counting what each key asks for, in this process's memory.

With several replicas each grants the quota on its own: the limit keeps one client from taking a
gateway to itself, it is not an account.
"""

import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from services.gateway.domain.access.quotas import QuotaState

REQUESTS = "requests"
SUBMISSIONS = "submissions"


class RateLimits:
    """Quotas per key and minute; a quota of 0 is none."""

    def __init__(self, *, requests_per_minute: int, submissions_per_minute: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items = {
            policy: RateLimitItemPerMinute(quota, namespace=policy)
            for policy, quota in (
                (REQUESTS, requests_per_minute),
                (SUBMISSIONS, submissions_per_minute),
            )
            if quota
        }

    async def count(self, policy: str, key_id: str) -> QuotaState | None:
        """Count one request of ``key_id``; None when the policy has no limit."""
        item = self._items.get(policy)
        if item is None:
            return None
        is_granted = await self._limiter.hit(item, key_id)
        stats = await self._limiter.get_window_stats(item, key_id)
        return QuotaState(
            policy=policy,
            quota=item.amount,
            remaining=max(int(stats.remaining), 0),
            reset_seconds=stats.reset_time - time.time(),
            is_exceeded=not is_granted,
        )
