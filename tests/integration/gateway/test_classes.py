"""Class reports: kept up to date as exams complete, shown to their own tenant only."""

import asyncio
import csv
import io
from collections.abc import Sequence

import pytest
import pytest_asyncio
from sqlalchemy import select
from typer.testing import CliRunner

from examlens.cli import app
from examlens.client import AsyncExamLensClient, ExamLensClient, ExamLensError
from examlens.commands.session import Exit
from services.diagnose.domain.scoring.analysis import AnalysisInput, analyse
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import DiagnosticInput, diagnose
from services.diagnose.steps.class_reports import ClassReports
from shared.contract.answer_key import AnswerKey
from shared.contract.api.papers import ClassTable
from shared.contract.class_report import ClassReport
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.failures import Language
from shared.contract.jobs import JobKind
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadAnswer, ReadPaper, ReadQuestion
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.db.repositories.class_reports import StaleReport
from shared.db.tables import papers, tenants
from shared.messaging.attempt.outcome import Outcome
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.jobs import pending, run_once
from tests.unit.diagnose.point_indexes import NoTaxonomy

RIGHT = "ABCDABCDAB"
KEY = AnswerKey.model_validate(
    {
        "title": "单元测验",
        "subject": "maths",
        "sections": [
            {
                "label": "一",
                "questions": [
                    {
                        "number": str(number),
                        "type": "single_choice",
                        "answer": answer,
                        "points": 2,
                        "knowledge_points": ["=SUM(A1)" if number % 2 else "方程"],
                    }
                    for number, answer in enumerate(RIGHT, start=1)
                ],
            }
        ],
    }
)


def scored(answers: str) -> tuple[Analysis, Diagnosis]:
    """What the real diagnosis makes of these letters."""
    questions = tuple(
        ReadQuestion(
            ordinal=number,
            section="一",
            number=str(number),
            type=QuestionType.SINGLE_CHOICE,
            answer=ReadAnswer(text=answer, confidence=0.99),
        )
        for number, answer in enumerate(answers, start=1)
    )
    source = AnalysisInput(ReadPaper(questions=questions), KEY, "maths")
    analysis = analyse(source, ScoringRules(), NoTaxonomy())
    return analysis, diagnose(DiagnosticInput(analysis, Language.ZH))


class Classroom:
    """Has students sit the paper, one completed exam each."""

    def __init__(self, edge: Edge, pipeline: Pipeline, paper_id: str) -> None:
        self.edge, self.pipeline, self.paper_id = edge, pipeline, paper_id

    async def sit(self, student: str | None, answers: str) -> str:
        submitted = await self.edge.client.submit(
            [PNG], paper_id=self.paper_id, student_ref=student, force=True
        )
        exam_id = submitted.exam_id
        await self.pipeline.run(exam_id, until=Stage.DIAGNOSTIC)
        analysis, diagnosis = scored(answers)
        async with self.pipeline.database.transaction() as uow:
            await uow.analyses.replace(exam_id, 1, analysis)
            await uow.diagnoses.replace(exam_id, 1, diagnosis)
        await self.pipeline.run(exam_id)
        return exam_id

    async def all_sit(self, answers: Sequence[str]) -> None:
        for number, given in enumerate(answers):
            await self.sit(f"s-{number:02}", given)


@pytest_asyncio.fixture
async def classroom(edge: Edge, pipeline: Pipeline) -> Classroom:
    paper = await edge.client.create_paper(KEY)
    return Classroom(edge, pipeline, paper.paper_id)


async def compute_all(database: Database) -> int:
    rounds = 0
    while outcomes := await run_once(database, ClassReports()):
        rounds += len(outcomes)
    return rounds


async def test_a_paper_that_nobody_completed_has_an_empty_class(classroom: Classroom) -> None:
    found = await classroom.edge.client.class_report(classroom.paper_id)
    assert (found.is_current, found.computed_at, found.report.students) == (True, None, ())
    page = await classroom.edge.client.class_page(classroom.paper_id)
    assert "还没有处理完成的答卷" in page.decode()


async def test_completed_exams_make_the_report_stale_until_it_is_computed(
    classroom: Classroom, database: Database
) -> None:
    await compute_all(database)
    client = classroom.edge.client
    await classroom.all_sit([RIGHT, "ABCDABCDAA", "BBBBBBBBBB"])
    assert not (await client.class_report(classroom.paper_id)).is_current
    # Three completions, one computation.
    assert await compute_all(database) == 1
    found = await client.class_report(classroom.paper_id)
    assert found.is_current
    assert [student.student_ref for student in found.report.students] == ["s-00", "s-01", "s-02"]
    assert found.report.distribution is not None
    assert found.report.distribution.mean == pytest.approx((1 + 0.9 + 0.3) / 3, abs=1e-3)
    assert [student.student_ref for student in found.report.at_risk] == ["s-02"]
    assert found.report.items[0].difficulty is None
    await classroom.sit("s-03", RIGHT)
    stale = await client.class_report(classroom.paper_id)
    assert (stale.is_current, len(stale.report.students)) == (False, 3)
    await compute_all(database)
    assert len((await client.class_report(classroom.paper_id)).report.students) == 4


async def test_a_retake_replaces_the_earlier_exam_and_erased_exams_leave(
    classroom: Classroom, database: Database
) -> None:
    await classroom.sit("s-1", "BBBBBBBBBB")
    later = await classroom.sit("s-1", RIGHT)
    nameless = await classroom.sit(None, RIGHT)
    await compute_all(database)
    client = classroom.edge.client
    students = (await client.class_report(classroom.paper_id)).report.students
    assert {student.exam_id for student in students} == {later, nameless}
    await client.delete(nameless)
    assert not (await client.class_report(classroom.paper_id)).is_current
    await compute_all(database)
    students = (await client.class_report(classroom.paper_id)).report.students
    assert [student.exam_id for student in students] == [later]


async def test_a_class_of_thirty_gets_item_parameters_of_its_own(
    classroom: Classroom, database: Database
) -> None:
    # The later a question, the fewer students get it right.
    answers = [RIGHT[:right] + "ZZZZZZZZZZ"[right:] for right in range(11)] * 3
    answers = [given.replace("Z", "D") for given in answers]
    await classroom.all_sit(answers)
    await compute_all(database)
    report = (await classroom.edge.client.class_report(classroom.paper_id)).report
    assert report.is_refitted
    fitted = [item.fitted for item in report.items]
    assert all(item is not None for item in fitted)
    assert all(item.difficulty is not None for item in report.items)
    assert all(item.slip is not None for item in fitted if item is not None)
    assert (report.items[0].difficulty or 0) < (report.items[8].difficulty or 0)
    assert (report.items[4].discrimination or 0) > 0.5
    assert report.items[0].answers[0].is_right


async def test_answers_are_conditional_and_tables_cannot_be_calculated(
    classroom: Classroom, database: Database
) -> None:
    await classroom.sit("=cmd|' /C calc'!A0", RIGHT)
    await classroom.sit("@<script>alert(1)</script>", "BBBBBBBBBB")
    await compute_all(database)
    edge, paper_id = classroom.edge, classroom.paper_id
    for ending in ("class", "class.html", "class.csv"):
        first = await edge.http.get(f"/papers/{paper_id}/{ending}")
        seen = {"If-None-Match": first.headers["etag"]}
        again = await edge.http.get(f"/papers/{paper_id}/{ending}", headers=seen)
        assert (first.status_code, again.status_code) == (200, 304)
    text = (await edge.client.class_table(paper_id)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 3
    assert {row[0] for row in rows[1:]} == {
        "'=cmd|' /C calc'!A0",
        "'@<script>alert(1)</script>",
    }
    assert "mastery =SUM(A1)" in rows[0]
    questions = (await edge.client.class_table(paper_id, ClassTable.QUESTIONS)).decode("utf-8-sig")
    assert [row[3] for row in csv.reader(io.StringIO(questions))][1:3] == ["'=SUM(A1)", "方程"]
    page = (await edge.client.class_page(paper_id)).decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    english = await edge.http.get(
        f"/papers/{paper_id}/class.html", headers={"Accept-Language": "en"}
    )
    assert "Class report" in english.text
    assert "default-src 'none'" in english.headers["content-security-policy"]


async def test_another_tenant_sees_no_class(
    classroom: Classroom, new_key: NewKey, database: Database
) -> None:
    await classroom.sit("s-1", RIGHT)
    await compute_all(database)
    token = await new_key(tenant="somebody else")
    async with AsyncExamLensClient(classroom.edge.address, token) as stranger:
        for ask in (stranger.class_report, stranger.class_page, stranger.class_table):
            with pytest.raises(ExamLensError) as caught:
                await ask(classroom.paper_id)
            assert caught.value.status == 404


async def test_an_exam_that_completes_while_its_report_is_computed_has_it_computed_again(
    classroom: Classroom, database: Database
) -> None:
    await compute_all(database)
    await classroom.sit("s-1", RIGHT)

    class Overtaken(ClassReports):
        async def compute(
            self, database: Database, stale: StaleReport
        ) -> tuple[StaleReport, ClassReport]:
            made = await super().compute(database, stale)
            await classroom.sit("s-2", RIGHT)
            return made

    assert await run_once(database, Overtaken(), classroom.paper_id) == [Outcome.RECORDED]
    found = await classroom.edge.client.class_report(classroom.paper_id)
    assert (len(found.report.students), found.is_current) == (1, False)
    assert await compute_all(database) == 1
    found = await classroom.edge.client.class_report(classroom.paper_id)
    assert (len(found.report.students), found.is_current) == (2, True)


async def test_a_report_that_becomes_stale_as_nobody_wants_it_is_wanted_all_the_same(
    classroom: Classroom, database: Database
) -> None:
    await classroom.sit("s-1", RIGHT)
    await compute_all(database)

    async def complete_another() -> None:
        async with database.transaction() as uow:
            await uow.class_reports.mark_stale(classroom.paper_id)

    async with database.transaction() as uow:
        # What a worker does whose message came too late: it finds nothing to do, and drops the job.
        assert await uow.class_reports.stale(classroom.paper_id) is None
        completing = asyncio.create_task(complete_another())
        await asyncio.sleep(0.3)
        assert not completing.done()
        await uow.jobs.drop(JobKind.CLASS_REPORT, classroom.paper_id)
    await completing
    assert len(await pending(database, JobKind.CLASS_REPORT, classroom.paper_id)) == 1
    assert await compute_all(database) >= 1


async def test_a_report_that_keeps_failing_is_dead_until_an_exam_changes(
    classroom: Classroom, database: Database
) -> None:
    await compute_all(database)
    await classroom.sit("s-1", RIGHT)

    class Failing(ClassReports):
        async def compute(
            self, database: Database, stale: StaleReport
        ) -> tuple[StaleReport, ClassReport]:
            raise ArithmeticError

    outcomes: list[Outcome] = []
    while Outcome.EXHAUSTED not in outcomes:
        outcomes += await run_once(database, Failing(), classroom.paper_id)
    (dead,) = (await classroom.edge.client.dead_letters()).jobs
    assert (dead.queue, str(dead.subject_id)) == ("class", classroom.paper_id)
    await classroom.sit("s-2", RIGHT)
    assert await compute_all(database) == 1
    assert not (await classroom.edge.client.dead_letters()).jobs


async def test_a_lease_that_ended_too_early_never_puts_an_older_report_back(
    classroom: Classroom, database: Database
) -> None:
    await compute_all(database)
    await classroom.sit("s-1", RIGHT)
    async with database.transaction() as uow:
        slow = await uow.class_reports.stale(classroom.paper_id)
        assert slow is not None
    await classroom.sit("s-2", RIGHT)
    async with database.transaction() as uow:
        assert await uow.class_reports.store(slow, ClassReport())
        assert not await uow.class_reports.store(slow, ClassReport(left_out=9))
        found = await uow.class_reports.find(slow.paper_id, slow.tenant_id)
        assert found is not None
        assert (found.is_current, found.report) == (False, ClassReport())
    await compute_all(database)
    report = (await classroom.edge.client.class_report(classroom.paper_id)).report
    assert len(report.students) == 2


async def test_both_clients_know_the_class(classroom: Classroom, database: Database) -> None:
    await classroom.sit("s-1", RIGHT)
    await compute_all(database)

    def ask() -> tuple[int, bytes, bytes]:
        with ExamLensClient(classroom.edge.address, classroom.edge.token) as client:
            students = client.class_report(classroom.paper_id).report.students
            page = client.class_page(classroom.paper_id)
            return len(students), page, client.class_table(classroom.paper_id)

    count, page, table = await asyncio.to_thread(ask)
    assert count == 1
    assert page.startswith(b"<!doctype html>")
    assert table.startswith(b"\xef\xbb\xbfstudent_ref,exam_id")


async def test_a_tenants_own_time_zone_dates_its_class_page(
    classroom: Classroom, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await compute_all(database)
    await classroom.sit("s1", RIGHT)
    await compute_all(database)
    monkeypatch.setenv("DATABASE_URL", database.url)
    async with database.transaction() as uow:
        query = select(tenants.c.name).join(papers).where(papers.c.id == classroom.paper_id)
        tenant = (await uow.connection.execute(query)).scalar_one()

    async def zone(name: str, of: str = tenant) -> int:
        command = ["tenants", "time-zone", name, "--tenant", of]
        return (await asyncio.to_thread(CliRunner().invoke, app, command)).exit_code

    client = classroom.edge.client
    assert " UTC" in (await client.class_page(classroom.paper_id)).decode()
    assert await zone("Asia/Kathmandu") == Exit.OK
    assert " +0545" in (await client.class_page(classroom.paper_id)).decode()
    assert await zone("Mars/Olympus") == Exit.USAGE
    assert await zone("UTC", "nobody") == Exit.REFUSED
