"""The status of exams, for one asker and for many at the same moment."""

import asyncio
import time
from uuid import uuid4

import httpx2
from prometheus_client import REGISTRY
from sqlalchemy import update

from examlens.client import ExamLensClient
from shared.contract.duplicates import Duplicate
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from shared.db.tables import exams
from shared.observability import metrics
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_access import bearer

#: Enough requests at once that several share a query.
ROUNDS = 20


async def submit(edge: Edge, headers: dict[str, str]) -> str:
    files = [("files", ("a", PNG))]
    answer = await edge.http.post("/exams", files=files, data={"force": "true"}, headers=headers)
    return str(answer.json()["exam_id"])


async def poll_together(
    edge: Edge, askers: dict[str, dict[str, str]]
) -> dict[str, list[httpx2.Response]]:
    """The answers to each of ``askers``, given by exam, who all ask again and again at once."""
    limits = httpx2.Limits(max_connections=len(askers) * ROUNDS)
    async with httpx2.AsyncClient(
        base_url=f"{edge.address}/api/v1", limits=limits, timeout=60
    ) as crowd:

        async def ask(exam_id: str) -> tuple[str, httpx2.Response]:
            return exam_id, await crowd.get(f"/exams/{exam_id}/status", headers=askers[exam_id])

        answers = await asyncio.gather(*(ask(exam_id) for _ in range(ROUNDS) for exam_id in askers))
    together: dict[str, list[httpx2.Response]] = {exam_id: [] for exam_id in askers}
    for exam_id, answer in answers:
        together[exam_id].append(answer)
    return together


async def ask_for_end(edge: Edge, exam_id: str, *, wait: int, **headers: str) -> httpx2.Response:
    params: dict[str, str | int] = {"wait": wait, "until": "ended"}
    return await edge.http.get(
        f"/exams/{exam_id}/status", params=params, headers=headers, timeout=90
    )


def answered_requests() -> float:
    """How many requests for a status this process has answered."""
    return sum(
        sample.value
        for metric in metrics.HTTP_REQUESTS.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels["route"].endswith("/status")
    )


async def repeat_of(edge: Edge, pipeline: Pipeline, database: Database) -> tuple[str, str]:
    """An exam that ended as a duplicate, and the one it repeats."""
    first = await edge.client.submit([PNG], force=True)
    again = await edge.client.submit([PNG + b" again"])
    async with database.transaction() as uow:
        exam = await uow.exams.get(again.exam_id)
        assert await uow.duplicates.mark(exam, Duplicate(layer=3, of=first.exam_id))
    assert (await pipeline.run(again.exam_id)).status is Status.DUPLICATE
    return again.exam_id, first.exam_id


async def test_a_duplicate_tells_its_status_while_other_tenants_poll_theirs(
    edge: Edge, pipeline: Pipeline, database: Database, new_key: NewKey
) -> None:
    strangers = [bearer(await new_key(tenant=f"tenant {uuid4()}")) for _ in range(4)]
    askers = {await submit(edge, headers): headers for headers in strangers}
    repeat, first = await repeat_of(edge, pipeline, database)
    together = await poll_together(edge, {**askers, repeat: bearer(edge.token)})
    for exam_id, answers in together.items():
        assert {answer.status_code for answer in answers} == {200}, exam_id
        assert {answer.json()["exam_id"] for answer in answers} == {exam_id}
    told = together[repeat][0].json()
    assert (told["status"], told["duplicate"]) == ("DUPLICATE", {"layer": 3, "of": first})


async def test_an_exam_that_cannot_be_read_fails_nobody_but_its_asker(
    edge: Edge, database: Database, new_key: NewKey
) -> None:
    strangers = [bearer(await new_key(tenant=f"tenant {uuid4()}")) for _ in range(4)]
    askers = {await submit(edge, headers): headers for headers in strangers}
    unreadable, *others = askers
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(exams)
            .where(exams.c.id == unreadable)
            .values(error_code="written_by_a_later_release")
        )
    together = await poll_together(edge, askers)
    assert {answer.status_code for answer in together[unreadable]} == {500}
    for exam_id in others:
        assert {answer.status_code for answer in together[exam_id]} == {200}, exam_id


async def test_waiting_for_the_end_answers_when_the_exam_has_ended_and_not_before(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge, {})
    asked = asyncio.create_task(ask_for_end(edge, exam_id, wait=60))
    await asyncio.sleep(0.2)
    await pipeline.run(exam_id, until=Stage.PARSING)
    await asyncio.sleep(0.2)
    assert not asked.done()
    await pipeline.run(exam_id)
    answer = await asyncio.wait_for(asked, 10)
    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED")
    assert "retry-after" not in answer.headers
    assert (await edge.http.get(f"/exams/{exam_id}/result")).status_code == 200


async def test_waiting_for_the_end_looks_at_no_etag_but_answers_304_when_it_ran_out_of_time(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge, {})
    old = (await edge.http.get(f"/exams/{exam_id}/status")).headers["etag"]
    await pipeline.run(exam_id, until=Stage.OCR)
    started = time.monotonic()
    unfinished = await ask_for_end(edge, exam_id, wait=1, **{"If-None-Match": old})
    assert time.monotonic() - started >= 0.9
    assert (unfinished.status_code, unfinished.json()["status"]) == (200, "OCR_COMPLETED")
    assert "retry-after" in unfinished.headers
    same = {"If-None-Match": unfinished.headers["etag"]}
    assert (await ask_for_end(edge, exam_id, wait=1, **same)).status_code == 304


async def test_waiting_for_the_end_without_time_answers_at_once(edge: Edge) -> None:
    exam_id = await submit(edge, {})
    answer = await edge.http.get(f"/exams/{exam_id}/status", params={"until": "ended"}, timeout=5)
    assert (answer.status_code, answer.json()["status"]) == (200, "UPLOADED")


async def test_an_exam_that_is_erased_ends_the_waiting_for_its_end(edge: Edge) -> None:
    exam_id = await submit(edge, {})
    asked = asyncio.create_task(ask_for_end(edge, exam_id, wait=60))
    await asyncio.sleep(0.2)
    await edge.client.delete(exam_id)
    assert (await asyncio.wait_for(asked, 10)).status_code == 404


async def test_both_clients_wait_for_the_end_with_few_requests(
    edge: Edge, pipeline: Pipeline
) -> None:
    def wait_blocking(exam_id: str) -> Status:
        with ExamLensClient(edge.address, edge.token) as client:
            return client.wait(exam_id, timeout_seconds=30).status

    exam_id = await submit(edge, {})
    waiting = asyncio.gather(
        edge.client.wait(exam_id, timeout_seconds=30), asyncio.to_thread(wait_blocking, exam_id)
    )
    # Both have asked once nothing more is answered.
    before = -1
    while before != (before := answered_requests()):  # noqa: ASYNC110 -- HTTP offers no event
        await asyncio.sleep(1.0)
    await pipeline.run(exam_id)
    ended, ended_as_well = await asyncio.wait_for(waiting, 10)
    assert ended.status is ended_as_well is Status.COMPLETED
    assert answered_requests() - before <= 2


async def test_what_is_being_answered_is_counted_by_its_kind(edge: Edge) -> None:
    exam_id = await submit(edge, {})

    def in_flight(kind: str) -> float:
        labels = {"kind": kind}
        return REGISTRY.get_sample_value("examlens_http_requests_in_flight", labels) or 0.0

    async def reaches(kind: str, count: float) -> None:
        async with asyncio.timeout(10):
            while in_flight(kind) != count:  # noqa: ASYNC110 -- the server is elsewhere
                await asyncio.sleep(0.01)

    polling = asyncio.create_task(edge.http.get(f"/exams/{exam_id}/status?wait=30"))
    async with edge.http.stream("GET", f"/exams/{exam_id}/events"):
        await reaches("stream", 1)
        await reaches("long_poll", 1)
    await reaches("stream", 0)
    assert (await edge.http.post(f"/exams/{exam_id}/cancel")).status_code == 202
    assert (await polling).json()["status"] == "CANCELLED"
    await reaches("long_poll", 0)
    await reaches("ordinary", 0)
