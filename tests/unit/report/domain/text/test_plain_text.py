"""Text from outside is cleaned, measured and clipped."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.report.domain.text.plain_text import clean, clip, display_width, number, percent


@given(st.text(st.characters()))
def test_cleaned_text_has_nothing_invisible_and_stays_as_it_is_when_cleaned_again(
    text: str,
) -> None:
    cleaned = clean(text)
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs", "Co", "Cn"}
    assert json.dumps(cleaned, ensure_ascii=False).encode()
    assert clean(cleaned) == cleaned


def test_direction_overrides_and_null_bytes_are_removed_but_words_stay() -> None:
    assert clean("a\u202eb\x00 \n c\ud800 é") == "ab c□ é"


@given(st.text(), st.integers(2, 40))
def test_clipped_text_is_never_wider_than_asked(text: str, columns: int) -> None:
    clipped = clip(text, columns)
    assert display_width(clipped) <= columns
    assert clipped == text or clipped.endswith("…")


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0"), (-0.001, "0"), (12.0, "12"), (2.5, "2.5"), (1 / 3, "0.33")]
)
def test_points_have_no_needless_decimals(value: float, shown: str) -> None:
    assert number(value) == shown


def test_rates_have_at_most_one_decimal() -> None:
    assert [percent(rate) for rate in (0.0, 0.8667, 1.0)] == ["0%", "86.7%", "100%"]
