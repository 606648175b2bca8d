"""Rate limits and backpressure over real HTTP."""

import asyncio
import io
import zipfile
from uuid import uuid4

import httpx2

from services.gateway.domain.access.keys import Scope
from tests.integration.gateway.conftest import Edge, NewKey, StartGateway
from tests.integration.gateway.pipeline import PNG
from tests.integration.gateway.test_access import bearer


def zipped(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("s1.png", content)
    return made.getvalue()


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


async def test_a_tenant_that_fills_the_backlog_keeps_nobody_else_out(
    start_gateway: StartGateway, new_key: NewKey
) -> None:
    eager, other = await new_key(), await new_key(tenant=f"another school {uuid4()}")
    async with (
        start_gateway(max_unfinished_exams=6) as address,
        httpx2.AsyncClient(base_url=address) as http,
    ):
        for _ in range(6):
            await submit(http, eager)
        await asyncio.sleep(1.1)
        assert (await submit(http, eager)).status_code == 503
        assert (await submit(http, other)).status_code == 202


async def test_urgent_work_needs_a_scope(start_gateway: StartGateway, new_key: NewKey) -> None:
    plain, hurried = await new_key(Scope.SUBMIT), await new_key(Scope.SUBMIT, Scope.URGENT)
    async with (
        start_gateway() as address,
        httpx2.AsyncClient(base_url=f"{address}/api/v1") as http,
    ):

        async def ask(token: str, path: str, priority: str) -> httpx2.Response:
            files = [("files", ("a", PNG if path == "/exams" else zipped(PNG)))]
            form = {"force": "true", "priority": priority}
            return await http.post(path, files=files, data=form, headers=bearer(token))

        for path in ("/exams", "/batches"):
            refused = await ask(plain, path, "urgent")
            assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope"), path
            assert refused.json()["scope"] == "urgent"
        assert (await ask(plain, "/exams", "high")).status_code == 202
        assert (await ask(hurried, "/exams", "urgent")).status_code == 202


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
