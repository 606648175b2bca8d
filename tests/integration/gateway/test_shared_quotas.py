"""Several gateways with one Redis grant a quota once; without it each counts by itself."""

from contextlib import AsyncExitStack

import httpx2
import pytest
from prometheus_client import REGISTRY

from examlens.servers.redis import PrivateRedis
from services.gateway.adapters.access.rate_limits import RateLimits
from services.gateway.domain.access.keys import new_token
from services.gateway.domain.access.policies import Policy
from shared.redis_client import open_redis
from tests.integration.gateway.conftest import NewKey, StartGateway
from tests.integration.gateway.test_access import bearer


def store_errors() -> float:
    return REGISTRY.get_sample_value("examlens_rate_limit_store_errors_total") or 0.0


async def two_gateways(
    stack: AsyncExitStack, start: StartGateway, **settings: object
) -> list[httpx2.AsyncClient]:
    """Clients of two gateways of one deployment."""
    return [
        await stack.enter_async_context(
            httpx2.AsyncClient(
                base_url=f"{await stack.enter_async_context(start(**settings))}/api/v1"
            )
        )
        for _ in range(2)
    ]


@pytest.mark.parametrize("is_shared", [True, False])
async def test_two_gateways_grant_a_key_its_quota_together_where_they_have_a_redis(
    start_gateway: StartGateway, new_key: NewKey, redis_server: PrivateRedis, *, is_shared: bool
) -> None:
    settings = {"requests_per_minute": 4, "redis_url": redis_server.url if is_shared else None}
    token = await new_key()
    async with AsyncExitStack() as stack:
        gateways = await two_gateways(stack, start_gateway, **settings)
        answers = [await gateways[n % 2].get("/exams", headers=bearer(token)) for n in range(6)]
    granted = [answer.status_code == 200 for answer in answers]
    assert granted == ([True] * 4 + [False] * 2 if is_shared else [True] * 6)
    left = [answer.headers["ratelimit"].split(";")[1] for answer in answers[:4]]
    assert left == (["r=3", "r=2", "r=1", "r=0"] if is_shared else ["r=3", "r=3", "r=2", "r=2"])


async def test_wrong_keys_of_an_address_are_counted_by_all_gateways_together(
    start_gateway: StartGateway, redis_server: PrivateRedis
) -> None:
    settings = {"wrong_keys_per_minute": 3, "redis_url": redis_server.url}
    async with AsyncExitStack() as stack:
        gateways = await two_gateways(stack, start_gateway, **settings)
        codes = []
        for n in range(5):
            headers = bearer(new_token()[0]) | {"X-Forwarded-For": "203.0.113.77"}
            codes.append((await gateways[n % 2].get("/exams", headers=headers)).status_code)
    assert codes == [401, 401, 401, 429, 429]


async def test_each_group_of_routes_has_a_quota_of_its_own(
    start_gateway: StartGateway, new_key: NewKey
) -> None:
    quotas = {f"{group}_per_minute": 1 for group in ("requests", "polls", "downloads", "changes")}
    exam = "/exams/00000000-0000-4000-8000-00000000000a"
    asked = (
        ("GET", "/exams", "requests"),
        ("GET", f"{exam}/status", "polls"),
        ("GET", f"{exam}/events", "polls"),
        ("GET", f"{exam}/report.pdf", "downloads"),
        ("GET", f"{exam}/pages/1", "downloads"),
        ("POST", f"{exam}/cancel", "changes"),
        ("DELETE", exam, "changes"),
    )
    async with (
        start_gateway(**quotas) as address,
        httpx2.AsyncClient(base_url=f"{address}/api/v1") as http,
    ):
        for method, path, group in asked:
            token = await new_key()
            await http.request(method, path, headers=bearer(token))
            refused = await http.request(method, path, headers=bearer(token))
            assert refused.status_code == 429, path
            assert refused.headers["ratelimit-policy"] == f'"{group}";q=1;w=60', path


async def test_a_gateway_goes_on_counting_by_itself_while_redis_is_away(
    redis_server: PrivateRedis,
) -> None:
    limits = RateLimits({Policy.REQUESTS: 2}, redis_url=redis_server.url)
    try:
        assert (await _granted(limits, "before")) == [True, True, False]
        redis_server.stop()
        errors = store_errors()
        assert (await _granted(limits, "away")) == [True, True, False]
        # It is left alone for a while instead of being waited for with every request.
        assert store_errors() == errors + 1
    finally:
        redis_server.start()
        await limits.close()


@pytest.mark.parametrize("kind", ["redis_cluster", "redis_sentinel"])
async def test_quotas_are_shared_through_a_cluster_and_through_sentinels(
    request: pytest.FixtureRequest, kind: str
) -> None:
    url, errors = request.getfixturevalue(kind), store_errors()
    one, other = (RateLimits({Policy.REQUESTS: 2}, redis_url=url) for _ in range(2))
    # Names on every node of the cluster.
    for name in map(str, range(20)):
        granted = []
        for limits in (one, other, one):
            state = await limits.count(Policy.REQUESTS, f"{kind}{name}")
            assert state is not None
            granted.append(not state.is_exceeded)
        assert granted == [True, True, False]
    assert store_errors() == errors
    await one.close()
    await other.close()


async def _granted(limits: RateLimits, name: str) -> list[bool]:
    states = [await limits.count(Policy.REQUESTS, name) for _ in range(3)]
    return [state is not None and not state.is_exceeded for state in states]


@pytest.mark.parametrize(
    "url", ["http://h", "redis+ring://h", "redis+cluster://", "redis+sentinel://h:1"]
)
def test_an_address_of_no_redis_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        open_redis(url, max_connections=1, patience_seconds=1.0)
