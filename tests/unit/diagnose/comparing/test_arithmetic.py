"""Printed sums have exact values, and no text makes the evaluator fail or wait."""

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diagnose.domain.comparing.arithmetic import (
    NotArithmeticError,
    evaluate,
    parse,
    solve,
    value_of,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("184÷8", "23"),
        ("(12+28)×22÷2", "440"),
        ("（5.6＋3.4）×70÷2", "315"),
        ("[(2+3)×4]-5", "15"),
        ("1/2+1/3", "5/6"),
        ("1/2÷1/4", "2"),
        ("8÷4/2", "4"),
        ("1又1/2+1/2", "2"),
        ("2 1/2×2", "5"),
        ("12:4", "3"),
        ("3x4", "12"),
        ("25%×8", "2"),
        ("3²+4²", "25"),
        ("-3+5", "2"),
        ("3×-2", "-6"),
        ("1,000+24", "1024"),
        ("2(3+4)", "14"),
        ("0.1+0.2", "3/10"),
        ("100-3-2", "95"),
    ],
)
def test_sums_have_their_value(text: str, value: str) -> None:
    assert value_of(text) == Fraction(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "abc", "3+", "(3+4", "3+4)", "5÷0", "1/0", "2 3", "3+4=7", "√4", "____", "0.1.2",
        "9^9", "2^-1", "1" * 13, "sin(exp(exp(20)))", "9" * 500, "((((((((((((((1))))))))))))))",
        "9^4^4", "(9^4)^4^4^4", "+".join(["1"] * 60), "import os", "5%3",
    ],
)  # fmt: skip
def test_what_is_no_sum_has_no_value(text: str) -> None:
    assert value_of(text) is None


def test_powers_of_powers_stay_small() -> None:
    assert value_of("((999999999999^4)^4)^4") is None


@pytest.mark.parametrize(
    ("side", "value", "unknown"),
    [
        ("____+27", 43, 16), ("50-____", 43, 7), ("____-5", 43, 48), ("3____", 12, 4),
        ("42÷(____+4)", 6, 3), ("____÷6", 7, 42), ("(____+2)×5-1", 24, 3), ("____%", "1/4", 25),
    ],
)  # fmt: skip
def test_the_unknown_is_found_by_undoing_the_steps(
    side: str, value: str | int, unknown: int
) -> None:
    tree = parse(side)
    assert solve(tree, Fraction(value)) == unknown
    assert evaluate(tree, Fraction(unknown)) == Fraction(value)


@pytest.mark.parametrize("side", ["____×0", "7÷____", "____+____", "3+4", "____^2"])
def test_an_unknown_that_is_not_sure_is_not_found(side: str) -> None:
    with pytest.raises(NotArithmeticError):
        solve(parse(side), Fraction(0))


@st.composite
def sums(draw: st.DrawFn, depth: int = 3) -> tuple[str, Fraction]:
    """A printed sum with the value that fraction arithmetic gives it."""
    if depth == 0 or draw(st.booleans()):
        number = draw(st.integers(0, 9999))
        decimals = draw(st.integers(0, 2))
        text = f"{number // 10**decimals}"
        if decimals:
            text += f".{number % 10**decimals:0{decimals}d}"
        return text, Fraction(text)
    left, one = draw(sums(depth - 1))
    right, other = draw(sums(depth - 1))
    sign = draw(st.sampled_from("+-×÷"))
    if sign == "÷" and other == 0:
        sign = "×"
    value = {"+": one + other, "-": one - other, "×": one * other}.get(sign)
    return f"({left}{sign}{right})", one / other if value is None else value


@given(sums())
def test_the_value_is_that_of_fraction_arithmetic(drawn: tuple[str, Fraction]) -> None:
    text, value = drawn
    found = value_of(text)
    assert found == value or (found is None and len(text) > 60)


@given(
    st.text(max_size=200)
    | st.text(alphabet="0123456789.+-×÷*/^()（）%又_ ,²x", max_size=120)
    | st.lists(st.sampled_from(["(", "9", "^", "9^4", ")", "÷", "____", "1/3"]), max_size=90).map(
        "".join
    )
)
def test_no_text_makes_the_evaluator_fail_or_wait(text: str) -> None:
    begun = time.process_time()
    value_of(text)
    assert time.process_time() - begun < 0.2
