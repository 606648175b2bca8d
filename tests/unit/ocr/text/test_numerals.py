"""Numbers are read among figures."""

import numpy as np
import pytest

from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.numerals import (
    SIGNS,
    as_number,
    figure_labels,
    in_figures,
    may_be_number,
    numeral,
)


def steps(*rows: dict[str, float]) -> np.ndarray:
    """Probabilities of the blank ("") and of signs, one row for each step."""
    labels = ["", *SIGNS]
    found = np.zeros((len(rows), len(labels)))
    for row, values in zip(found, rows, strict=True):
        for sign, value in values.items():
            row[labels.index(sign)] = value
    return found


def test_look_alikes_count_for_their_figure() -> None:
    labels = figure_labels(["", "O", "0", "A", "l"])
    assert labels[SIGNS.index("0")] == [2, 1]
    assert labels[SIGNS.index("1")] == [4]


def test_repeats_are_one_figure_unless_a_blank_parts_them() -> None:
    once = steps({"1": 0.9, "": 0.1}, {"1": 0.9, "": 0.1})
    twice = steps({"1": 0.9, "": 0.1}, {"": 1.0}, {"1": 0.9, "": 0.1})
    assert numeral(once)[0] == "1"
    assert numeral(twice)[0] == "11"


def test_what_is_no_number_gives_way_to_what_is_one() -> None:
    found = steps({"/": 0.5, "1": 0.4}, {"": 1.0}, {"5": 0.9, "": 0.1})
    assert numeral(found)[0] == "15"


def test_nothing_but_blanks_is_no_number() -> None:
    assert numeral(steps({"": 1.0}, {"": 1.0})) == ("", 0.0)


@pytest.mark.parametrize("text", ["15OO", "l0", "乡", "0.17", "1/2"])
def test_figures_and_their_look_alikes_may_be_a_number(text: str) -> None:
    assert may_be_number(text)


@pytest.mark.parametrize("text", ["B", "so", "三角形", "A1 is a long answer", ""])
def test_letters_and_words_are_no_number(text: str) -> None:
    assert not may_be_number(text)


def test_a_letter_is_a_figure_where_a_number_is_expected() -> None:
    reading = Reading("B", 0.6, figures=steps({"8": 0.9, "": 0.1}))
    assert as_number(reading, is_expected=False).text == "B"
    assert as_number(reading, is_expected=True).text == "8"


def test_single_look_alikes_become_figures_where_all_is_a_number_then() -> None:
    assert in_figures(Reading("lO.5", 0.6)).text == "10.5"
    assert in_figures(Reading("qm", 0.6)).text == "qm"
