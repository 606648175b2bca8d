"""Earlier papers of one student, subject and tenant, and nobody else's."""

from datetime import UTC, datetime

from services.diagnose.stage import DiagnosticInput, DiagnosticStage
from shared.contract.documents import Diagnosis, DiagnosisText, KnowledgePoint, Mastery
from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.database import Database
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline

POINT = KnowledgePoint(id="k1", name="方程", path=("方程",))


async def completed(edge: Edge, pipeline: Pipeline, mastery: float, **fields: str) -> str:
    exam_id = (await edge.client.submit([PNG], force=True, **fields)).exam_id
    await pipeline.run(exam_id, until=Stage.DIAGNOSTIC)
    found = Mastery(
        knowledge_point=POINT,
        items=4,
        mastery=mastery,
        interval=(max(mastery - 0.1, 0.0), min(mastery + 0.1, 1.0)),
        level="adequate",
    )
    text = DiagnosisText(
        summary="", strengths=(), weaknesses=(), recommendations=(), engine="rules"
    )
    async with pipeline.database.transaction() as uow:
        await uow.diagnoses.replace(exam_id, 1, Diagnosis(mastery=(found,), diagnosis=text))
    await pipeline.run(exam_id)
    return exam_id


async def load(database: Database, exam_id: str) -> DiagnosticInput:
    task = StageTask(exam_id=exam_id, run=1, stage=Stage.DIAGNOSTIC)
    async with database.transaction() as uow:
        return await DiagnosticStage().load(uow, task)


async def test_only_earlier_papers_of_the_student_in_the_subject_count(
    edge: Edge, pipeline: Pipeline, database: Database, new_key: NewKey
) -> None:
    async def sit(mastery: float, student: str, subject: str) -> str:
        return await completed(edge, pipeline, mastery, student_ref=student, subject=subject)

    first = await sit(0.3, "s-1", "maths")
    second = await sit(0.5, "s-1", "Maths")
    await sit(0.9, "s-1", "physics")
    await sit(0.9, "s-2", "maths")
    await edge.client.submit([PNG], force=True, student_ref="s-1", subject="maths")
    now = await sit(0.8, "s-1", "maths")
    await sit(0.2, "s-1", "maths")
    source = await load(database, now)
    assert [paper.exam_id for paper in source.earlier] == [first, second]
    assert [paper.mastery[0].mastery for paper in source.earlier] == [0.3, 0.5]
    assert source.earlier[0].at < source.submitted_at <= datetime.now(UTC)
    assert (await load(database, first)).earlier == ()


async def test_another_tenants_student_of_the_same_name_is_another_student(
    edge: Edge, pipeline: Pipeline, database: Database, new_key: NewKey
) -> None:
    await completed(edge, pipeline, 0.3, student_ref="s-1", subject="maths")
    token = await new_key(tenant="another school")
    headers = {"Authorization": f"Bearer {token}"}
    answer = await edge.http.post(
        "/exams",
        headers=headers,
        files={"files": ("a.png", PNG)},
        data={"student_ref": "s-1", "subject": "maths"},
    )
    theirs = answer.json()["exam_id"]
    await pipeline.run(theirs)
    assert (await load(database, theirs)).earlier == ()


async def test_without_a_student_or_a_subject_nothing_is_guessed(
    edge: Edge, pipeline: Pipeline, database: Database
) -> None:
    await completed(edge, pipeline, 0.3, student_ref="s-1")
    unknown_subject = await completed(edge, pipeline, 0.3, student_ref="s-1")
    await completed(edge, pipeline, 0.3, subject="maths")
    nobody = await completed(edge, pipeline, 0.3, subject="maths")
    for exam_id in (unknown_subject, nobody):
        assert (await load(database, exam_id)).earlier == ()
