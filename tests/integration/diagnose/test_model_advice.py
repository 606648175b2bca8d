"""Causes, advice, the day's spend and the result document with a model over real HTTP."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete

from services.diagnose.adapters.taxonomy.tagged_taxonomy import shipped_points
from services.diagnose.domain.model.exam_context import ExamContext
from services.diagnose.domain.scoring.analysis import AnalysisInput
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import AnalysisStage, DiagnosticInput, DiagnosticStage
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.documents import Analysis, Diagnosis, ExamResult
from shared.contract.exams import Exam
from shared.contract.failures import Language
from shared.contract.model_usage import ModelUsage
from shared.contract.questions import Option, QuestionType
from shared.contract.reading import ReadAnswer, ReadPaper, ReadQuestion
from shared.contract.result import build_result
from shared.contract.stages import Priority, Status
from shared.db.database import Database
from shared.db.tables import model_spend
from tests.integration.diagnose.conftest import NewAssistant, essay_paper
from tests.integration.diagnose.model_provider import Fault, ModelProvider, left_to_rules, sensible
from tests.unit.diagnose.point_indexes import SameIndex

POINTS = SameIndex(shipped_points())
#: Right and wrong answers of ten questions on two points.
ANSWERS = "AAAAABBBBB"


def choices(answers: str = ANSWERS, unsure: int = 0) -> AnalysisInput:
    """One question per answer; a space is an empty place, ``unsure`` is read badly."""
    options = (Option(label="A", text="向上"), Option(label="B", text="向下"))
    reads, keyed = [], []
    for n, answer in enumerate(answers, start=1):
        kind = QuestionType.SINGLE_CHOICE
        reads.append(
            ReadQuestion(
                ordinal=n,
                section="一",
                number=str(n),
                type=kind,
                stem="开口方向？",
                options=options,
                answer=ReadAnswer(text=answer.strip(), confidence=0.3 if n == unsure else 0.97),
            )
        )
        points = ("二次函数",) if n > 5 else ("概率",)
        keyed.append(
            KeyQuestion(number=str(n), type=kind, answer="A", points=4, knowledge_points=points)
        )
    section = KeySection(label="一", title="选择题", questions=tuple(keyed))
    key = AnswerKey(title="t", subject="数学", sections=(section,))
    return AnalysisInput(ReadPaper(questions=tuple(reads)), key, "数学")


async def run_both(build: NewAssistant, **settings: object) -> tuple[Analysis, Diagnosis]:
    assistant = build(**settings)
    analysis = await AnalysisStage(ScoringRules(), POINTS, assistant).compute(choices())
    diagnosed = await DiagnosticStage(assistant).compute(DiagnosticInput(analysis, Language.ZH))
    return analysis, diagnosed.diagnosis


async def test_wrong_choices_get_causes_that_quote_them_and_advice_is_worded(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    analysis, diagnosis = await run_both(new_assistant)
    causes = [q.error_cause for q in analysis.questions]
    assert causes == [None] * 5 + ["Mixed up two rules."] * 5
    assert analysis.score.earned == 20
    text = diagnosis.diagnosis
    assert text.engine == "stand-in"
    assert text.summary.startswith("In short: 得 20 分")
    assert text.recommendations
    assert all(said.startswith("Do: ") for said in text.recommendations)
    assert diagnosis.notes == ()
    assert {"summary.v1", "recommendations.v1"} == set(diagnosis.model.prompts)  # type: ignore[union-attr]


async def test_advice_with_figures_of_its_own_is_not_believed(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    def boast(system: str, data: dict[str, Any]) -> Any:
        if "recommendations" in data or "reference" in data:
            return sensible(system, data)
        return {"summary": "You are better than 99.9 percent of all students."}

    provider.think = boast
    _, diagnosis = await run_both(new_assistant)
    assert diagnosis.diagnosis.summary.startswith("得 20 分")
    assert diagnosis.notes == (left_to_rules("unusable_answer"),)


async def test_a_cut_answer_of_several_things_is_split_until_it_fits(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    source = choices("AAA BBBBBA", unsure=10)
    analysis = await AnalysisStage(ScoringRules(), POINTS).compute(source)
    given = DiagnosticInput(analysis, Language.ZH)
    whole = (await DiagnosticStage(new_assistant()).compute(given)).diagnosis
    count = len(whole.diagnosis.recommendations)
    assert count >= 3
    sizes: list[int] = []

    def cut_long(system: str, data: dict[str, Any]) -> Any:
        if "recommendations" in data:
            sizes.append(len(data["recommendations"]))
        return sensible(system, data)

    provider.think, provider.is_cut = cut_long, lambda d: len(d.get("recommendations", "")) > 1
    diagnosed = await DiagnosticStage(new_assistant()).compute(given)
    assert max(sizes) == count
    assert sizes.count(1) == count
    assert diagnosed.diagnosis.diagnosis == whole.diagnosis
    assert diagnosed.diagnosis.notes == ()


async def test_without_a_provider_that_works_the_rules_write_and_say_so(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.always = Fault(status=401, body="")
    analysis, diagnosis = await run_both(new_assistant)
    assert diagnosis.diagnosis.engine == "rules"
    assert diagnosis.notes == (left_to_rules("breaker_open"),)
    assert analysis.score.earned == 20
    assert all(q.error_cause is None for q in analysis.questions)


async def test_the_result_adds_up_what_both_stages_used(new_assistant: NewAssistant) -> None:
    analysis, diagnosis = await run_both(new_assistant, model_prompt_price=1.0)
    result = _result(analysis, diagnosis)
    assert result.model is not None
    assert result.model.calls == 7
    assert result.model.cost == pytest.approx(7 * 100 / 1e6)
    assert result.model.prompts == ("error_cause.v1", "recommendations.v1", "summary.v1")
    assert ExamResult.model_validate(json.loads(result.model_dump_json())) == result


def _result(analysis: Analysis, diagnosis: Diagnosis) -> ExamResult:
    now = datetime.now(UTC)
    exam = Exam.model_construct(
        id=str(uuid4()),
        tenant_id="t",
        status=Status.COMPLETED,
        run=1,
        priority=Priority.NORMAL,
        paper_id=None,
        student_ref=None,
        subject="数学",
        grade=None,
        language=Language.ZH,
        created_at=now,
        updated_at=now,
    )
    return build_result(exam, ReadPaper(), analysis, diagnosis, {}, {})


async def test_the_days_spend_is_shared_by_all_processes_and_stops_at_its_cap(
    new_assistant: NewAssistant, provider: ModelProvider, database: Database
) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(delete(model_spend))
    one_exam = 3 * (100 + 20) / 1e6
    capped = {"model_prompt_price": 1.0, "model_completion_price": 1.0, "model_day_cap": 0.01}
    assistants = [new_assistant(**capped) for _ in range(2)]
    for assistant in assistants:
        assistant.open(database)
        stage = AnalysisStage(ScoringRules(), POINTS, assistant)
        assert (await stage.compute(essay_paper(3))).notes == ()
    async with database.transaction() as uow:
        assert await uow.model_spend.today() == pytest.approx(2 * one_exam)
        await uow.model_spend.add(ModelUsage(calls=1, cost=0.01))
    calls = len(provider.requests)
    analysis = await stage.compute(essay_paper(3))
    assert analysis.notes == (left_to_rules("day_cap"),)
    assert len(provider.requests) == calls


async def test_the_earlier_stages_cost_counts_against_the_exams_cap(
    new_assistant: NewAssistant,
) -> None:
    spent = ExamContext(spent=0.5)
    analysis, _ = await run_both(new_assistant)
    assistant = new_assistant(model_prompt_price=1.0, model_exam_cap=0.5)
    given = DiagnosticInput(analysis, Language.ZH, spent)
    diagnosed = await DiagnosticStage(assistant).compute(given)
    assert diagnosed.diagnosis.notes == (left_to_rules("exam_cap"),)
    assert diagnosed.diagnosis.diagnosis.engine == "rules"
