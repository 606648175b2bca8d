"""Comparing answers with the key."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.diagnose.domain.comparing.answers import compare
from services.diagnose.domain.comparing.outcomes import ComparisonRules, Outcome
from shared.contract.questions import Option, QuestionType

FILL_IN = QuestionType.FILL_IN


def outcome(kind: QuestionType, key: str, student: str) -> str:
    return compare(kind, student, key).outcome.value


@pytest.mark.parametrize(
    ("key", "student"),
    [
        ("1/2", "0.5"), ("1/2", "５０％"), ("0.75", r"$\frac{3}{4}$"), ("1 1/2", "1又1/2"),
        ("x=2", "2"),
        ("3×10⁸", "3*10^8"), ("三分之二", "2/3"), ("5cm", "50 mm"), ("12", "12人"), ("2√2", "√8"),
        ("(x-1)(x+1)", "x²-1"), ("y=2x+1", "2x+1=y"), ("x+y-1=0", "2x+2y=2"), ("x>2", "2＜x"),
        ("{2,3}", "{3，2}"), ("x=1或x=2", "x=2或x=1"), ("①③④", "④③①"), ("(2,3)", "( 2，3 )"),
        ("CO2", "CO₂"), ("have been", "Have been."), ("color|hue", "hue"), ("color", "colour"),
        ("大于", ">"), ("±2", "2或-2"), ("x=2或x=-2", "x=±2"), ("|x-1|", "|1-x|"), ("∅", "空集"),
        ("{x|x>2}", "{x | x>2}"), ("cat|dog|bird", "dog"),
        ("y=-x+1", "x+y=1"), ("don't", "do not"), ("3;5", "3；5"), ("正确", "√"),
        ("李白", "李 白。"), ("2pi", "2π"), ("√(x²)", "|x|"), ("2e", "e^(ln2)*e"), ("∅", "无解"),
        ("4……2", "4余2"), ("4……2", "4 R 2"), ("3.14", "≈3.14"), ("3", "=3"), ("-5℃", "零下5℃"),
        ("R", "全体实数"), ("x=1,y=2", "y=2，x=1"), ("(2,+∞)", "x>2"), ("1≤x<2", "x∈[1,2)"),
        ("(1,2)", "{x|1<x<2}"), ("x<1或x>2", "(-∞,1)∪(2,+∞)"), ("{x|x≤1/2}", "(-∞,0.5]"),
    ],
)  # fmt: skip
def test_the_same_answer_written_differently_is_right(key: str, student: str) -> None:
    assert outcome(FILL_IN, key, student) == Outcome.RIGHT


@pytest.mark.parametrize(
    ("key", "student"),
    [
        ("3.5", "35"), ("1/3", "0.33"), ("1 1/2", "11/2"), ("-3", "3"), ("5cm", "5m"),
        ("(2,3)", "(3,2)"),
        ("x>2", "x≥2"), ("x=1或x=2", "x=1"), ("①③④", "①③"), ("H2O", "H2O2"), ("π", "3.14"),
        ("x²-1", "(x-1)²"), ("[1,2)", "(1,2)"), ("photosynthesis", "gravity"), ("正确", "×"),
        ("(2,+∞)", "x≥2"), ("1≤x<2", "[1,3)"), ("x=1,y=2", "x=2,y=1"), ("|x|", "x-1"), ("=", "＜"),
    ],
)  # fmt: skip
def test_a_different_answer_is_wrong(key: str, student: str) -> None:
    assert outcome(FILL_IN, key, student) == Outcome.WRONG


@pytest.mark.parametrize(
    ("key", "student"),
    [
        ("50%", "50"), ("2,3", "3,2"), ("x=2", "2x=4"), ("CO", "Co"), ("every day", "everyday"),
        ("北京", "南京"), ("photosynthesis", "photosyntesis"), ("on", "no"), ("3", "three"),
        ("(1,2)", "x=1,y=2"), ("4……2", "4……3"), ("2", "e^(ln2)"),
    ],
)  # fmt: skip
def test_what_texts_cannot_decide_is_left_undecided(key: str, student: str) -> None:
    assert outcome(FILL_IN, key, student) == Outcome.UNDECIDED


@pytest.mark.parametrize("word", ["T", "true", "√", "对", "正确", "Yes", "是", "（√）", "✓"])
def test_all_words_for_true_are_one(word: str) -> None:
    assert outcome(QuestionType.TRUE_FALSE, "T", word) == Outcome.RIGHT
    assert outcome(QuestionType.TRUE_FALSE, "错", word) == Outcome.WRONG


@pytest.mark.parametrize("word", ["F", "false", "×", "错", "错误", "No", "否", "（x）", "✗"])
def test_all_words_for_false_are_one(word: str) -> None:
    assert outcome(QuestionType.TRUE_FALSE, "×", word) == Outcome.RIGHT
    assert outcome(QuestionType.TRUE_FALSE, "true", word) == Outcome.WRONG


@pytest.mark.parametrize("answer", ["B", "b", "（B）", "B.", "选B", "Ｂ", "B. 42", "答案：B"])
def test_a_letter_is_read_in_every_dress(answer: str) -> None:
    assert outcome(QuestionType.SINGLE_CHOICE, "B", answer) == Outcome.RIGHT


def test_an_option_written_out_counts_as_its_letter() -> None:
    options = (Option(label="A", text="Paris"), Option(label="B", text="Rome"))
    assert compare(QuestionType.SINGLE_CHOICE, "rome", "B", options).outcome is Outcome.RIGHT


def test_two_letters_in_a_single_choice_are_undecided() -> None:
    assert outcome(QuestionType.SINGLE_CHOICE, "B", "AB") == Outcome.UNDECIDED


@pytest.mark.parametrize(("rule", "share"), [("half", 0.5), ("none", 0.0), ("proportional", 2 / 3)])
def test_missed_options_earn_what_the_rule_says(rule: str, share: float) -> None:
    found = compare(
        QuestionType.MULTIPLE_CHOICE, "A、B", "ABD", rules=ComparisonRules(missed_options=rule)
    )
    assert found.share == pytest.approx(share)


def test_one_wrong_option_loses_a_multiple_choice() -> None:
    assert outcome(QuestionType.MULTIPLE_CHOICE, "ABD", "ABC") == Outcome.WRONG
    assert outcome(QuestionType.MULTIPLE_CHOICE, "ABD", "DBA") == Outcome.RIGHT


def test_blanks_share_the_points() -> None:
    assert compare(FILL_IN, "3;7;9", "3;5;9").share == pytest.approx(2 / 3)
    assert compare(FILL_IN, "3;", "3;5").share == pytest.approx(1 / 2)


def test_short_answers_and_essays_are_never_called_wrong() -> None:
    for kind in (QuestionType.SHORT_ANSWER, QuestionType.ESSAY):
        assert outcome(kind, "x=3", "x = 3") == Outcome.RIGHT
        assert outcome(kind, "3", "4") == Outcome.UNDECIDED


def test_spelling_is_forgiven_only_by_setting() -> None:
    lenient = ComparisonRules(spelling_edits=1)
    assert compare(FILL_IN, "recieve", "receive", rules=lenient).outcome is Outcome.RIGHT
    assert compare(FILL_IN, "recieve", "receive").outcome is Outcome.UNDECIDED
    assert compare(FILL_IN, "cat", "cut", rules=lenient).outcome is not Outcome.RIGHT


symbols = st.text(
    alphabet="0123456789xyABCDabc+-*/^=<>()[]{}|,;、.√π°%±²³½①②\\$ 或又分之三对错√×到cm∞_'\"~\n",
    max_size=40,
)


@settings(max_examples=400)
@given(st.sampled_from(list(QuestionType)), st.one_of(symbols, st.text(max_size=40)), symbols)
def test_no_text_breaks_the_comparison(kind: QuestionType, student: str, key: str) -> None:
    found = compare(kind, student, key)
    assert 0 <= found.share <= 1
    assert (found.outcome is Outcome.RIGHT) == (found.share == 1)


@settings(max_examples=300)
@given(symbols)
def test_an_answer_is_never_a_wrong_answer_to_itself(text: str) -> None:
    assert compare(FILL_IN, text, text).outcome in {Outcome.RIGHT, Outcome.UNDECIDED}


@pytest.mark.parametrize(
    "student", ["sin(exp(exp(20)))", "exp(exp(exp(9)))", "sin(10^40^3)", "x^40^40^40"]
)
def test_towers_of_powers_take_no_time(student: str) -> None:
    begun = time.process_time()
    assert outcome(FILL_IN, "3", student) == "undecided"
    assert time.process_time() - begun < 1
