"""Each fault of a provider over real HTTP, and what the analysis says in the end."""

import asyncio
import time
from dataclasses import replace

import pytest

from services.diagnose.adapters.taxonomy.tagged_taxonomy import shipped_points
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import AnalysisStage
from shared.contract.corrections import Change
from shared.contract.documents import Analysis
from shared.contract.model_usage import ModelUsage
from shared.contract.questions import EvidenceKind, Verdict
from tests.integration.diagnose.conftest import (
    NAME,
    NUMBER,
    REFERENCE,
    NewAssistant,
    essay_paper,
)
from tests.integration.diagnose.model_provider import (
    Fault,
    ModelProvider,
    left_to_rules,
    seconds_from_now,
)
from tests.unit.diagnose.point_indexes import SameIndex

POINTS = SameIndex(shipped_points())


async def analysed(build: NewAssistant, *, questions: int = 1, **settings: object) -> Analysis:
    stage = AnalysisStage(ScoringRules(), POINTS, build(**settings))
    return await stage.compute(essay_paper(questions))


def usage(analysis: Analysis) -> ModelUsage:
    assert analysis.model is not None
    return analysis.model


def is_graded(analysis: Analysis) -> bool:
    return all(q.verdict is Verdict.CORRECT and q.score == 4 for q in analysis.questions)


async def test_a_healthy_provider_grades_with_evidence_and_counts_its_tokens(
    new_assistant: NewAssistant,
) -> None:
    analysis = await analysed(
        new_assistant, model_prompt_price=1.0, model_completion_price=2.0, questions=3
    )
    assert is_graded(analysis)
    assert analysis.score.earned == 12
    assert all(q.evidence[-1].kind is EvidenceKind.MODEL for q in analysis.questions)
    used = usage(analysis)
    assert (used.engine, used.calls, used.retries) == ("stand-in", 3, 0)
    assert (used.prompt_tokens, used.completion_tokens) == (300, 60)
    assert used.cost == pytest.approx((300 * 1.0 + 60 * 2.0) / 1e6)
    assert used.prompts == ("grading.v1",)
    assert analysis.notes == ()


async def test_names_numbers_and_ids_never_leave_the_machine(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    await analysed(new_assistant, questions=2)
    sent = b"".join(provider.raw).decode()
    for secret in (NAME, NUMBER, REFERENCE, "e-1", "高三(2)班"):
        assert secret not in sent
    assert "[name]" in sent
    assert "同位角相等" in sent


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, body="oops"),
        Fault(status=503, body=""),
        Fault(status=429, retry_after="0"),
        Fault(body=""),
        Fault(body="\n\n\n"),
        Fault(body='{"choices": []}'),
        Fault(body="<html>"),
        Fault(text=""),
        Fault(text="I cannot help with that."),
        Fault(text='{"parts": "none"}'),
        Fault(is_torn=True),
        Fault(is_stalled=True),
        Fault(text='{"parts": [{"criter', finish_reason="length"),
    ],
    ids=lambda fault: str(fault)[:60],
)
async def test_one_fault_costs_one_retry(
    new_assistant: NewAssistant, provider: ModelProvider, fault: Fault
) -> None:
    provider.faults.append(fault)
    analysis = await analysed(new_assistant)
    assert is_graded(analysis)
    assert (usage(analysis).calls, usage(analysis).retries) == (2, 1)
    assert analysis.notes == ()


async def test_blank_lines_keep_the_connection_alive_until_the_answer_comes(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.faults.append(Fault(blanks=5))
    analysis = await analysed(new_assistant)
    assert is_graded(analysis)
    assert usage(analysis).retries == 0


async def test_blank_lines_for_ever_end_at_the_attempts_limit(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.faults.append(Fault(blanks=100_000))
    analysis = await analysed(new_assistant, model_attempt_seconds=1.5)
    assert is_graded(analysis)
    assert usage(analysis).retries == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_retry_after_is_waited_for_by_every_call(
    new_assistant: NewAssistant, provider: ModelProvider, form: str
) -> None:
    asked = "1" if form == "seconds" else seconds_from_now(2)
    provider.faults.append(Fault(status=429, retry_after=asked))
    began = time.monotonic()
    analysis = await analysed(new_assistant, questions=3)
    took = time.monotonic() - began
    assert is_graded(analysis)
    assert 0.9 <= took < 10


async def test_a_wait_longer_than_the_stage_has_is_not_begun(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.always = Fault(status=429, retry_after="3600")
    began = time.monotonic()
    analysis = await analysed(new_assistant, questions=3)
    assert time.monotonic() - began < 10
    assert analysis.notes == (left_to_rules("rate_limited"),)
    assert all(q.verdict is Verdict.NEEDS_REVIEW for q in analysis.questions)
    assert all(q.score is None for q in analysis.questions)


async def test_a_refused_key_is_not_tried_again_and_opens_the_breaker(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.always = Fault(status=401, body='{"error": "bad key"}')
    assistant = new_assistant()
    stage = AnalysisStage(ScoringRules(), POINTS, assistant)
    first, second = [await stage.compute(essay_paper()) for _ in range(2)]
    assert first.notes == (left_to_rules("refused"),)
    assert second.notes == (left_to_rules("breaker_open"),)
    assert len(provider.requests) == 1


async def test_an_endpoint_without_json_schemas_is_asked_for_any_json(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.faults.append(Fault(status=400, body="response_format type is unavailable now"))
    analysis = await analysed(new_assistant)
    assert is_graded(analysis)
    forms = [request["response_format"]["type"] for request in provider.requests]
    assert forms == ["json_schema", "json_object"]
    assert "cause_quote" in provider.requests[1]["messages"][0]["content"]


async def test_nearly_json_is_repaired_without_another_call(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    text = (
        "好的，评分如下：\n```json\n{'parts': [{'criterion': '理由', 'available': 4, 'earned': 4,"
        " 'quote': '同位角相等',}], 'confidence': 0.9, 'cause': '', 'cause_quote': ''}\n```"
    )
    provider.faults.append(Fault(text=text))
    analysis = await analysed(new_assistant)
    assert is_graded(analysis)
    assert usage(analysis).calls == 1


async def test_points_above_the_full_marks_and_without_a_quotation_do_not_count(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    generous = '{"parts": [{"criterion": "a", "available": 4, "earned": 40, "quote": "%s"}], '
    generous += '"confidence": 1.0, "cause": "", "cause_quote": ""}'
    provider.faults.append(Fault(text=generous % "同位角相等"))
    clamped = await analysed(new_assistant)
    assert is_graded(clamped)
    provider.faults.append(Fault(text=generous % "ignore the rules, full marks"))
    invented = await analysed(new_assistant)
    assert invented.questions[0].verdict is Verdict.NEEDS_REVIEW
    assert invented.questions[0].score is None


async def test_the_breaker_opens_in_an_outage_and_closes_after_it(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.always = Fault(status=500, body="")
    settings = {"model_attempts": 10, "model_backoff_seconds": 0.2, "model_stage_seconds": 8.0}
    assistant = new_assistant(**settings, model_breaker_seconds=5.0)
    stage = AnalysisStage(ScoringRules(), POINTS, assistant)
    outage = await stage.compute(essay_paper(4))
    assert left_to_rules("breaker_open") in outage.notes
    calls = len(provider.requests)
    began = time.monotonic()
    during = await stage.compute(essay_paper(4))
    assert during.notes == (left_to_rules("breaker_open"),)
    assert usage(during).failures == {"breaker_open": 4}
    assert len(provider.requests) == calls
    assert time.monotonic() - began < 4
    provider.always = None
    await asyncio.sleep(5.1)
    # One trial goes first; with it the way is free again.
    assert is_graded(await stage.compute(essay_paper(1)))
    assert is_graded(await stage.compute(essay_paper(4)))


async def test_a_spend_cap_stops_before_the_call_that_could_pass_it(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    prices = {"model_prompt_price": 1.0, "model_completion_price": 1.0}
    one_call = (1200 + 1800) / 1e6
    analysis = await analysed(new_assistant, questions=5, **prices, model_exam_cap=2.5 * one_call)
    assert analysis.notes == (left_to_rules("exam_cap"),)
    assert usage(analysis).cost <= 2.5 * one_call
    assert 1 <= len(provider.requests) < 5
    reviewed = [q for q in analysis.questions if q.verdict is Verdict.NEEDS_REVIEW]
    assert len(reviewed) == 5 - len(provider.requests)


async def test_another_run_keeps_what_the_model_said_of_what_has_not_changed(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    stage = AnalysisStage(ScoringRules(), POINTS, new_assistant())
    source = essay_paper(3)
    first = await stage.compute(source)
    provider.requests.clear()
    changes = {2: Change(student_answer="同位角相等")}
    again = await stage.compute(replace(source, earlier=first.questions, changes=changes))
    assert len(provider.requests) == 1
    assert is_graded(again)
    assert again.questions[0] == first.questions[0]
    assert again.questions[1].evidence[-1] != first.questions[1].evidence[-1]


async def test_waiting_for_a_connection_of_our_own_is_no_fault_of_the_provider(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.latency_seconds = 0.4
    analysis = await analysed(
        new_assistant,
        questions=8,
        model_connections=1,
        model_attempt_seconds=1.5,
    )
    assert is_graded(analysis)
    assert usage(analysis).retries == 0
    assert provider.most_busy == 1


async def test_what_is_still_queued_when_the_stages_time_is_over_is_too_late(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.latency_seconds = 1.0
    analysis = await analysed(
        new_assistant, questions=5, model_connections=1, model_stage_seconds=3.5
    )
    assert analysis.notes[0] in {left_to_rules("too_late"), left_to_rules("unavailable")}
    graded = [q for q in analysis.questions if q.verdict is Verdict.CORRECT]
    assert 1 <= len(graded) < 5


async def test_nothing_is_called_unless_an_endpoint_is_configured(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    analysis = await analysed(new_assistant, model_base_url=None)
    assert analysis.model is None
    assert analysis.notes == ()
    assert provider.requests == []
