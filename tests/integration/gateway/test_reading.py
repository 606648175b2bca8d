"""Asking for status, results, reports and pages over real HTTP."""

import asyncio
import time
from datetime import UTC, datetime

import httpx2
import pytest

from examlens.client import ExamLensError
from shared.contract.exams import ArtefactKind
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.stages import Stage, Status
from tests.integration.gateway.conftest import Edge
from tests.integration.gateway.pipeline import PNG, REPORT_HTML, REPORT_PDF, Pipeline


async def submit(edge: Edge, **fields: str) -> str:
    return (await edge.client.submit([PNG], force=True, **fields)).exam_id


async def test_status_tells_of_every_stage_while_it_runs(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id, until=Stage.INGEST)
    status = await edge.client.status(exam_id)
    stages = {stage.stage: stage for stage in status.stages}
    assert list(stages) == list(Stage)
    assert stages[Stage.INGEST].state == "done"
    assert (stages[Stage.OCR].state, stages[Stage.OCR].tasks) == ("pending", 2)
    assert stages[Stage.PARSING].state == "waiting"
    assert status.current_step is Stage.OCR
    assert status.queue_position is not None
    assert status.queue_position >= 1
    assert status.estimated_remaining_time >= 1
    await pipeline.run(exam_id)
    ended = await edge.client.status(exam_id)
    assert (ended.status, ended.progress, ended.estimated_remaining_time) == (
        Status.COMPLETED,
        100,
        0,
    )
    assert (ended.current_step, ended.queue_position) == (None, None)
    assert ended.completed_at is not None
    assert ended.completed_at <= datetime.now(UTC)
    assert all(stage.state == "done" for stage in ended.stages)


async def test_more_urgent_and_older_exams_go_first_in_the_queue(edge: Edge) -> None:
    low = await submit(edge, priority="low")
    first = await submit(edge, priority="high")
    second = await submit(edge, priority="high")
    positions = [
        (await edge.client.status(exam_id)).queue_position for exam_id in (first, second, low)
    ]
    # Other tests' exams may wait as well; the order is what counts.
    assert positions == sorted(positions)  # type: ignore[type-var]
    assert len(set(positions)) == 3


async def test_a_failed_exam_says_why_in_the_asked_language(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await submit(edge, language="en")
    pipeline.fails[Stage.INGEST, 0] = PermanentFailure(FailureCode.ENCRYPTED_PDF)
    await pipeline.run(exam_id, until=Stage.INGEST)
    status = await edge.client.status(exam_id)
    assert (status.status, status.error_code) == (Status.FAILED, FailureCode.ENCRYPTED_PDF)
    assert status.error_message is not None
    assert "password" in status.error_message
    chinese = await edge.http.get(f"/exams/{exam_id}/status", headers={"Accept-Language": "zh"})
    assert "密码" in chinese.json()["error_message"]
    assert {s["stage"]: s["state"] for s in chinese.json()["stages"]}["ingest"] == "failed"
    with pytest.raises(ExamLensError) as caught:
        await edge.client.result(exam_id)
    assert caught.value.code == "exam_ended"
    assert caught.value.problem["error_code"] == "encrypted_pdf"


async def test_a_long_poll_answers_as_soon_as_the_exam_changes(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge)
    asked = time.monotonic()
    waiting = asyncio.create_task(
        edge.http.get(f"/exams/{exam_id}/status", params={"wait": 20}, timeout=30)
    )
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await pipeline.run(exam_id, until=Stage.INGEST)
    answer = await waiting
    assert time.monotonic() - asked < 5
    assert answer.json()["current_step"] == "ocr"


async def test_a_long_poll_misses_no_change_between_two_calls(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge)
    first = await edge.http.get(f"/exams/{exam_id}/status")
    await pipeline.run(exam_id, until=Stage.INGEST)
    seen = {"If-None-Match": first.headers["etag"]}
    started = time.monotonic()
    second = await edge.http.get(f"/exams/{exam_id}/status", params={"wait": 20}, headers=seen)
    assert time.monotonic() - started < 2
    assert second.status_code == 200
    seen = {"If-None-Match": second.headers["etag"]}
    unchanged = await edge.http.get(f"/exams/{exam_id}/status", params={"wait": 1}, headers=seen)
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_the_client_waits_until_the_exam_has_ended(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await submit(edge)
    seen: list[int] = []
    waiting = asyncio.create_task(
        edge.client.wait(
            exam_id, timeout_seconds=20, on_change=lambda status: seen.append(status.progress)
        )
    )
    await asyncio.sleep(0.1)
    await pipeline.run(exam_id)
    assert (await waiting).status is Status.COMPLETED
    assert seen == sorted(seen)
    assert seen[-1] == 100


async def test_the_listener_recovers_when_its_connection_is_cut(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge)
    async with pipeline.database.transaction() as uow:
        await uow.connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
    waiting = asyncio.create_task(
        edge.http.get(f"/exams/{exam_id}/status", params={"wait": 20}, timeout=30)
    )
    await asyncio.sleep(1.5)
    await pipeline.run(exam_id, until=Stage.INGEST)
    async with asyncio.timeout(8):
        assert (await waiting).json()["current_step"] == "ocr"


async def test_a_result_has_an_etag_and_is_not_there_before_its_time(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge, student_ref="s-1")
    early = await edge.http.get(f"/exams/{exam_id}/result")
    assert (early.status_code, early.json()["code"]) == (409, "not_finished")
    assert "retry-after" in early.headers
    await pipeline.run(exam_id)
    result = await edge.client.result(exam_id)
    assert (result.exam_id, result.run, result.student_ref) == (exam_id, 1, "s-1")
    assert result.score.ungraded == 1
    assert result.versions["reader"] == "fake 1"
    assert set(result.timings) == set(Stage)
    answer = await edge.http.get(f"/exams/{exam_id}/result")
    seen = {"If-None-Match": answer.headers["etag"]}
    assert (await edge.http.get(f"/exams/{exam_id}/result", headers=seen)).status_code == 304


async def test_reports_are_served_whole_in_part_and_conditionally(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id)
    assert await edge.client.artefact(exam_id, ArtefactKind.REPORT_HTML) == REPORT_HTML
    path = f"/exams/{exam_id}/report.pdf"

    async def get(**headers: str) -> httpx2.Response:
        return await edge.http.get(path, headers=headers)

    whole = await get()
    assert whole.content == REPORT_PDF
    assert whole.headers["content-type"] == "application/pdf"
    part = await get(Range="bytes=5-9")
    assert (part.status_code, part.content) == (206, REPORT_PDF[5:10])
    assert part.headers["content-range"] == f"bytes 5-9/{len(REPORT_PDF)}"
    assert (await get(Range="bytes=-4")).content == REPORT_PDF[-4:]
    beyond = await get(Range="bytes=99999-")
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{len(REPORT_PDF)}"
    etag = whole.headers["etag"]
    assert (await get(**{"If-None-Match": etag})).status_code == 304
    assert (await get(**{"Range": "bytes=0-0", "If-Range": etag})).status_code == 206
    assert (await get(**{"Range": "bytes=0-0", "If-Range": '"old"'})).status_code == 200
    html = await edge.http.get(f"/exams/{exam_id}/report.html")
    assert "default-src 'none'" in html.headers["content-security-policy"]
    missing = await edge.http.get(f"/exams/{exam_id}/practice.pdf")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_page_images_are_served_by_number(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id, until=Stage.INGEST)
    assert await edge.client.page(exam_id, 2) == PNG
    answer = await edge.http.get(f"/exams/{exam_id}/pages/1")
    assert answer.headers["content-type"] == "image/png"
    assert (await edge.http.get(f"/exams/{exam_id}/pages/3")).status_code == 404
    assert (await edge.http.get(f"/exams/{exam_id}/pages/0")).status_code == 422


async def test_the_list_is_paged_and_filtered(edge: Edge, pipeline: Pipeline) -> None:
    ids = [await submit(edge, student_ref=f"s-{number % 2}") for number in range(5)]
    await pipeline.run(ids[0])
    found = [exam.exam_id async for exam in edge.client.all_exams(limit=2)]
    assert found == ids[::-1]
    first = await edge.http.get("/exams", params={"limit": 2, "student_ref": "s-0"})
    assert [item["exam_id"] for item in first.json()["items"]] == [ids[4], ids[2]]
    link = first.headers["link"]
    assert link.endswith('; rel="next"')
    following = await edge.http.get(edge.address + link.split(">")[0].removeprefix("<"))
    assert [item["exam_id"] for item in following.json()["items"]] == [ids[0]]
    assert "link" not in following.headers
    completed = await edge.client.exams(status=Status.COMPLETED)
    assert [exam.exam_id for exam in completed.items] == [ids[0]]
    assert "report.pdf" in completed.items[0].links
    broken = await edge.http.get("/exams", params={"cursor": "nonsense"})
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_cursor")
