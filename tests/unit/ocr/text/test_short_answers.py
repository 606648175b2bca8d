"""Signs that answer: how likely each is, however a reader spells it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ocr.domain.text.ctc import Reading, watch
from services.ocr.domain.text.short_answers import (
    canonical,
    combined,
    likeliest,
    ranked,
    with_doubt,
)
from shared.contract.notation.look_alikes import SIGN_SPELLINGS


def test_a_sign_is_as_likely_as_all_its_spellings() -> None:
    probabilities = np.array([[0.1, 0.5, 0.3, 0.1], [0.7, 0.1, 0.1, 0.1]])
    watched = watch(Reading("C", 0.5), probabilities, {"C": [1, 2], "D": [3], "E": []})
    assert dict(watched.likely) == {"C": pytest.approx(0.8), "D": pytest.approx(0.1)}


def test_several_looks_count_alike() -> None:
    likely = combined([Reading("", 0, (), (("A", 0.9),)), Reading("", 0, (), (("A", 0.1),))])
    assert likely["A"] == pytest.approx(0.3)
    assert combined([]) == {}
    assert likeliest({}) == ("", 0.0)


@given(
    st.floats(0.5, 1.0), st.dictionaries(st.sampled_from(sorted(SIGN_SPELLINGS)), st.floats(0, 1))
)
def test_doubt_never_changes_the_likeliest_sign(certainty: float, likely: dict[str, float]) -> None:
    doubted = with_doubt(likely, certainty)
    assert likeliest(doubted)[1] == likeliest(likely)[1]
    values = [value for _, value in ranked(doubted)]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(("read_as", "meant"), [("✓", "√"), ("X", "×"), ("β", "B"), ("q", "q")])
def test_spellings_of_a_sign_are_one(read_as: str, meant: str) -> None:
    assert canonical(read_as) == meant
