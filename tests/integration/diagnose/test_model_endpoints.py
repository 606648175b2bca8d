"""Endpoints that call themselves OpenAI-compatible, each in its own way."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.diagnose.adapters.taxonomy.tagged_taxonomy import shipped_points
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import AnalysisStage
from shared.contract.documents import Analysis
from shared.contract.questions import Verdict
from tests.integration.diagnose.conftest import NewAssistant, essay_paper
from tests.integration.diagnose.model_provider import Body, ModelProvider
from tests.unit.diagnose.point_indexes import SameIndex

POINTS = SameIndex(shipped_points())
Refuse = Callable[[Body], tuple[int, str] | None]
Shape = Callable[[str, Body], str]
THOUGHT = 'The student names the theorem. {"not": "this"}'


async def analysed(build: NewAssistant, *, questions: int = 1, **settings: object) -> Analysis:
    stage = AnalysisStage(ScoringRules(), POINTS, build(**settings))
    return await stage.compute(essay_paper(questions))


def is_graded(analysis: Analysis) -> bool:
    return all(q.verdict is Verdict.CORRECT and q.score == 4 for q in analysis.questions)


def completion(message: dict[str, Any], finish_reason: str = "stop", **more: Any) -> str:
    choice = {"index": 0, "message": {"role": "assistant", **message}}
    return json.dumps({"choices": [choice | {"finish_reason": finish_reason}], **more})


def stream(*deltas: dict[str, Any], ends: str = "stop") -> str:
    events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": ends}]})
    events.append({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return ": keep-alive\n\n" + "".join(lines) + "data: [DONE]\n\n"


def form_of(body: Body) -> str | None:
    form = body.get("response_format")
    return None if form is None else str(form["type"])


def newest_openai(body: Body) -> tuple[int, str] | None:
    if "max_tokens" in body:
        return 400, (
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead."
        )
    if body.get("temperature", 1) != 1:
        return 400, "Unsupported value: 'temperature' does not support 0 with this model."
    return None


def no_schema(status: int, text: str) -> Refuse:
    return lambda body: (status, text) if form_of(body) == "json_schema" else None


REFUSALS: dict[str, Refuse] = {
    "max_completion_tokens and a fixed temperature": newest_openai,
    "deepseek": no_schema(400, "This response_format type is unavailable now"),
    "zhipu": no_schema(400, "API 调用参数有误，请检查文档。"),
    "dashscope": no_schema(
        400, "<400> InternalError.Algo.InvalidParameter: 'response_format.type' must be json_object"
    ),
    "xgrammar": no_schema(400, "The provided JSON schema contains features not supported"),
    "llama.cpp": no_schema(500, "failed to parse grammar"),
    "unprocessable": no_schema(422, "Extra inputs are not permitted"),
    "no response_format at all": lambda body: (
        (400, "Unrecognized request argument supplied: response_format") if form_of(body) else None
    ),
    "only streams": lambda body: (
        None if body["stream"] else (400, "This model only support stream mode.")
    ),
}


@pytest.mark.parametrize("refuse", REFUSALS.values(), ids=REFUSALS.keys())
async def test_what_an_endpoint_does_not_understand_is_learned_once(
    new_assistant: NewAssistant, provider: ModelProvider, refuse: Refuse
) -> None:
    provider.refuse = refuse
    provider.shape = lambda text, body: (
        stream({"content": text[:9]}, {"content": text[9:]})
        if body["stream"]
        else completion({"content": text})
    )
    stage = AnalysisStage(ScoringRules(), POINTS, new_assistant())
    assert is_graded(await stage.compute(essay_paper(1)))
    before = len(provider.requests)
    assert is_graded(await stage.compute(essay_paper(3, answer="因为两直线平行，所以相等。")))
    assert len(provider.requests) == before + 3


async def test_a_class_that_begins_at_once_learns_together(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.refuse = newest_openai
    assert is_graded(await analysed(new_assistant, questions=20))


async def test_a_refusal_of_one_request_does_not_change_how_others_are_asked(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    stage = AnalysisStage(ScoringRules(), POINTS, new_assistant())
    assert is_graded(await stage.compute(essay_paper(1)))
    provider.refuse = lambda body: (
        (400, "This model's maximum context length is 8192 tokens") if "太长" in str(body) else None
    )
    too_long = await stage.compute(essay_paper(1, answer="太长，两直线平行。"))
    assert too_long.questions[0].verdict is not Verdict.CORRECT
    assert is_graded(await stage.compute(essay_paper(1, answer="两直线平行，同位角相等。")))
    assert form_of(provider.requests[-1]) == "json_schema"


SHAPES: dict[str, Shape] = {
    "thoughts in tags": lambda text, _: completion({"content": f"<think>{THOUGHT}</think>{text}"}),
    "thoughts and fences": lambda text, _: completion(
        {"content": f"<think>\n{THOUGHT}\n</think>\n```json\n{text}\n```"}
    ),
    "thoughts apart": lambda text, _: completion({"reasoning_content": THOUGHT, "content": text}),
    "the answer among the thoughts": lambda text, _: completion(
        {"reasoning_content": text, "content": None}
    ),
    "content as parts": lambda text, _: completion(
        {"content": [{"type": "text", "text": text[:5]}, {"type": "text", "text": text[5:]}]}
    ),
    "a stream that nobody asked for": lambda text, _: stream(
        {"role": "assistant", "content": None}, {"content": text[:7]}, {"content": text[7:]}
    ),
    "thoughts in a stream": lambda text, _: stream(
        {"reasoning_content": THOUGHT}, {"content": text}
    ),
    "a function's arguments": lambda text, _: completion(
        {"content": None, "tool_calls": [{"function": {"name": "Grade", "arguments": text}}]},
        "tool_calls",
    ),
    "an object in an object": lambda text, _: completion({"content": f'{{"result": {text}}}'}),
    "an object in a list": lambda text, _: completion({"content": f"[{text}]"}),
    "JSON in a string": lambda text, _: completion(
        {"content": json.dumps({"answer": text}, ensure_ascii=False)}
    ),
    "points with their unit": lambda text, _: completion(
        {"content": text.replace('"earned": 4', '"earned": "4分"').replace("4.0", '"4 分"')}
    ),
    "confidence in percent": lambda text, _: completion({"content": text.replace("0.95", "95")}),
    "confidence as text": lambda text, _: completion({"content": text.replace("0.95", '"95%"')}),
    "prose around it": lambda text, _: completion({"content": f"Sure! {text} Anything else?"}),
    "no usage": lambda text, _: completion({"content": text}, usage=None),
    "no reason for the end": lambda text, _: completion({"content": text}, None),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
async def test_an_answer_is_understood_in_every_form_that_endpoints_send(
    new_assistant: NewAssistant, provider: ModelProvider, shape: Shape
) -> None:
    provider.shape = shape
    analysis = await analysed(new_assistant, questions=2)
    assert is_graded(analysis)
    assert analysis.model is not None
    assert (analysis.model.calls, analysis.model.retries) == (2, 0)


async def test_no_confidence_at_all_leaves_the_grade_to_a_person(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.shape = lambda text, _: completion({"content": text.replace("0.95", "null")})
    analysis = await analysed(new_assistant)
    assert analysis.questions[0].verdict is Verdict.NEEDS_REVIEW


@pytest.mark.parametrize("where", ["tags", "apart"])
async def test_thoughts_that_eat_the_tokens_are_given_more_room(
    new_assistant: NewAssistant, provider: ModelProvider, where: str
) -> None:
    def shape(text: str, body: Body) -> str:
        if body["max_tokens"] >= 4096:
            return completion({"content": text})
        if where == "tags":
            return completion({"content": f"<think>{THOUGHT}"}, "length")
        return completion({"content": "", "reasoning_content": THOUGHT}, "length")

    provider.shape = shape
    stage = AnalysisStage(ScoringRules(), POINTS, new_assistant())
    assert is_graded(await stage.compute(essay_paper(1)))
    before = len(provider.requests)
    assert is_graded(await stage.compute(essay_paper(1, answer="两直线平行，同位角相等。")))
    assert len(provider.requests) == before + 1


async def test_an_error_with_status_200_is_tried_again(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    sent = 0

    def shape(text: str, _: Body) -> str:
        nonlocal sent
        sent += 1
        if sent == 1:
            return json.dumps({"error": {"message": "busy", "code": "1305"}})
        return completion({"content": text})

    provider.shape = shape
    assert is_graded(await analysed(new_assistant))


async def test_a_model_that_answers_one_call_at_a_time_answers_all(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.is_serial, provider.latency_seconds = True, 0.5
    stage = AnalysisStage(
        ScoringRules(), POINTS, new_assistant(model_attempt_seconds=2.0, model_attempts=2)
    )
    assert is_graded(await stage.compute(essay_paper(12)))
    provider.most_busy = 0
    assert is_graded(await stage.compute(essay_paper(12, answer="两直线平行，同位角相等。")))
    # By now it is known how many are answered side by side.
    assert provider.most_busy <= 3


async def test_a_model_that_answers_side_by_side_is_asked_so(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.latency_seconds = 0.2
    assert is_graded(await analysed(new_assistant, questions=40))
    assert provider.most_busy == 40
