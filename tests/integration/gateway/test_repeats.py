"""Requests and submissions that come more than once."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.stages import Stage
from shared.db.database import Database
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_access import KEY_DOCUMENT, bearer
from tests.integration.gateway.test_submission import files_on_disk

OTHER = PNG + b"another sheet"


async def post(
    edge: Edge, content: bytes = PNG, *, key: str | None = None, **fields: Any
) -> httpx2.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    files = [("files", ("a", content))]
    return await edge.http.post("/exams", files=files, data=fields, headers=headers, timeout=60)


async def own_exams(edge: Edge) -> list[str]:
    return [exam.exam_id async for exam in edge.client.all_exams(limit=100)]


async def new_paper(edge: Edge) -> str:
    return str((await edge.http.post("/papers", json=KEY_DOCUMENT)).json()["paper_id"])


async def test_a_repeated_request_is_answered_again_and_served_once(
    edge: Edge, tmp_path: Path
) -> None:
    first = await post(edge, key="k-1", force="true")
    again = await post(edge, key="k-1", force="true")
    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(await own_exams(edge)) == 1
    assert len(files_on_disk(tmp_path)) == 1


async def test_a_key_stands_for_one_request_only(edge: Edge, tmp_path: Path) -> None:
    await post(edge, key="k-1")
    for answer in (
        await post(edge, OTHER, key="k-1"),
        await post(edge, key="k-1", subject="数学"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert len(await own_exams(edge)) == 1
    assert len(files_on_disk(tmp_path)) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "with space"])
async def test_a_malformed_key_is_refused(edge: Edge, key: str) -> None:
    answer = await post(edge, key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")


async def test_a_refused_request_gives_its_key_back(edge: Edge) -> None:
    assert (await post(edge, b"text", key="k-1")).status_code == 415
    assert (await post(edge, PNG, key="k-1")).status_code == 202


async def test_keys_of_different_tenants_do_not_meet(edge: Edge, new_key: NewKey) -> None:
    stranger = bearer(await new_key(tenant="a school elsewhere"))
    first = await post(edge, key="shared")
    files = [("files", ("a", PNG))]
    headers = {**stranger, "Idempotency-Key": "shared"}
    other = await edge.http.post("/exams", files=files, headers=headers)
    assert other.status_code == 202
    assert other.json()["exam_id"] != first.json()["exam_id"]


async def test_a_request_in_flight_is_not_served_twice_and_one_whose_process_died_is(
    edge: Edge, database: Database
) -> None:
    tenant_id = None
    async with database.transaction() as uow:
        key_row = await uow.api_keys.find(edge.token.split("_")[1])
        assert key_row is not None
        tenant_id = key_row.tenant_id
        dead = await uow.idempotency.take(tenant_id, "k-1", 60)
        assert dead is not None
    answer = await post(edge, key="k-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert "retry-after" in answer.headers
    async with database.transaction() as uow:
        statement = text("UPDATE idempotency_keys SET held_until = now() WHERE tenant_id = :id")
        await uow.connection.execute(statement, {"id": tenant_id})
    assert (await post(edge, key="k-1")).status_code == 202
    async with database.transaction() as uow:
        # The one that was taken over can no longer finish.
        assert not await uow.idempotency.finish(tenant_id, "k-1", dead, "f" * 64, {})


async def test_many_simultaneous_requests_with_one_key_make_one_exam(edge: Edge) -> None:
    answers = await asyncio.gather(*(post(edge, key="k-1", force="true") for _ in range(20)))
    codes = {answer.status_code for answer in answers}
    assert codes <= {202, 409}
    taken = {answer.json()["exam_id"] for answer in answers if answer.status_code == 202}
    assert list(taken) == await own_exams(edge)


async def test_the_same_bytes_again_name_the_first_exam(edge: Edge, tmp_path: Path) -> None:
    first = await post(edge, student_ref="s-1")
    again = await post(edge, student_ref="s-1", subject="数学")
    exam_id = first.json()["exam_id"]
    assert (again.status_code, again.json()["exam_id"]) == (200, exam_id)
    assert again.json()["duplicate"] == {"layer": 1, "of": exam_id}
    assert again.headers["location"] == f"/api/v1/exams/{exam_id}"
    assert first.json()["duplicate"] is None
    assert await own_exams(edge) == [exam_id]
    assert len(files_on_disk(tmp_path)) == 1


async def test_force_takes_a_duplicate_all_the_same(edge: Edge) -> None:
    first = await post(edge)
    forced = await post(edge, force="true")
    assert forced.status_code == 202
    assert forced.json()["exam_id"] != first.json()["exam_id"]
    assert (await post(edge)).json()["duplicate"]["of"] == first.json()["exam_id"]


async def test_another_student_paper_or_tenant_is_no_duplicate(edge: Edge, new_key: NewKey) -> None:
    papers = [await new_paper(edge), await new_paper(edge)]
    answers = [
        await post(edge),
        await post(edge, OTHER),
        await post(edge, student_ref="s-1"),
        await post(edge, student_ref="s-2"),
        await post(edge, paper_id=papers[0]),
        await post(edge, paper_id=papers[1]),
    ]
    stranger = bearer(await new_key(tenant="a school abroad"))
    files = [("files", ("a", PNG))]
    answers.append(await edge.http.post("/exams", files=files, headers=stranger))
    assert [answer.status_code for answer in answers] == [202] * 7


async def test_the_same_paper_student_and_sitting_are_a_duplicate_whatever_the_bytes(
    edge: Edge,
) -> None:
    who = {"paper_id": await new_paper(edge), "student_ref": "s-1"}
    first = await post(edge, PNG, **who)
    again = await post(edge, OTHER, **who)
    assert again.json()["duplicate"] == {"layer": 2, "of": first.json()["exam_id"]}
    retake = await post(edge, OTHER, sitting="second", **who)
    assert retake.status_code == 202
    other_student = await post(edge, OTHER, paper_id=who["paper_id"], student_ref="s-2")
    assert other_student.status_code == 202


async def test_an_exam_that_failed_or_was_erased_blocks_nobody(
    edge: Edge, pipeline: Pipeline
) -> None:
    first = (await post(edge)).json()["exam_id"]
    pipeline.fails[Stage.INGEST, 0] = PermanentFailure(FailureCode.BROKEN_IMAGE)
    await pipeline.run(first, until=Stage.INGEST)
    second = await post(edge)
    assert second.status_code == 202
    assert (await post(edge)).json()["duplicate"]["of"] == second.json()["exam_id"]
    await edge.client.delete(second.json()["exam_id"])
    assert (await post(edge)).status_code == 202


async def test_a_hundred_simultaneous_identical_submissions_make_one_exam(
    edge: Edge, tmp_path: Path
) -> None:
    async with httpx2.AsyncClient(
        base_url=f"{edge.address}/api/v1",
        headers=bearer(edge.token),
        limits=httpx2.Limits(max_connections=100),
        timeout=120,
    ) as crowd:
        answers = await asyncio.gather(
            *(crowd.post("/exams", files=[("files", ("a", PNG))]) for _ in range(100))
        )
    taken = [answer for answer in answers if answer.status_code == 202]
    named = [answer for answer in answers if answer.status_code == 200]
    assert (len(taken), len(named)) == (1, 99)
    exam_id = taken[0].json()["exam_id"]
    assert {answer.json()["duplicate"]["of"] for answer in named} == {exam_id}
    assert await own_exams(edge) == [exam_id]
    assert len(files_on_disk(tmp_path)) == 1
