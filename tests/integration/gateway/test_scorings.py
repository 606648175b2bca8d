"""A corrected answer key: what it leaves stale is told, and scored anew on demand."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from examlens.client import ExamLensError
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import AnalysisStage
from shared.contract.answer_key import AnswerKey
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadAnswer, ReadPaper, ReadQuestion
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.unit.diagnose.point_indexes import NoTaxonomy, SameIndex


def key_of(answers: str) -> AnswerKey:
    questions = [
        {"number": str(n), "type": "single_choice", "answer": letter, "points": 2}
        for n, letter in enumerate(answers, start=1)
    ]
    return AnswerKey.model_validate(
        {"title": "期中", "sections": [{"label": "一", "questions": questions}]}
    )


def read_paper(answers: str) -> ReadPaper:
    return ReadPaper(
        questions=tuple(
            ReadQuestion(
                ordinal=n,
                section="一",
                number=str(n),
                type=QuestionType.SINGLE_CHOICE,
                answer=ReadAnswer(text=letter, confidence=0.99),
            )
            for n, letter in enumerate(answers, start=1)
        )
    )


class Papers:
    """Has students sit a paper whose answers are really scored."""

    def __init__(self, edge: Edge, pipeline: Pipeline) -> None:
        self.edge, self.pipeline = edge, pipeline
        pipeline.real[Stage.ANALYSIS] = AnalysisStage(ScoringRules(), SameIndex(NoTaxonomy()))

    async def sit(self, paper_id: str, student: str, answers: str) -> str:
        submitted = await self.edge.client.submit(
            [PNG], paper_id=paper_id, student_ref=student, force=True
        )
        await self.pipeline.run(submitted.exam_id, until=Stage.PARSING)
        async with self.pipeline.database.transaction() as uow:
            await uow.read_papers.replace(submitted.exam_id, 1, read_paper(answers))
        await self.pipeline.run(submitted.exam_id)
        return submitted.exam_id

    async def scores(self, paper_id: str) -> dict[str, tuple[float, float | None, bool]]:
        """Now, before, and whether that is stale, by student."""
        found = await self.edge.client.scores(paper_id)
        return {
            item.student_ref or "": (
                item.now.score.earned,
                None if item.before is None else item.before.score.earned,
                item.is_stale,
            )
            for item in found.items
        }


@pytest_asyncio.fixture
async def papers(edge: Edge, pipeline: Pipeline) -> AsyncIterator[Papers]:
    yield Papers(edge, pipeline)
    pipeline.real.clear()


async def test_a_corrected_key_scores_the_whole_class_anew_and_shows_before_and_after(
    edge: Edge, papers: Papers
) -> None:
    paper_id = (await edge.client.create_paper(key_of("ABC"))).paper_id
    exams = [await papers.sit(paper_id, "s1", "ABC"), await papers.sit(paper_id, "s2", "ABD")]
    assert await papers.scores(paper_id) == {"s1": (6, None, False), "s2": (4, None, False)}
    replaced = await edge.client.replace_paper(paper_id, key_of("ABD"))
    assert (replaced.version, replaced.stale_exams) == (2, 2)
    assert (await edge.client.paper(paper_id)).stale_exams == 2
    assert await papers.scores(paper_id) == {"s1": (6, None, True), "s2": (4, None, True)}
    report = await edge.client.class_report(paper_id)
    assert (report.is_current, report.stale_exams) == (False, 2)
    assert "2 份答卷仍按旧答案评分" in (await edge.client.class_page(paper_id)).decode()
    begun = await edge.client.rescore(paper_id)
    assert (begun.version, begun.started, begun.remaining) == (2, 2, 0)
    # Asked again while they are under way, it begins nothing twice.
    assert (await edge.client.rescore(paper_id)).started == 0
    for exam_id in exams:
        assert (await papers.pipeline.run(exam_id)).status is Status.COMPLETED
    assert await papers.scores(paper_id) == {"s1": (4, 6, False), "s2": (6, 4, False)}
    assert (await edge.client.paper(paper_id)).stale_exams == 0
    assert (await edge.client.result(exams[0], run=1)).score.earned == 6


async def test_an_exam_that_was_scored_before_versions_were_kept_is_stale_after_a_new_key(
    edge: Edge, papers: Papers, database: Database
) -> None:
    paper_id = (await edge.client.create_paper(key_of("A"))).paper_id
    exam_id = await papers.sit(paper_id, "s1", "A")
    async with database.transaction() as uow:
        analysis = await uow.analyses.get(exam_id, 1)
        old = analysis.model_copy(update={"key_version": None})
        await uow.analyses.replace(exam_id, 1, old)
    assert (await edge.client.paper(paper_id)).stale_exams == 0
    assert (await edge.client.replace_paper(paper_id, key_of("B"))).stale_exams == 1


async def test_what_is_on_its_way_takes_the_present_key_by_itself(
    edge: Edge, papers: Papers
) -> None:
    paper_id = (await edge.client.create_paper(key_of("A"))).paper_id
    submitted = await edge.client.submit([PNG], paper_id=paper_id, student_ref="s1", force=True)
    await papers.pipeline.run(submitted.exam_id, until=Stage.PARSING)
    assert (await edge.client.replace_paper(paper_id, key_of("B"))).stale_exams == 0
    async with papers.pipeline.database.transaction() as uow:
        await uow.read_papers.replace(submitted.exam_id, 1, read_paper("B"))
    await papers.pipeline.run(submitted.exam_id)
    assert await papers.scores(paper_id) == {"s1": (2, None, False)}


async def test_scores_come_in_pages(edge: Edge, papers: Papers) -> None:
    paper_id = (await edge.client.create_paper(key_of("A"))).paper_id
    for student in ("s1", "s2", "s3"):
        await papers.sit(paper_id, student, "A")
    first = await edge.client.scores(paper_id, limit=2)
    rest = await edge.client.scores(paper_id, limit=2, cursor=first.next)
    assert [item.student_ref for item in (*first.items, *rest.items)] == ["s3", "s2", "s1"]
    assert rest.next is None


async def test_another_schools_paper_cannot_be_scored_anew(
    edge: Edge, papers: Papers, new_key: NewKey
) -> None:
    paper_id = (await edge.client.create_paper(key_of("A"))).paper_id
    await papers.sit(paper_id, "s1", "A")
    stranger = {"Authorization": f"Bearer {await new_key(tenant='another school')}"}
    for method, path in (("POST", "rescore"), ("GET", "scores")):
        answer = await edge.http.request(method, f"/papers/{paper_id}/{path}", headers=stranger)
        assert answer.status_code == 404
    with pytest.raises(ExamLensError):
        await edge.client.rescore("00000000-0000-0000-0000-000000000000")
