"""Text from outside is cleaned, measured and clipped."""

import json
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.report.domain.text.labels import LABELS
from services.report.domain.text.notes import NOTES, say_notes
from services.report.domain.text.plain_text import clean, clip, display_width, number, percent
from shared.contract.failures import Language


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


@pytest.mark.parametrize("label", [*LABELS.values(), *NOTES.values()])
def test_both_languages_fill_in_the_same_values(label: object) -> None:
    fields = [
        sorted(name for _, name, _, _ in string.Formatter().parse(wording) if name)
        for wording in (label.zh, label.en)  # type: ignore[attr-defined]
    ]
    assert fields[0] == fields[1]


def test_remarks_of_one_kind_become_one_sentence() -> None:
    codes = ("page_missing:2", "conflict:一.3:mark-key", "page_missing:4", "conflict:二.1:mark-key")
    missing, conflict = say_notes(codes, Language.ZH)
    assert "第 2、4 页" in missing
    assert conflict.startswith("一.3、二.1 题：教师批改与参考答案")


def test_mismatches_say_both_figures() -> None:
    said = say_notes(("total_mismatch:52:49", "section_mismatch:A:8:10"), Language.EN)
    assert "52" in said[0]
    assert "49" in said[0]
    assert said[1] == (
        "In section A the written score is 8, but its questions add up to 10; please check."
    )


@pytest.mark.parametrize("code", ["", "page_missing", "total_mismatch:5", "brand_new:1:2", "{0}:x"])
def test_a_code_that_cannot_be_said_is_shown_as_it_is(code: str) -> None:
    (said,) = say_notes((code,), Language.EN)
    assert code in said
    assert "teacher" in said
