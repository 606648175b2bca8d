"""Best-path decoding joins repeats, drops blanks and says where characters stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ocr.domain.text.ctc import decode

ALPHABET = ["", "A", "B", "C"]


def steps(*labels: int, sure: float = 0.9) -> np.ndarray:
    probabilities = np.full((len(labels), len(ALPHABET)), (1 - sure) / (len(ALPHABET) - 1))
    probabilities[np.arange(len(labels)), labels] = sure
    return probabilities


def test_repeats_join_and_blanks_separate() -> None:
    assert decode(steps(1, 1, 0, 1, 2, 2, 0), ALPHABET).text == "AAB"


def test_an_empty_crop_reads_as_nothing_with_no_confidence() -> None:
    reading = decode(steps(0, 0, 0), ALPHABET)
    assert (reading.text, reading.confidence, reading.chars) == ("", 0.0, ())


def test_confidence_is_the_mean_over_characters() -> None:
    assert decode(steps(1, 0, 2, sure=0.8), ALPHABET).confidence == pytest.approx(0.8)


def test_a_character_stands_where_its_steps_are() -> None:
    (first, second) = decode(steps(0, 1, 0, 0, 0, 0, 0, 0, 2, 0), ALPHABET).chars
    assert first.start <= 0.15 <= first.end < second.start <= 0.85 <= second.end


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_characters_follow_each_other_without_overlap(labels: list[int]) -> None:
    reading = decode(steps(*labels), ALPHABET)
    assert "".join(char.text for char in reading.chars) == reading.text
    assert all(0 <= char.start <= char.end <= 1 for char in reading.chars)
    pairs = zip(reading.chars, reading.chars[1:], strict=False)
    assert all(left.end <= right.start + 1e-9 for left, right in pairs)
