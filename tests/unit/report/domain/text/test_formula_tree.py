"""Formulas are read as a person would read them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.report.domain.text.formula_tree import runs


def alt(text: str) -> str:
    return "|".join(run["alt"] for run in runs(text) if "alt" in run)


def test_text_and_formulas_take_turns() -> None:
    found = runs("解方程 $x^{2}=4$，再求 $$y$$。")
    assert [run.get("text", "F") for run in found] == ["解方程 ", "F", "，再求 ", "F", "。"]


@pytest.mark.parametrize(
    ("latex", "spoken"),
    [
        (r"\frac{1}{2}", "(1)/(2)"),
        (r"\frac12", "(12)/()"),
        (r"x_1^{2}", "x_1^2"),
        (r"\sqrt[3]{x+1}", "3√(x + 1)"),
        (r"a \le b", "a ≤ b"),
        (r"\text{当}x=1", "当x = 1"),
        (r"\begin{cases} x+y=1 \\ x-y=2 \end{cases}", "x + y = 1; x − y = 2"),
        (r"\sin\alpha", "sin α"),
        (r"\unknown{x}", "unknownx"),
        (r"60{}^\circ", "60^∘"),
        (r"99\%", "99%"),
    ],
)
def test_formulas_are_read_as_a_person_would(latex: str, spoken: str) -> None:
    assert alt(f"${latex}$") == spoken


@given(st.text(alphabet="$\\{}^_&[]xy12fracsqrtbegindleft ()+-=", max_size=80))
@settings(max_examples=200)
def test_no_formula_is_too_broken_to_be_read(text: str) -> None:
    for run in runs(f"${text}$"):
        assert set(run) in ({"text"}, {"formula", "alt"})


@pytest.mark.parametrize("opening", [r"\frac{", r"\frac", "x^{", "{", r"\begin{cases}", r"\sqrt["])
def test_a_formula_nested_without_end_is_cut_and_not_followed(opening: str) -> None:
    assert runs("$" + opening * 5000 + "x" + "$")
