"""What becomes of a model's grades, causes and words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diagnose.domain.model.advice import adds_no_figure, in_words_of
from services.diagnose.domain.model.answers import ErrorCause, Grade, GradedPart
from services.diagnose.domain.model.grading import (
    has_error_to_explain,
    is_gradable,
    with_cause,
    with_grade,
)
from services.diagnose.domain.model.quotation import is_quoted
from services.diagnose.domain.model.redaction import Redactor
from shared.contract.documents import DiagnosisText, QuestionResult
from shared.contract.questions import Evidence, EvidenceKind, Option, QuestionType, Verdict
from shared.contract.reading import ReadAnswer

ANSWER = "因为 AB∥CD，所以∠1=∠2"


def question(**changed: object) -> QuestionResult:
    plain = QuestionResult(
        ordinal=1,
        section="一",
        number="1",
        type=QuestionType.SHORT_ANSWER,
        stem="如图，AB∥CD，说明 ∠1=∠2 的理由",
        options=(),
        student_answer=ANSWER,
        correct_answer="两直线平行，内错角相等",
        verdict=Verdict.NEEDS_REVIEW,
        score=None,
        full_score=5,
        confidence=0.5,
        knowledge_points=(),
        difficulty=0.5,
        error_cause=None,
        evidence=(),
    )
    return plain.model_copy(update=changed)


def grade(*parts: tuple[float, float, str], confidence: float = 0.95, **cause: str) -> Grade:
    return Grade(
        parts=tuple(
            GradedPart(criterion="c", available=available, earned=earned, quote=quote)
            for available, earned, quote in parts
        ),
        confidence=confidence,
        cause=cause.get("cause", ""),
        cause_quote=cause.get("cause_quote", ""),
    )


def test_parts_are_added_up_and_the_cause_is_kept_with_its_quotation() -> None:
    found = with_grade(
        question(),
        ANSWER,
        0.95,
        grade((3, 3, "AB∥CD"), (2, 0, ""), cause="没有写出依据", cause_quote="∠1=∠2"),
        0.8,
    )
    assert (found.verdict, found.score) == (Verdict.PARTIAL, 3)
    assert found.error_cause == "没有写出依据"
    assert [e.text for e in found.evidence] == ["3/5: AB∥CD", "∠1=∠2"]


@given(
    st.lists(
        st.tuples(st.floats(0, 10), st.floats(-20, 20), st.sampled_from(["AB", "∠1", "nope", ""])),
        min_size=1,
        max_size=6,
    ),
    st.floats(0, 1),
)
def test_no_grade_leaves_the_range_or_stands_without_proof(
    parts: list[tuple[float, float, str]], confidence: float
) -> None:
    found = with_grade(question(), ANSWER, 1.0, grade(*parts, confidence=confidence), 0.8)
    if found.score is None:
        assert found.verdict is Verdict.NEEDS_REVIEW
        return
    assert 0 < found.score <= 5
    assert confidence >= 0.8
    earning = [quote for available, earned, quote in parts if min(earned, available) > 0]
    assert all(is_quoted(quote, ANSWER) for quote in earning)
    assert (found.verdict is Verdict.CORRECT) == (found.score >= 5)


def test_an_unsure_grade_stays_a_proposal_for_a_person() -> None:
    found = with_grade(question(), ANSWER, 0.8, grade((5, 5, "AB∥CD"), confidence=0.9), 0.8)
    assert (found.verdict, found.score) == (Verdict.NEEDS_REVIEW, None)
    assert found.evidence[-1].text.startswith("5/5")


def test_nothing_earned_needs_words_that_show_the_error() -> None:
    nothing = with_grade(question(), ANSWER, 1.0, grade((5, 0, "")), 0.8)
    assert nothing.verdict is Verdict.NEEDS_REVIEW
    shown = grade((5, 0, ""), cause="角弄错了", cause_quote="∠1=∠2")
    assert with_grade(question(), ANSWER, 1.0, shown, 0.8).verdict is Verdict.INCORRECT


def test_a_rubric_of_other_points_than_the_questions_is_not_believed() -> None:
    assert with_grade(question(), ANSWER, 1.0, grade((10, 5, "AB")), 0.8) == question()


@pytest.mark.parametrize(
    ("changed", "answer", "expected"),
    [
        ({}, ReadAnswer(text=ANSWER, confidence=0.9), True),
        ({}, ReadAnswer(text=ANSWER, confidence=0.5), False),
        ({}, ReadAnswer(text=" __ ", confidence=0.9), False),
        ({}, None, False),
        ({"verdict": Verdict.CORRECT}, ReadAnswer(text=ANSWER, confidence=0.9), False),
        ({"type": QuestionType.FILL_IN}, ReadAnswer(text=ANSWER, confidence=0.9), False),
        ({"full_score": None}, ReadAnswer(text=ANSWER, confidence=0.9), False),
        ({"correct_answer": None}, ReadAnswer(text=ANSWER, confidence=0.9), False),
        (
            {"correct_answer": None, "type": QuestionType.ESSAY},
            ReadAnswer(text=ANSWER, confidence=0.9),
            True,
        ),
        (
            {"evidence": (Evidence(kind=EvidenceKind.MARK, text="tick"),)},
            ReadAnswer(text=ANSWER, confidence=0.9),
            False,
        ),
    ],
)
def test_only_free_text_that_nobody_decided_goes_to_a_model(
    changed: dict[str, object], answer: ReadAnswer | None, expected: bool
) -> None:
    assert is_gradable(question(**changed), answer, 0.8) is expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (("弄反了条件和结论", "∠1=∠2", 0.9), "弄反了条件和结论"),
        (("弄反了条件和结论", "∠3=∠4", 0.9), None),
        (("弄反了条件和结论", "", 0.9), None),
        (("弄反了条件和结论", "∠1=∠2", 0.3), None),
        (("  ", "∠1=∠2", 0.9), None),
    ],
)
def test_a_cause_needs_a_quotation_and_confidence(
    claim: tuple[str, str, float], expected: str | None
) -> None:
    wrong = question(verdict=Verdict.INCORRECT, score=0)
    cause, quote, confidence = claim
    claimed = ErrorCause(cause=cause, quote=quote, confidence=confidence)
    assert with_cause(wrong, ANSWER, claimed, 0.8).error_cause == expected


def test_the_chosen_option_can_be_quoted_and_no_other() -> None:
    options = (Option(label="A", text="加速度不变"), Option(label="B", text="速度不变"))
    wrong = question(
        verdict=Verdict.INCORRECT, score=0, options=options, type=QuestionType.SINGLE_CHOICE
    )
    for quote, is_kept in (("速度不变", True), ("加速度不变", False), ("B", False)):
        claim = ErrorCause(cause="混淆", quote=quote, confidence=0.9)
        assert (with_cause(wrong, "B", claim, 0.8).error_cause is not None) is is_kept


def test_a_bare_letter_or_sign_shows_no_cause() -> None:
    answer = ReadAnswer(text="B", confidence=0.9)
    for kind in (QuestionType.SINGLE_CHOICE, QuestionType.TRUE_FALSE):
        wrong = question(verdict=Verdict.INCORRECT, score=0, type=kind)
        assert not has_error_to_explain(wrong, answer)
    assert has_error_to_explain(question(verdict=Verdict.INCORRECT, score=0), answer)


def test_a_right_answer_gets_no_cause() -> None:
    right = question(verdict=Verdict.CORRECT, score=5)
    claim = ErrorCause(cause="x", quote="AB", confidence=1)
    assert with_cause(right, ANSWER, claim, 0.8) == right


@given(st.text(min_size=1, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_a_part_of_a_text_with_letters_is_quoted(middle: str, before: str, after: str) -> None:
    if any(c.isalnum() for c in middle) and middle.isascii():
        assert is_quoted(middle, f"{before} {middle} {after}") or "\\" in before + middle + after


def test_figures_in_advice_must_be_known() -> None:
    facts = "得 52 分，得分率 65%；一.3 题"
    assert adds_no_figure("共得52分，先看第 3 题", facts)
    assert not adds_no_figure("共得 53 分", facts)
    assert not adds_no_figure("re-do 3 questions in 10 minutes", facts)


def test_advice_keeps_the_claims_of_the_rules() -> None:
    rules = DiagnosisText(
        summary="s", strengths=("a",), weaknesses=("b",), recommendations=("c", "d"), engine="rules"
    )
    assert in_words_of("m", rules, None, {}) == rules
    worded = in_words_of("m", rules, "new", {1: "better d"})
    assert (worded.summary, worded.recommendations) == ("new", ("c", "better d"))
    assert (worded.strengths, worded.weaknesses, worded.engine) == (("a",), ("b",), "m")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("姓名：李雷 学号：2023001", "姓名：[name] 学号：[number]"),
        ("Name: Han Meimei, Student No. A-1203", "Name: [name], Student No. [number]"),
        ("NAME: Han Meimei", "NAME: [name]"),
        ("王 小 明说：你好", "[name]说：你好"),
        ("我叫王小明，考号20231111", "我叫[name]，考号[number]"),
        ("Dear Tom, yours Jane Doe", "Dear Tom, yours [name]"),
        ("call 13812345678 or a.b@school.cn", "call [contact] or [contact]"),
        ("身份 11010519491231002X", "身份 [contact]"),
        ("班级：高三(2)班", "班级：[number]"),
        ("班级有45人，Class size 30", "班级有45人，Class size 30"),
        ("12345678 + 87654321 = 99999999", "12345678 + 87654321 = 99999999"),
        ("S-7 and S-77", "[number] and S-77"),
        ("Janet and Doering", "Janet and Doering"),
    ],
)
def test_personal_data_is_taken_out_and_the_rest_stays(text: str, expected: str) -> None:
    redactor = Redactor.of(["王小明", "Jane Doe", None, "X"], ["S-7", None])
    assert redactor.text(text) == expected


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_known_name_never_gets_through(before: str, after: str) -> None:
    sent = Redactor.of(["王小明"], []).data({"a": [before + "王小明" + after], "b": 1})
    assert "王小明" not in str(sent)
    assert sent["b"] == 1
