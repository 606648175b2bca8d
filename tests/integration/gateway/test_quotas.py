"""Rate limits and backpressure over real HTTP."""

import asyncio

import httpx2

from tests.integration.gateway.conftest import Edge, NewKey, StartGateway
from tests.integration.gateway.pipeline import PNG
from tests.integration.gateway.test_access import bearer


async def submit(http: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await http.post(
        "/api/v1/exams",
        files=[("files", ("a", PNG))],
        data={"force": "true"},
        headers=bearer(token),
    )


async def test_a_key_that_asks_too_often_is_told_when_to_come_back(
    start_gateway: StartGateway, new_key: NewKey
) -> None:
    eager, other = await new_key(), await new_key()
    limits = {"requests_per_minute": 5, "submissions_per_minute": 2}
    async with (
        start_gateway(**limits) as address,
        httpx2.AsyncClient(base_url=address) as http,
    ):
        answers = [await http.get("/api/v1/exams", headers=bearer(eager)) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[0].headers["ratelimit-policy"] == '"requests";q=5;w=60'
        assert answers[0].headers["ratelimit"].startswith('"requests";r=4;t=')
        refused = answers[-1]
        assert refused.json()["code"] == "rate_limited"
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["ratelimit"].startswith('"requests";r=0;t=')
        assert (await http.get("/api/v1/exams", headers=bearer(other))).status_code == 200
        # Submissions have a quota of their own.
        codes = [(await submit(http, eager)).status_code for _ in range(3)]
        assert codes == [202, 202, 429]


async def test_no_limit_means_no_header(start_gateway: StartGateway, new_key: NewKey) -> None:
    async with (
        start_gateway(requests_per_minute=0) as address,
        httpx2.AsyncClient(base_url=address) as http,
    ):
        answer = await http.get("/api/v1/exams", headers=bearer(await new_key()))
    assert answer.status_code == 200
    assert "ratelimit" not in answer.headers


async def test_a_wrong_key_is_not_counted(edge: Edge) -> None:
    answer = await edge.http.get("/exams", headers={"Authorization": "Bearer exl_no_no"})
    assert "ratelimit" not in answer.headers
    assert "ratelimit" in (await edge.http.get("/exams")).headers


async def test_a_full_backlog_refuses_submissions_and_nothing_else(
    start_gateway: StartGateway, new_key: NewKey
) -> None:
    token = await new_key()
    async with (
        start_gateway(max_unfinished_exams=1) as address,
        httpx2.AsyncClient(base_url=address) as http,
    ):
        await submit(http, token)
        # The count is a second old at the most.
        await asyncio.sleep(1.1)
        refused = await submit(http, token)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert int(refused.headers["retry-after"]) > 0
        assert (await http.get("/api/v1/exams", headers=bearer(token))).status_code == 200
