"""Drills are judged and scored without a key, and only what was read surely is called wrong."""

import pytest

from services.diagnose.domain.advice.written_advice import advise
from services.diagnose.domain.estimation.mastery import estimate_mastery
from services.diagnose.domain.scoring.analysis import AnalysisInput, analyse
from services.diagnose.domain.scoring.judgement import ScoringRules
from shared.contract.answer_key import AnswerKey
from shared.contract.documents import Analysis, Score
from shared.contract.failures import Language
from shared.contract.questions import Evidence, EvidenceKind, QuestionType, Verdict
from shared.contract.reading import (
    Asked,
    AskedKind,
    ReadAnswer,
    ReadPaper,
    ReadQuestion,
    ReadSection,
)
from tests.unit.diagnose.diagnosis_papers import answer_key, key_section, mark
from tests.unit.diagnose.point_indexes import NoTaxonomy

FILL = QuestionType.FILL_IN


def asks(
    left: str,
    answer: str | None,
    *,
    right: str = "____",
    kind: AskedKind = AskedKind.SUM,
    printed: float = 0.99,
    read: float = 0.99,
    number: int = 1,
    marks: tuple[Evidence, ...] = (),
) -> ReadQuestion:
    return ReadQuestion(
        ordinal=number,
        section="一",
        number=str(number),
        type=FILL,
        stem=f"{left}={right}",
        answer=None if answer is None else ReadAnswer(text=answer, confidence=read),
        marks=marks,
        asked=Asked(kind=kind, left=left, right=right, confidence=printed),
    )


def score(
    *reads: ReadQuestion, key: AnswerKey | None = None, points: float | None = None
) -> Analysis:
    sections = (ReadSection(label="一", title="口算", points=points),)
    paper = ReadPaper(questions=reads, sections=sections)
    return analyse(AnalysisInput(paper, key, None), ScoringRules(), NoTaxonomy())


def verdict(read: ReadQuestion) -> Verdict:
    return score(read).questions[0].verdict


def test_a_right_result_is_correct_and_carries_what_was_worked_out() -> None:
    question = score(asks("184÷8", "23")).questions[0]
    assert (question.verdict, question.correct_answer) == (Verdict.CORRECT, "23")
    evidence = question.evidence[-1]
    assert (evidence.kind, evidence.text) == (EvidenceKind.COMPUTED, "184÷8 = 23")


def test_a_wrong_result_that_was_read_surely_is_incorrect() -> None:
    question = score(
        asks("17平方分米", "0.17", right="____平方厘米", kind=AskedKind.CONVERSION)
    ).questions[0]
    assert (question.verdict, question.correct_answer) == (Verdict.INCORRECT, "1700")
    assert (question.score, question.full_score) == (0, 1)


@pytest.mark.parametrize(
    "read",
    [
        asks("184÷8", "46", read=0.97),
        asks("184÷8", "46", printed=0.9),
        asks("6000-0", "60", read=0.99),
        asks("52+20", "12", read=0.99),
        asks("(12+28)×22+2", "440", printed=0.99),
    ],
    ids=["answer unsure", "print unsure", "figures lost", "look-alike", "sign surely read"],
)
def test_what_may_be_misread_is_never_called_wrong(read: ReadQuestion) -> None:
    assert verdict(read) is Verdict.NEEDS_REVIEW


def test_agreement_with_arithmetic_makes_an_unsure_reading_sure() -> None:
    assert verdict(asks("68-13", "55", printed=0.6, read=0.45)) is Verdict.CORRECT
    # One figure agrees by chance sooner, one of three signs sooner still.
    assert verdict(asks("360÷40", "9", read=0.14)) is Verdict.NEEDS_REVIEW
    assert verdict(asks("3米", ">", right="2米", kind=AskedKind.COMPARISON, read=0.6)) is (
        Verdict.NEEDS_REVIEW
    )
    assert verdict(asks("3米", ">", right="2米", kind=AskedKind.COMPARISON)) is Verdict.CORRECT


def test_a_sign_misread_in_doubtful_print_is_made_good() -> None:
    question = score(asks("(12+28)×22+2", "440", printed=0.56)).questions[0]
    assert (question.verdict, question.correct_answer) == (Verdict.CORRECT, "440")


def test_a_result_in_doubt_shows_no_worked_value_of_doubtful_print() -> None:
    assert score(asks("184+8", "23", printed=0.7)).questions[0].correct_answer is None


def test_an_empty_place_is_unanswered_and_shows_the_result() -> None:
    question = score(asks("3+4", "")).questions[0]
    assert (question.verdict, question.correct_answer) == (Verdict.UNANSWERED, "7")


def test_a_drill_counts_right_answers_of_all_that_were_judged() -> None:
    analysis = score(
        asks("3+4", "7", number=1),
        asks("30+4", "34", number=2),
        asks("33-13", "46", number=3),
        asks("33-13", "20", read=0.1, printed=0.1, number=4),
    )
    assert [q.verdict.value for q in analysis.questions][:3] == ["correct", "correct", "incorrect"]
    graded = Score(earned=3, full=4, rate=0.75, ungraded=0, in_questions=True)
    assert analysis.score == graded
    text = advise(analysis, estimate_mastery(analysis.questions), Language.ZH).summary
    assert "答对 3 / 4 题" in text


def test_printed_points_of_a_section_of_sums_are_spread_over_them() -> None:
    analysis = score(asks("3+4", "7", number=1), asks("3+5", "8", number=2), points=10)
    assert [q.full_score for q in analysis.questions] == [5, 5]
    assert not analysis.score.in_questions


def test_the_key_is_believed_before_arithmetic_and_fills_no_gap_of_it() -> None:
    key = answer_key(key_section("一", ["8"], kind=FILL))
    assert score(asks("3+4", "8"), key=key).questions[0].verdict is Verdict.CORRECT
    empty = answer_key(key_section("一", [""], kind=FILL))
    question = score(asks("3+4", "7"), key=empty).questions[0]
    assert (question.verdict, question.correct_answer, question.score) == (Verdict.CORRECT, "7", 5)


def test_a_teachers_cross_against_arithmetic_is_a_conflict() -> None:
    analysis = score(asks("3+4", "7", marks=(mark("cross", 0.95),)))
    assert analysis.notes[0].details == ("mark", "computed")


@pytest.mark.parametrize(
    ("left", "name"),
    [
        ("3+4", "整数的认识与运算"), ("3×4", "整数乘除法"), ("(3+4)×5", "四则混合运算"),
        ("0.5+1", "小数"), ("1/2+1/3", "分数"), ("50%×2", "百分数"),
    ],
)  # fmt: skip
def test_sums_have_the_topic_of_their_signs_and_numbers(left: str, name: str) -> None:
    assert [p.name for p in score(asks(left, "7")).questions[0].knowledge_points] == [name]
