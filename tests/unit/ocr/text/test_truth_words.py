"""Among answers that are True and False another word is one of them, misread."""

import pytest

from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.truth_words import ask_for_truth, is_truth_word, truth_word
from tests.unit.ocr.text.test_lexicon import spelled, steps


def reading(text: str) -> Reading:
    return Reading(text, 0.9, spelling=steps(*spelled(text.lower(), 0.9)))


@pytest.mark.parametrize("text", ["TRUE", "False", "true.", "T R U E"])
def test_both_words_are_known_in_any_case(text: str) -> None:
    assert is_truth_word(Reading(text, 0.9))


def test_three_answers_of_which_most_are_true_or_false_ask_for_truth() -> None:
    known = [reading("TRUE"), reading("False"), reading("true")]
    assert ask_for_truth([*known, reading("Yalse"), Reading("B", 0.9), Reading("12", 0.9)])


@pytest.mark.parametrize(
    "texts", [["TRUE", "False", "Tnue"], ["true", "true", "true", "with", "them", "here", "upon"]]
)
def test_few_or_among_other_words_they_ask_for_nothing(texts: list[str]) -> None:
    assert not ask_for_truth([reading(text) for text in texts])


@pytest.mark.parametrize(("read", "meant"), [("TRVE", "true"), ("Folse", "false"), ("tme", "true")])
def test_a_misread_word_is_one_of_both(read: str, meant: str) -> None:
    look = steps(*[{letter: 0.6, right: 0.3} for letter, right in pairs(read.lower(), meant)])
    word = truth_word([Reading(read, 0.5, spelling=look)])
    assert word is not None
    assert word.text == meant


def pairs(read: str, meant: str) -> list[tuple[str, str]]:
    """Each letter that was read with the one that is meant there."""
    return list(zip(read.ljust(len(meant), read[-1]), meant, strict=True))


def test_a_clear_other_word_is_none_of_them() -> None:
    assert truth_word([reading("breathe")]) is None


def test_a_piece_of_a_word_is_none_of_them() -> None:
    assert truth_word([reading("ue")]) is None
