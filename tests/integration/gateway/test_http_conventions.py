"""What HTTP itself promises of every address (RFC 9110), over real HTTP."""

import pytest

from tests.integration.gateway.conftest import Edge
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_submission import KEY


async def finished(edge: Edge, pipeline: Pipeline) -> str:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    await pipeline.run(exam_id)
    return exam_id


@pytest.mark.parametrize("path", ["", "/status", "/result", "/report.pdf", "/report.html"])
async def test_head_answers_like_get_without_the_content(
    edge: Edge, pipeline: Pipeline, path: str
) -> None:
    address = f"/exams/{await finished(edge, pipeline)}{path}"
    whole, head = await edge.http.get(address), await edge.http.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag"):
        assert head.headers.get(name) == whole.headers.get(name), name


async def test_head_is_refused_where_get_is_and_on_a_stream(edge: Edge) -> None:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    cancel = await edge.http.head(f"/exams/{exam_id}/cancel")
    assert (cancel.status_code, cancel.headers["allow"]) == (405, "POST")
    events = await edge.http.head(f"/exams/{exam_id}/events")
    assert (events.status_code, events.headers["allow"]) == (405, "GET")
    assert (await edge.http.head("/exams/nothing")).status_code == 404
    refused = await edge.http.head(f"/exams/{exam_id}", headers={"Authorization": "Bearer x"})
    assert (refused.status_code, refused.content) == (401, b"")


async def test_allow_names_head_wherever_it_names_get(edge: Edge) -> None:
    answer = await edge.http.put("/exams")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_a_paper_that_has_not_changed_is_not_sent_again(edge: Edge) -> None:
    paper = await edge.client.create_paper(KEY)
    address = f"/papers/{paper.paper_id}"
    first = await edge.http.get(address)
    seen = {"If-None-Match": first.headers["etag"]}
    assert (await edge.http.get(address, headers=seen)).status_code == 304
    await edge.client.replace_paper(paper.paper_id, KEY)
    assert (await edge.http.get(address, headers=seen)).status_code == 200


async def test_nothing_that_needs_a_key_is_kept_by_a_cache_that_does_not_ask(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await finished(edge, pipeline)
    paper = await edge.client.create_paper(KEY)
    for path in (
        "/exams",
        f"/exams/{exam_id}",
        f"/exams/{exam_id}/status",
        f"/exams/{exam_id}/questions",
        f"/papers/{paper.paper_id}",
        "/papers",
        "/review",
        "/queues",
        "/audit",
    ):
        kept = (await edge.http.get(path)).headers["cache-control"]
        assert kept in {"no-store", "private, no-cache"}, path


async def test_what_is_told_in_a_language_says_that_it_varies(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await finished(edge, pipeline)
    status = await edge.http.get(f"/exams/{exam_id}/status")
    assert status.headers["vary"] == "Accept-Language"
