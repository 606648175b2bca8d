"""No regular expression of ours takes cubic or exponential time in a text made against it."""

import re

import pytest

from tests.unit.regexes.growth import find_slow
from tests.unit.regexes.sources import expressions


@pytest.mark.parametrize(
    "pattern",
    [r"^(a+)+$", r"(?:a|aa)*!", r"[)）]\s*[.。]?\s*[√×]?\s*$", r"x[_]+\s*\S{0,3}?[_\s]*\s*(?=\d)"],
)
def test_the_check_finds_what_is_known_to_be_slow(pattern: str) -> None:
    assert find_slow(re.compile(pattern)) is not None


@pytest.mark.parametrize("pattern", [r"a+b", r"\s*x", r"^\s*+(?:[.。]\s*+)?$", r"(?:ab)+c"])
def test_the_check_lets_linear_expressions_pass(pattern: str) -> None:
    assert find_slow(re.compile(pattern)) is None


def test_every_expression_of_the_tree_is_fast_in_texts_made_against_it() -> None:
    found = expressions()
    assert len(found) > 300
    slow = {
        f"{module}: {pattern}": (result.lead, result.pump, result.size)
        for (pattern, flags), module in found.items()
        if (result := find_slow(re.compile(pattern, flags))) is not None
    }
    assert slow == {}
