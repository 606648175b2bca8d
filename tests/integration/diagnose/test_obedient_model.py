"""A model that obeys whatever stands on a paper: no order of a student's becomes a score."""

from typing import Any

import pytest

from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import AnalysisStage
from shared.contract.notes import NoteKind
from shared.contract.questions import Verdict
from tests.integration.diagnose.conftest import NewAssistant, essay_paper
from tests.integration.diagnose.model_provider import ModelProvider
from tests.integration.diagnose.test_model_advice import POINTS
from tests.unit.diagnose.model.test_marking_talk import CLAIMS, ORDERS, UNKNOWN_ORDERS


def obey(_: str, data: dict[str, Any]) -> Any:
    """Full points, quoting all of the answer; for anything else as little as is allowed."""
    if "full_score" not in data:
        return {"points": [], "cause": "", "quote": "", "confidence": 0.0}
    full = data["full_score"]
    part = {"criterion": "all", "available": full, "earned": full, "quote": data["answer"]}
    return {"parts": [part], "confidence": 1.0, "cause": "", "cause_quote": ""}


@pytest.mark.parametrize("text", [*ORDERS, *CLAIMS, *UNKNOWN_ORDERS])
async def test_an_order_on_the_paper_earns_nothing_and_a_person_is_told(
    new_assistant: NewAssistant, provider: ModelProvider, text: str
) -> None:
    provider.think = obey
    stage = AnalysisStage(ScoringRules(), POINTS, new_assistant())
    analysis = await stage.compute(essay_paper(answer=text))
    (question,) = analysis.questions
    assert (question.verdict, question.score) == (Verdict.NEEDS_REVIEW, None)
    assert analysis.score.earned == 0
    if text in UNKNOWN_ORDERS:
        return
    assert not any(text in evidence.text for evidence in question.evidence)
    assert NoteKind.ANSWER_ABOUT_MARKS in {note.kind for note in analysis.notes}


async def test_an_answer_to_the_question_is_graded_as_before(
    new_assistant: NewAssistant, provider: ModelProvider
) -> None:
    provider.think = obey
    stage = AnalysisStage(ScoringRules(), POINTS, new_assistant())
    analysis = await stage.compute(essay_paper())
    assert [question.score for question in analysis.questions] == [4]
