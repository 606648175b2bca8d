"""Sums, conversions, comparisons and equations are worked out and compared with the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diagnose.domain.comparing.outcomes import Outcome
from services.diagnose.domain.comparing.worked import Worked, is_misread, work_out
from shared.contract.reading import Asked, AskedKind

_KINDS = {kind.value[:4]: kind for kind in AskedKind}


def ask(kind: str, left: str, right: str = "____") -> Asked:
    return Asked(kind=_KINDS[kind], left=left, right=right, confidence=0.99)


def works(asked: Asked, student: str) -> Worked:
    worked = work_out(asked, student)
    assert worked is not None
    return worked


@pytest.mark.parametrize(
    ("asked", "student", "text"),
    [
        (ask("sum", "184÷8"), "23", "23"),
        (ask("sum", "1/2+1/3"), "5/6", "5/6"),
        (ask("sum", "0.5+0.25"), "0.750", "0.75"),
        (ask("sum", "1÷4"), "1/4", "0.25"),
        (ask("sum", "10÷4"), "2.5", "2.5"),
        (ask("sum", "17÷5"), "3……2", "3……2"),
        (ask("sum", "17÷5"), "3余2", "3……2"),
        (ask("sum", "17÷5"), "3......2", "3……2"),
        (ask("sum", "3-10"), "-7", "-7"),
        (ask("sum", "1又1/2+1"), "2 1/2", "5/2"),
        (ask("conv", "6000平方分米", "____平方米"), "60", "60"),
        (ask("conv", "5km", "____m"), "5000", "5000"),
        (ask("conv", "3时20分", "____分"), "200", "200"),
        (ask("conv", "1米5厘米", "____厘米"), "105", "105"),
        (ask("conv", "5角", "____分"), "50", "50"),
        (ask("conv", "3平方千米", "____公顷"), "300", "300"),
        (ask("conv", "2公顷", "____平方米"), "20000", "20000"),
        (ask("conv", "7000千克", "____吨"), "7", "7"),
        (ask("conv", "3升", "____毫升"), "3000", "3000"),
        (ask("conv", "2年", "____个月"), "24", "24"),
        (ask("conv", "4cm²", "____mm²"), "400", "400"),
        (ask("conv", "38分米", "____米"), "3.8", "3.8"),
        (ask("conv", "3亩", "____平方米"), "2000", "2000"),
        (ask("comp", "3分米", "3厘米"), ">", ">"),
        (ask("comp", "24÷8-2", "24÷(8-2)"), "＜", "<"),
        (ask("comp", "(45-15)÷5", "45-15÷5"), "<", "<"),
        (ask("comp", "1米5厘米", "105厘米"), "=", "="),
        (ask("comp", "60秒", "1分"), "=", "="),
        (ask("equa", "____+27", "43"), "16", "16"),
        (ask("equa", "42÷(____+4)", "6"), "3", "3"),
        (ask("equa", "43", "____+27"), "16", "16"),
        (ask("equa", "1/4", "____%"), "25", "25"),
    ],
)  # fmt: skip
def test_right_answers_are_right(asked: Asked, student: str, text: str) -> None:
    assert works(asked, student) == Worked(text, Outcome.RIGHT)


@pytest.mark.parametrize(
    ("asked", "student", "text"),
    [
        (ask("sum", "33-13"), "46", "20"),
        (ask("sum", "17÷5"), "2……7", "3……2"),
        (ask("conv", "17平方分米", "____平方厘米"), "0.17", "1700"),
        (ask("comp", "3分米", "3厘米"), "<", ">"),
        (ask("equa", "____+27", "43"), "70", "16"),
    ],
)
def test_wrong_answers_are_wrong(asked: Asked, student: str, text: str) -> None:
    worked = works(asked, student)
    assert (worked.outcome, worked.text) == (Outcome.WRONG, text)


@pytest.mark.parametrize(
    ("asked", "student"),
    [
        (ask("sum", "10÷3"), "3.33"),
        (ask("sum", "17÷5"), "3"),
        (ask("sum", "3+4"), "3+4"),
        (ask("sum", "3+4"), "seven"),
        (ask("sum", "3+4"), ""),
        (ask("comp", "3分米", "3厘米"), "○"),
    ],
)
def test_rounded_partial_and_unreadable_answers_are_left_open(asked: Asked, student: str) -> None:
    assert works(asked, student).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    "asked",
    [
        ask("sum", "5÷0"),
        ask("sum", "3+4", "____年"),
        ask("conv", "170秒", "____分(50)秒"),
        ask("conv", "5米", "____千克"),
        ask("conv", "3分", "____"),
        ask("conv", "6米", "____年方"),
        ask("comp", "3米", "3千克"),
        ask("comp", "3米", "3"),
        ask("equa", "____+____", "4"),
        ask("othe", "3", "4"),
    ],
)
def test_what_is_not_clear_has_no_right_answer(asked: Asked) -> None:
    assert work_out(asked, "3") is None


def test_a_sum_whose_sign_was_misread_is_told_by_the_answer() -> None:
    worked = works(ask("sum", "(12+28)×22+2"), "440")
    assert worked == Worked("440", Outcome.RIGHT, is_repaired=True)
    assert works(ask("sum", "(87·93)×30+2"), "2700").is_repaired
    # 8+2=4 may be the student's mistake.
    assert works(ask("sum", "8+2"), "4").outcome is Outcome.WRONG


@pytest.mark.parametrize(
    ("read", "right", "expected"),
    [
        ("60", "6000", True), ("24", "244", True), ("12", "72", True), ("19", "11", True),
        ("140", "180", False), ("0.17", "1700", False), ("54", "56", False),
    ],
)  # fmt: skip
def test_lost_figures_and_look_alikes_may_be_misread(
    read: str, right: str, *, expected: bool
) -> None:
    assert is_misread(read, right) is expected


@given(st.sampled_from(list(AskedKind)), st.text(max_size=60), st.text(max_size=60), st.text())
def test_no_text_makes_it_fail(kind: AskedKind, left: str, right: str, student: str) -> None:
    work_out(Asked(kind=kind, left=left, right=right, confidence=1), student)


@given(st.integers(0, 999), st.integers(0, 999))
def test_sums_and_differences_come_out(one: int, other: int) -> None:
    for sign, value in (("+", one + other), ("-", one - other), ("×", one * other)):
        asked = ask("sum", f"{one}{sign}{other}")
        assert works(asked, str(value)).outcome is Outcome.RIGHT
        assert works(asked, str(value + 1)).outcome is Outcome.WRONG
