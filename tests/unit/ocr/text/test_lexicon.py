"""Words are found in the steps of a recogniser, and misspelled ones stay as they are."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.lexicon import (
    LETTERS,
    Lexicon,
    Word,
    as_word,
    log_probability,
    may_be_word,
)

LEXICON = Lexicon({"without": 900, "within": 400, "nothing": 800, "not": 5000, "noting": 20})


def steps(*likely: dict[str, float]) -> np.ndarray:
    """Probabilities at each step; what is left goes to the blank, which ``-`` names."""
    rows = np.full((2 * len(likely), len(LETTERS) + 1), 1e-5)
    for number, step in enumerate(likely):
        for letter, probability in step.items():
            rows[2 * number, LETTERS.index(letter) + 1] = probability
        rows[2 * number, 0] = max(1e-5, 1.0 - sum(step.values()))
        rows[2 * number + 1, 0] = 1.0
    return rows


def spelled(text: str, probability: float = 0.95) -> list[dict[str, float]]:
    return [{letter: probability} for letter in text]


def test_a_word_is_found_behind_a_misread_letter() -> None:
    look = [*spelled("with"), {"o": 0.9}, {"c": 0.6, "u": 0.3}, {"t": 0.9}]
    found = LEXICON.choose([steps(*look)], "withoct")
    assert found.text == "without"
    assert found.confidence > 0.8


def test_a_clear_misspelling_is_kept() -> None:
    found = LEXICON.choose([steps(*spelled("nothimg", 0.999))] * 3, "nothimg")
    assert found.text == "nothimg"


def test_between_two_words_that_fit_alike_nothing_is_sure() -> None:
    look = [{"n": 0.9}, {"o": 0.9}, {"t": 0.5}, {"h": 0.5}, *spelled("ing")]
    assert LEXICON.choose([steps(*look)], "noting").confidence < 0.9


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        ("el/y", True),
        ("withoct", True),
        ("12", False),
        ("a", False),
        ("安", True),
        ("12安", False),
        ("", False),
    ],
)
def test_what_is_mostly_letters_may_be_a_word(text: str, may_be: bool) -> None:
    assert may_be_word(text) is may_be


def test_wide_writing_that_reads_as_one_letter_may_be_a_word() -> None:
    assert may_be_word("d", width_em=1.4)
    assert not may_be_word("d", width_em=0.6)
    assert not may_be_word("7", width_em=1.4)


def test_several_words_stay_several() -> None:
    read = Reading("take part", 0.9)
    assert as_word(read, Word("takepart", 0.8)) is read


def test_a_capital_at_the_start_stays() -> None:
    assert as_word(Reading("Withoct", 0.9), Word("without", 0.8)).text == "Without"


@given(
    st.lists(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3), min_size=1, max_size=5),
    st.text("ab", min_size=1, max_size=3),
)
def test_the_probability_of_a_word_is_that_of_all_its_alignments(
    rows: list[list[float]], word: str
) -> None:
    table = np.full((len(rows), len(LETTERS) + 1), 1e-5)
    table[:, :3] = rows
    total = 0.0
    for path in product(range(3), repeat=len(rows)):
        merged = [label for n, label in enumerate(path) if n == 0 or label != path[n - 1]]
        if "".join(" ab"[label] for label in merged if label) == word:
            total += float(np.prod([table[n, label] for n, label in enumerate(path)]))
    found = float(np.exp(log_probability(table, word)))
    assert found == pytest.approx(total, rel=1e-6, abs=1e-12)
