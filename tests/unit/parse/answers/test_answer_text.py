import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.parse.domain.answers.answer_text import as_verdict, interpret
from services.parse.domain.answers.confidence import among_few, answer_confidence
from shared.contract.questions import QuestionType

CHOICE, SEVERAL, VERDICT, WORDS = (
    QuestionType.SINGLE_CHOICE,
    QuestionType.MULTIPLE_CHOICE,
    QuestionType.TRUE_FALSE,
    QuestionType.FILL_IN,
)


@pytest.mark.parametrize(
    ("raw", "kind", "text"),
    [
        (" B ", CHOICE, "B"),
        ("（C", CHOICE, "C"),
        ("d", CHOICE, "D"),
        ("Ｂ", CHOICE, "B"),
        ("8", CHOICE, "B"),
        ("CA", SEVERAL, "AC"),
        ("A、B、D", SEVERAL, "ABD"),
        ("✓", VERDICT, "√"),
        ("V", VERDICT, "√"),
        ("x", VERDICT, "×"),
        ("T", VERDICT, "T"),
        ("False", VERDICT, "F"),
        ("對", VERDICT, "对"),
        ("错误", VERDICT, "错"),
        ("_ 12 cm _", WORDS, "12 cm"),
        ("液 化", WORDS, "液化"),
        ("the  cat.", WORDS, "the cat"),
    ],
)
def test_readings_are_spelled_in_one_way(raw: str, kind: QuestionType, text: str) -> None:
    meaning = interpret(raw, kind, "ABCD")
    assert meaning is not None
    assert meaning.text == text


@pytest.mark.parametrize(
    ("raw", "kind"),
    [("E", CHOICE), ("甲", CHOICE), ("x+y", CHOICE), ("B", VERDICT), ("甲", VERDICT), ("", WORDS)],
)
def test_what_no_such_question_is_answered_with_has_no_meaning(
    raw: str, kind: QuestionType
) -> None:
    labels = "ABCD" if kind is CHOICE else ""
    meaning = interpret(raw, kind, labels)
    assert meaning is None or meaning.plausibility <= 0.9


@pytest.mark.parametrize(
    ("raw", "kind"), [("8", CHOICE), ("AB", CHOICE), ("7", VERDICT), ("H20", WORDS)]
)
def test_readings_that_are_often_wrong_are_doubted(raw: str, kind: QuestionType) -> None:
    meaning = interpret(raw, kind, "ABCD")
    assert meaning is not None
    assert meaning.plausibility < 0.8


@given(raw=st.text(max_size=12), kind=st.sampled_from(QuestionType))
def test_any_text_has_a_meaning_or_none_and_a_plausibility_within_bounds(
    raw: str, kind: QuestionType
) -> None:
    meaning = interpret(raw, kind, "ABCD")
    assert meaning is None or (meaning.text and 0 < meaning.plausibility <= 1)


@given(recogniser=st.floats(0, 1), plausibility=st.floats(0, 1), place=st.floats(0, 1))
def test_confidence_is_never_above_any_of_its_reasons(
    recogniser: float, plausibility: float, place: float
) -> None:
    confidence = answer_confidence(recogniser, plausibility, place)
    assert 0 <= confidence <= min(recogniser, plausibility, place) + 1e-4


@given(one=st.floats(0.001, 1), other=st.floats(0.001, 1))
def test_fewer_possible_answers_raise_confidence_and_keep_its_order(
    one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert low <= among_few(low) + 1e-9 <= among_few(high) + 2e-9 <= 1 + 3e-9


@pytest.mark.parametrize(("text", "sign"), [("微对", "对"), ("诸错", "错"), ("呆F", "F")])
def test_a_sign_after_a_scribble_counts_but_not_surely(text: str, sign: str) -> None:
    meaning = as_verdict(text)
    assert meaning is not None
    assert meaning.text == sign
    assert meaning.plausibility < 0.8
