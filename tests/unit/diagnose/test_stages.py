"""The two stages over a unit of work in memory."""

import pytest

from services.diagnose.domain.scoring.analysis import AnalysisInput
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import AnalysisStage, DiagnosticInput, DiagnosticStage
from shared.contract.failures import FailureCode, Language, PermanentFailure
from tests.unit.diagnose.diagnosis_papers import answer_key, key_section, read_paper, read_question
from tests.unit.diagnose.point_indexes import NoTaxonomy, SameIndex


async def test_the_stages_lead_from_a_read_paper_to_advice_in_both_languages() -> None:
    key = answer_key(key_section("一", "AB"), key_section("二", "CD"))
    reads = (
        read_question(1, "1", "A", section="一"),
        read_question(2, "2", "C", section="一"),
        read_question(3, "1", "", section="二"),
        read_question(4, "2", "D", section="二", confidence=0.4),
    )
    stage = AnalysisStage(ScoringRules(), SameIndex(NoTaxonomy()))
    analysis = await stage.compute(AnalysisInput(read_paper(*reads), key, None, key_version=1))
    zh = (await DiagnosticStage().compute(DiagnosticInput(analysis, Language.ZH))).diagnosis
    en = (await DiagnosticStage().compute(DiagnosticInput(analysis, Language.EN))).diagnosis
    assert "得 5 分" in zh.diagnosis.summary
    assert "5 of 20 points, 5 open (5-10)" in en.diagnosis.summary
    assert any("一、第 2 题" in text for text in zh.diagnosis.recommendations)
    assert any(
        "question 2 of section 二" in text and "check" in text
        for text in en.diagnosis.recommendations
    )
    assert zh.diagnosis.engine == "rules"
    assert zh.diagnosis.weaknesses == ()


async def test_a_paper_without_questions_fails_for_good() -> None:
    stage = AnalysisStage(ScoringRules(), SameIndex(NoTaxonomy()))
    with pytest.raises(PermanentFailure) as failure:
        await stage.compute(AnalysisInput(read_paper(), None, None))
    assert failure.value.code is FailureCode.NO_QUESTIONS_FOUND
