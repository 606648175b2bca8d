"""Correcting what was read or graded, over real HTTP."""

import asyncio
from typing import Any

import httpx2
import pytest

from examlens.client import ExamLensError
from services.gateway.domain.access.keys import Scope
from shared.contract.api.questions import CorrectionRequest
from shared.contract.corrections import effective_changes
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.questions import Verdict
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from shared.db.repositories.outbox import DispatchRules
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_access import bearer
from tests.integration.gateway.test_runs import tasks_of_run
from tests.integration.messaging.conftest import settle


async def completed(edge: Edge, pipeline: Pipeline) -> str:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    await pipeline.run(exam_id)
    return exam_id


async def patch(edge: Edge, exam_id: str, body: Any, **headers: str) -> httpx2.Response:
    return await edge.http.patch(f"/exams/{exam_id}/questions/2", json=body, headers=headers)


async def test_a_correction_scores_again_without_reading_again(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await completed(edge, pipeline)
    question = await edge.client.question(exam_id, 2)
    assert (question.question.verdict, question.corrections) == (Verdict.NEEDS_REVIEW, ())
    status = await edge.client.correct(question, CorrectionRequest(student_answer="C"))
    assert (status.run, status.status, status.current_step) == (2, Status.PARSED, Stage.ANALYSIS)
    assert await tasks_of_run(pipeline.database, exam_id, 2) == [("analysis", 0)]
    done = await pipeline.run(exam_id)
    assert (done.status, done.run) == (Status.COMPLETED, 2)
    assert {run for run, _ in pipeline.read_pages} == {1}
    assert (await edge.client.result(exam_id)).run == 2
    assert (await edge.client.result(exam_id, run=1)).run == 1
    old = await edge.http.get(f"/exams/{exam_id}/report.pdf", params={"run": 1})
    assert old.status_code == 200


async def test_who_corrected_what_and_when_is_kept(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await completed(edge, pipeline)
    for score in (1.5, 2.0):
        question = await edge.client.question(exam_id, 2)
        await edge.client.correct(question, CorrectionRequest(score=score))
    question = await edge.client.question(exam_id, 2)
    assert [made.change.score for made in question.corrections] == [1.5, 2.0]
    assert [made.change.verdict for made in question.corrections] == [
        Verdict.PARTIAL,
        Verdict.CORRECT,
    ]
    assert {made.key_id for made in question.corrections} == {edge.token.split("_")[1]}
    assert [made.run for made in question.corrections] == [2, 3]
    async with pipeline.database.transaction() as uow:
        effective = effective_changes(await uow.corrections.list(exam_id))
    assert (effective[2].score, effective[2].verdict) == (2.0, Verdict.CORRECT)
    # The second correction superseded the run that the first had begun.
    assert (await pipeline.run(exam_id)).run == 3


async def test_a_run_that_a_correction_supersedes_leaves_no_task_that_is_waited_for(
    edge: Edge, pipeline: Pipeline, database: Database
) -> None:
    await settle(database)
    exam_id = await completed(edge, pipeline)
    for answer in ("B", "C"):
        question = await edge.client.question(exam_id, 2)
        await edge.client.correct(question, CorrectionRequest(student_answer=answer))
        async with database.transaction() as uow:
            await uow.outbox.claim(1000, 60, DispatchRules(window=1000))
    assert (await pipeline.run(exam_id)).status is Status.COMPLETED
    async with database.transaction() as uow:
        # The relay would look for its message at the broker for ever, and send others' again.
        assert await uow.tasks.dispatched(0.0) == {}


async def test_a_correction_of_something_that_has_changed_is_refused(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await completed(edge, pipeline)
    missing = await patch(edge, exam_id, {"score": 1})
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    question = await edge.client.question(exam_id, 2)
    await edge.client.correct(question, CorrectionRequest(score=1))
    with pytest.raises(ExamLensError) as caught:
        await edge.client.correct(question, CorrectionRequest(score=2))
    assert (caught.value.status, caught.value.code) == (412, "precondition_failed")
    await pipeline.run(exam_id)
    # What has not changed can still be corrected with the ETag from before.
    other = await edge.client.question(exam_id, 1)
    await edge.client.correct(other, CorrectionRequest(knowledge_points=("有理数",)))


async def test_two_people_who_correct_at_once_do_not_overwrite_each_other(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await completed(edge, pipeline)
    question = await edge.client.question(exam_id, 2)
    answers = await asyncio.gather(
        *(patch(edge, exam_id, {"score": 1}, **{"If-Match": question.etag}) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [202, 412, 412, 412, 412]


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "body", "nothing_to_correct"),
        ({"answer": "C"}, "body", "nothing_to_correct"),
        ({"student_answer": "C", "score": 1}, "body", "answer_or_grade"),
        ({"score": 2.5}, "body.score", "above_full_score"),
        ({"score": -1}, "body.score", "greater_than_equal"),
        ({"verdict": "partial"}, "body.score", "missing"),
        ({"verdict": "correct", "score": 1}, "body.score", "contradicts_verdict"),
        ({"verdict": "needs_review"}, "body.verdict", "literal_error"),
        ({"student_answer": "a\x00"}, "body.student_answer", "control_characters"),
        ({"knowledge_points": [""]}, "body.knowledge_points.0", "too_short"),
        ([], "body", "model_type"),
    ],
)
async def test_a_senseless_correction_is_refused(
    edge: Edge, pipeline: Pipeline, body: Any, field: str, rule: str
) -> None:
    exam_id = await completed(edge, pipeline)
    answer = await patch(edge, exam_id, body, **{"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0] == {"field": field, "rule": rule}
    assert (await edge.client.status(exam_id)).run == 1


async def test_only_what_was_read_can_be_corrected_and_only_with_the_scope(
    edge: Edge, pipeline: Pipeline, new_key: NewKey
) -> None:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    early = await patch(edge, exam_id, {"score": 1}, **{"If-Match": "*"})
    assert (early.status_code, early.json()["code"]) == (409, "not_finished")
    pipeline.fails[Stage.REPORT, 0] = PermanentFailure(FailureCode.NO_QUESTIONS_FOUND)
    await pipeline.run(exam_id)
    await edge.client.retry(exam_id, Stage.OCR)
    reading = await patch(edge, exam_id, {"score": 1}, **{"If-Match": "*"})
    assert (reading.status_code, reading.json()["code"]) == (409, "not_correctable")
    pipeline.fails.clear()
    await pipeline.run(exam_id)
    unknown = await edge.http.patch(
        f"/exams/{exam_id}/questions/99", json={"score": 1}, headers={"If-Match": "*"}
    )
    assert unknown.status_code == 404
    reader = bearer(await new_key(Scope.READ, Scope.SUBMIT))
    refused = await patch(edge, exam_id, {"score": 1}, **{"If-Match": "*"}, **reader)
    assert (refused.status_code, refused.json()["scope"]) == (403, "correct")
    assert (await patch(edge, exam_id, {"score": 1}, **{"If-Match": "*"})).status_code == 202


async def test_questions_that_need_review_are_listed(
    edge: Edge, pipeline: Pipeline, new_key: NewKey
) -> None:
    finished = [await completed(edge, pipeline), await completed(edge, pipeline)]
    await edge.client.submit([PNG], force=True)  # this one is not finished
    items = (await edge.client.review()).items
    assert sorted(item.exam_id for item in items) == sorted(finished)
    assert {item.question.ordinal for item in items} == {2}
    assert len((await edge.client.review(limit=1)).items) == 1
    own = await edge.client.questions(finished[0], Verdict.NEEDS_REVIEW)
    assert [body.question.ordinal for body in own.items] == [2]
    every = await edge.client.questions(finished[0])
    assert [body.question.ordinal for body in every.items] == [1, 2]
    stranger = bearer(await new_key(tenant="a school far away"))
    assert (await edge.http.get("/review", headers=stranger)).json() == {"items": []}
