"""The audit trail over real HTTP."""

from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_access import KEY_DOCUMENT, bearer


async def test_acts_are_written_down_and_outlive_their_subject(
    edge: Edge, pipeline: Pipeline, new_key: NewKey
) -> None:
    paper_id = (await edge.http.post("/papers", json=KEY_DOCUMENT)).json()["paper_id"]
    exam_id = (await edge.client.submit([PNG], student_ref="s-secret")).exam_id
    await edge.client.submit([PNG], student_ref="s-secret")  # a duplicate: nothing was done
    await edge.client.cancel(exam_id)
    await edge.client.retry(exam_id)
    await pipeline.run(exam_id)
    await edge.http.patch(
        f"/exams/{exam_id}/questions/2",
        json={"student_answer": "the secret answer"},
        headers={"If-Match": "*"},
    )
    erased = await edge.http.delete(f"/exams/{exam_id}")
    trail = await edge.client.audit()
    assert [(entry.action, entry.subject_id) for entry in trail.items] == [
        ("exam.erased", exam_id),
        ("exam.corrected", exam_id),
        ("exam.retried", exam_id),
        ("exam.cancelled", exam_id),
        ("exam.submitted", exam_id),
        ("paper.created", paper_id),
    ]
    assert {entry.key_id for entry in trail.items} == {edge.token.split("_")[1]}
    assert trail.items[0].trace_id == erased.headers["x-trace-id"]
    assert "secret" not in trail.model_dump_json()
    stranger = bearer(await new_key(tenant="a school of others"))
    assert (await edge.http.get("/audit", headers=stranger)).json()["items"] == []


async def test_the_trail_is_paged(edge: Edge) -> None:
    for _ in range(3):
        await edge.http.post("/papers", json=KEY_DOCUMENT)
    first = await edge.client.audit(limit=2)
    rest = await edge.client.audit(limit=2, before=first.next)
    assert (len(first.items), len(rest.items), rest.next) == (2, 1, None)
    ids = [entry.id for entry in (*first.items, *rest.items)]
    assert ids == sorted(ids, reverse=True)
