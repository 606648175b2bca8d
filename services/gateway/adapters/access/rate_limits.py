"""Rate limits per key, counted in this process's memory.

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


class RateLimits:
    """Quotas per key and minute. A quota of 0 means no limit."""

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
