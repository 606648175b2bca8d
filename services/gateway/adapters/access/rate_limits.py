"""Rate limits per key and group of routes, and per address for wrong keys and sign-ins.

Where a Redis is configured all gateways count there together. Without one, and while it does not
answer, each process counts in its own memory, so that the quota is granted by each.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import cast

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.typing import AsyncRedisClient

from services.gateway.domain.access.policies import Policy
from services.gateway.domain.access.quotas import QuotaState
from shared.observability.log_setup import error_site
from shared.observability.metrics import RATE_LIMIT_STORE_ERRORS
from shared.redis_client import REDIS_ERRORS, RedisClient, open_redis

log = structlog.get_logger(__name__)

#: Not one of the caches' keys, which an operator may clear.
_KEY_PREFIX = "examlens-limits"
#: A request waits no longer than this for the common count.
_PATIENCE_SECONDS = 0.5
#: How long a Redis that did not answer is left alone.
_PAUSE_SECONDS = 10.0


class _SharedStorage(RedisStorage):
    """Counts through a client that is given, which may be one of a cluster or of sentinels."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        super().__init__("async+redis://", implementation="redispy", key_prefix=_KEY_PREFIX)

    def configure_bridge(self) -> None:
        """Called when the storage is made, in place of connecting to an address."""
        bridge, client = cast(RedispyBridge, self.bridge), cast(AsyncRedisClient, self._client)
        bridge.storage = client
        bridge.connection_getter = lambda _: client


class RateLimits:
    """Quotas per policy, name (a key or an address) and minute. A quota of 0 means no limit."""

    def __init__(
        self,
        quotas: Mapping[Policy, int],
        *,
        redis_url: str | None = None,
        max_connections: int = 50,
    ) -> None:
        self._items = {
            policy: RateLimitItemPerMinute(quota, namespace=policy)
            for policy, quota in quotas.items()
            if quota
        }
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._redis = (
            None
            if redis_url is None
            else open_redis(
                redis_url, max_connections=max_connections, patience_seconds=_PATIENCE_SECONDS
            )
        )
        self._common = (
            None
            if self._redis is None
            else SlidingWindowCounterRateLimiter(_SharedStorage(self._redis))
        )
        # A node of a cluster refuses more connections where a single server lets them wait.
        self._turns = asyncio.Semaphore(max_connections)
        self._paused_until = 0.0

    async def count(self, policy: Policy, name: str) -> QuotaState | None:
        """Count one request of ``name``; None when the policy has no limit."""
        return await self._ask(policy, name, is_counted=True)

    async def look(self, policy: Policy, name: str) -> QuotaState | None:
        """Whether ``name`` has used its quota up, without counting; None as above."""
        return await self._ask(policy, name, is_counted=False)

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _ask(self, policy: Policy, name: str, *, is_counted: bool) -> QuotaState | None:
        item = self._items.get(policy)
        if item is None:
            return None
        if self._common is not None and time.monotonic() >= self._paused_until:
            try:
                async with self._turns:
                    return await _state(self._common, item, name, is_counted=is_counted)
            except REDIS_ERRORS as error:
                RATE_LIMIT_STORE_ERRORS.inc()
                log.warning("rate_limits.redis_unavailable", error=error_site(error))
                self._paused_until = time.monotonic() + _PAUSE_SECONDS
        return await _state(self._own, item, name, is_counted=is_counted)


async def _state(
    limiter: SlidingWindowCounterRateLimiter,
    item: RateLimitItemPerMinute,
    name: str,
    *,
    is_counted: bool,
) -> QuotaState:
    ask = limiter.hit if is_counted else limiter.test
    is_granted = await ask(item, name)
    stats = await limiter.get_window_stats(item, name)
    return QuotaState(
        policy=item.namespace,
        quota=item.amount,
        remaining=max(int(stats.remaining), 0),
        reset_seconds=stats.reset_time - time.time(),
        is_exceeded=not is_granted,
    )
