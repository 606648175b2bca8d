"""Practice papers on order: chosen and drawn by the real jobs, seen by their tenant only."""

import asyncio
import json
from io import BytesIO
from uuid import uuid4

import httpx2
import pypdfium2
import pytest
from PIL import Image

from examlens.client import AsyncExamLensClient, ExamLensClient, ExamLensError
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.stage import DiagnosticStage
from services.diagnose.steps.exam_practice import ExamPractice
from services.report.adapters.fonts import SansFont
from services.report.adapters.html_report import HtmlReport
from services.report.adapters.pillow_pages import PillowPages
from services.report.adapters.typst_pdf import TypstPdf
from services.report.stage import ReportStage
from services.report.steps.exam_files import ExamFiles
from shared.contract.bank import NewBankItem
from shared.contract.documents import (
    Analysis,
    Diagnosis,
    DiagnosisText,
    KnowledgePoint,
    Mastery,
    MasteryLevel,
    Score,
)
from shared.contract.exams import ArtefactKind
from shared.contract.messages import StageTask
from shared.contract.questions import QuestionType, Verdict
from shared.db.database import Database
from shared.storage.blobs import BlobStore
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.orders import LECTURE, work_off
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.question_results import question
from tests.unit.diagnose.adapters.test_lecture_text import archive, document

EQUATIONS = KnowledgePoint(
    id="mathematics.algebra.quadratic-equations",
    name="一元二次方程",
    path=("式与方程", "一元二次方程"),
)


async def weak_exam(edge: Edge, pipeline: Pipeline, database: Database) -> str:
    """A finished mathematics exam whose student is weak in quadratic equations."""
    exam_id = (await edge.client.submit([PNG], force=True, subject="数学")).exam_id
    await pipeline.run(exam_id)
    wrong = tuple(
        question(n, Verdict.INCORRECT).model_copy(
            update={"knowledge_points": (EQUATIONS,), "stem": "解方程：$x^{2} - 9 = 0$。"}
        )
        for n in range(1, 4)
    )
    mastery = Mastery(
        knowledge_point=EQUATIONS,
        items=3,
        mastery=0.2,
        interval=(0.05, 0.5),
        level=MasteryLevel.WEAK,
    )
    text = DiagnosisText(
        summary="", strengths=(), weaknesses=(), recommendations=(), engine="rules"
    )
    score = Score(earned=0, full=6, rate=0, ungraded=0)
    async with database.transaction() as uow:
        await uow.analyses.replace(exam_id, 1, Analysis(score=score, sections=(), questions=wrong))
        await uow.diagnoses.replace(exam_id, 1, Diagnosis(mastery=(mastery,), diagnosis=text))
    return exam_id


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


async def test_an_order_for_an_exam_becomes_a_paper_and_a_key_for_its_weak_points(
    edge: Edge, pipeline: Pipeline, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    exam_id = await weak_exam(edge, pipeline, database)
    ordered = await edge.client.order_practice(exam_id=exam_id, count=6)
    assert ordered.state == "queued"
    assert ordered.items is None
    with pytest.raises(ExamLensError) as early:
        await edge.client.practice_file(ordered.id)
    assert (early.value.status, early.value.code) == (409, "practice_not_ready")
    await work_off(database, blobs, pdf)
    ready = await edge.client.wait_practice(ordered.id, timeout_seconds=5)
    assert (ready.state, ready.items) == ("ready", 6)
    assert [point.id for point in ready.knowledge_points] == [EQUATIONS.id]
    assert set(ready.links) == {"self", "paper.json", "paper.pdf", "key.pdf"}
    paper = await edge.client.practice_items(ordered.id)
    assert len({item.stem for item in paper.items}) == 6
    assert "解方程：$x^{2} - 9 = 0$。" not in {item.stem for item in paper.items}
    shown = text_of(await edge.client.practice_file(ordered.id))
    key = text_of(await edge.client.practice_file(ordered.id, "key.pdf"))
    assert "解方程" in shown
    assert "解析" not in shown
    assert key.count("解析") >= 6


async def test_a_lecture_is_practised_by_what_it_speaks_of(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode(), count=4, difficulty="hard")
    await work_off(database, blobs, pdf)
    ready = await edge.client.wait_practice(ordered.id, timeout_seconds=5)
    assert ready.state == "ready"
    assert ready.subject == "mathematics"
    assert EQUATIONS.id in {point.id for point in ready.knowledge_points}
    paper = await edge.client.practice_items(ordered.id)
    assert {item.difficulty for item in paper.items} == {0.75}


async def test_a_lecture_as_a_word_document_is_read(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    lecture = archive(word__document=document(*LECTURE.splitlines()))
    ordered = await edge.client.order_practice(lecture=lecture, count=3)
    await work_off(database, blobs, pdf)
    ready = await edge.client.practice(ordered.id)
    assert (ready.state, ready.subject) == ("ready", "mathematics")


async def test_a_lecture_as_pdf_is_read(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    first = await edge.client.order_practice(lecture=LECTURE.encode(), count=8)
    await work_off(database, blobs, pdf)
    drawn = await edge.client.practice_file(first.id)
    second = await edge.client.order_practice(lecture=drawn, subject="数学", count=3)
    await work_off(database, blobs, pdf)
    ready = await edge.client.practice(second.id)
    assert ready.state == "ready"
    assert ready.knowledge_points


@pytest.mark.parametrize(
    ("lecture", "code"),
    [
        ("天气很好，我们去公园散步。".encode(), "no_topic_found"),
        ("今天讲古代诗歌鉴赏，唐诗的意象。".encode(), "no_practice_items"),
        (b"%PDF-1.7\nnot a pdf at all", "broken_pdf"),
        (b"....", "no_text_found"),
    ],
)
async def test_what_cannot_be_practised_fails_with_a_code_and_advice(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf, lecture: bytes, code: str
) -> None:
    subject = "语文" if code == "no_practice_items" else None
    ordered = await edge.client.order_practice(lecture=lecture, subject=subject)
    await work_off(database, blobs, pdf)
    failed = await edge.client.practice(ordered.id)
    assert (failed.state, failed.error_code) == ("failed", code)
    assert failed.error_message
    with pytest.raises(ExamLensError) as refused:
        await edge.client.practice_file(ordered.id)
    assert (refused.value.status, refused.value.code) == (409, "practice_failed")


async def test_items_of_the_own_bank_are_used_and_those_of_others_are_not(
    edge: Edge,
    pipeline: Pipeline,
    database: Database,
    blobs: BlobStore,
    pdf: TypstPdf,
) -> None:
    exam_id = await weak_exam(edge, pipeline, database)
    exam = await pipeline.exam(exam_id)

    def item(stem: str) -> NewBankItem:
        return NewBankItem(
            subject="mathematics",
            language="zh",
            type=QuestionType.FILL_IN,
            stem=stem,
            options=(),
            answer="1",
            solution="",
            topics=(),
            points=(EQUATIONS,),
            difficulty=0.3,
            source="test",
            fingerprint=uuid4().hex,
            bands=(1,),
        )

    async with database.transaction() as uow:
        other = await uow.tenants.ensure(f"other {uuid4()}")
        await uow.bank.add(exam.tenant_id, [item("我们自己的题目"), item("如图，求角的大小")])
        await uow.bank.add(other, [item("别人的题目")])
    ordered = await edge.client.order_practice(exam_id=exam_id, count=10)
    await work_off(database, blobs, pdf)
    stems = {item.stem for item in (await edge.client.practice_items(ordered.id)).items}
    assert "我们自己的题目" in stems
    assert not stems & {"别人的题目", "如图，求角的大小"}


async def test_another_tenant_sees_no_order_and_can_order_nothing_for_the_exam(
    edge: Edge, pipeline: Pipeline, database: Database, new_key: NewKey
) -> None:
    exam_id = await weak_exam(edge, pipeline, database)
    ordered = await edge.client.order_practice(exam_id=exam_id)
    stranger = await new_key(tenant=f"stranger {uuid4()}")
    async with AsyncExamLensClient(edge.address, stranger) as client:
        for asked in (
            client.practice(ordered.id),
            client.practice_items(ordered.id),
            client.practice_file(ordered.id),
            client.delete_practice(ordered.id),
            client.order_practice(exam_id=exam_id),
        ):
            with pytest.raises(ExamLensError) as refused:
                await asked
            assert refused.value.status == 404


async def test_the_same_key_orders_once_and_an_erased_exam_takes_its_orders_along(
    edge: Edge, pipeline: Pipeline, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    exam_id = await weak_exam(edge, pipeline, database)
    one = await edge.client.order_practice(exam_id=exam_id, idempotency_key="k")
    other = await edge.client.order_practice(exam_id=exam_id, idempotency_key="k")
    assert one.id == other.id
    await work_off(database, blobs, pdf)
    async with database.transaction() as uow:
        job = await uow.practice_papers.find(one.id)
    assert job is not None
    await edge.client.delete(exam_id)
    with pytest.raises(ExamLensError) as gone:
        await edge.client.practice(one.id)
    assert gone.value.status == 404
    for file in job.files:
        with pytest.raises(LookupError):
            await blobs.read(file.blob_key)


async def test_an_erased_order_leaves_no_file(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode())
    await work_off(database, blobs, pdf)
    await edge.client.delete_practice(ordered.id)
    for name in ("lecture", "paper.pdf", "key.pdf"):
        with pytest.raises(LookupError):
            await blobs.read(f"practice-papers/{ordered.id}/{name}")


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({}, "missing"),
        ({"exam_id": str(uuid4()), "count": "3"}, "int_type"),
        ({"exam_id": str(uuid4()), "count": 0}, "greater_than_equal"),
        ({"exam_id": "x"}, "uuid_parsing"),
        ({"exam_id": str(uuid4()), "nonsense": 1}, "unknown_field"),
        ([], "model_type"),
    ],
)
async def test_a_wrong_order_is_a_problem_document(edge: Edge, body: object, rule: str) -> None:
    response = await edge.http.post("/practice-papers", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"][0]["rule"] == rule


async def test_to_json_a_number_without_a_fraction_is_whole(edge: Edge) -> None:
    response = await edge.http.post(
        "/practice-papers",
        content=f'{{"exam_id": "{uuid4()}", "count": 3.0}}',
        headers={"Content-Type": "application/json"},
    )
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_an_exam_that_is_not_diagnosed_yet_has_to_be_waited_for(edge: Edge) -> None:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    response = await edge.http.post("/practice-papers", json={"exam_id": exam_id})
    assert (response.status_code, response.json()["code"]) == (409, "not_finished")
    assert response.headers["retry-after"]


async def test_the_blocking_client_orders_as_well(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    def order() -> str:
        with ExamLensClient(edge.address, edge.token) as client:
            return client.order_practice(lecture=LECTURE.encode(), count=2).id

    def fetch(practice_id: str) -> tuple[str, int]:
        with ExamLensClient(edge.address, edge.token) as client:
            body = client.wait_practice(practice_id, timeout_seconds=5)
            client.practice_file(practice_id, "key.pdf")
            return body.state, len(client.practice_items(practice_id).items)

    practice_id = await asyncio.to_thread(order)
    await work_off(database, blobs, pdf)
    assert await asyncio.to_thread(fetch, practice_id) == ("ready", 2)


async def test_the_description_names_every_route_with_examples(edge: Edge) -> None:
    async with httpx2.AsyncClient() as http:
        document = json.loads((await http.get(f"{edge.address}/api/v1/openapi.json")).content)
    post = document["paths"]["/api/v1/practice-papers"]["post"]
    assert post["requestBody"]["content"]["application/json"]["example"]["count"] == 10
    assert "practice_failed" in json.dumps(
        document["paths"]["/api/v1/practice-papers/{practice_id}/paper.json"]["get"]["responses"]
    )


async def test_an_exam_comes_with_a_practice_paper_for_its_weak_points(
    edge: Edge, pipeline: Pipeline, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    exam_id = await weak_exam(edge, pipeline, database)
    white = BytesIO()
    Image.new("RGB", (400, 600), "white").save(white, "PNG")
    async with database.transaction() as uow:
        for page in await uow.pages.list(exam_id, 1):
            await blobs.write(page.blob_key, white.getvalue())
    points = TenantPoints(blobs)
    for stage in (
        DiagnosticStage(practice=ExamPractice(points)),
        ReportStage(blobs, ExamFiles(HtmlReport(SansFont()), pdf, PillowPages(), {})),
    ):
        task = StageTask(exam_id=exam_id, run=1, stage=stage.stage)
        made = []
        for _ in range(2):
            async with database.transaction() as uow:
                source = await stage.load(uow, task)
            made.append(await stage.compute(source))
            async with database.transaction() as uow:
                await stage.save(uow, task, made[-1])
        # Repeating a stage gives the same rows.
        assert made[0] == made[1]
    shown = text_of(await edge.client.artefact(exam_id, ArtefactKind.PRACTICE_PDF))
    assert "一元二次方程" in shown
    assert "解析" in shown
