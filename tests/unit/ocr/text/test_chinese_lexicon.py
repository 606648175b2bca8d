"""Chinese words are found among what strokes may be; what was read stays possible."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ocr.adapters.chinese_words import chinese_words, simplified_forms
from services.ocr.domain.text.chinese_lexicon import (
    MAX_SURENESS,
    ChineseLexicon,
    as_chinese_word,
    may_be_chinese_word,
)
from services.ocr.domain.text.ctc import Lattice, Reading, alternatives
from services.ocr.domain.text.page_language import language_of
from services.ocr.domain.text.word_list import WordList
from shared.contract.reading import PageLanguage

FORMS = {ord("龍"): "龙", ord("繩"): "绳", ord("華"): "华", ord("昇"): "升"}
WORDS = {"硝酸": -13.0, "尼龙绳": -16.0, "升华": -12.0, "人民": -8.0, "主权": -11.0, "中华": -9.0}
LEXICON = ChineseLexicon(WORDS, FORMS)


def lattice(*places: dict[str, float]) -> Lattice:
    return tuple(tuple(place.items()) for place in places)


def test_a_word_is_found_behind_a_misread_character() -> None:
    looks = [lattice({"破": 0.4, "砖": 0.2, "硝": 0.03}, {"酸": 1.0})] * 3
    word = LEXICON.choose(looks, "破酸")
    assert word is not None
    assert word.text == "硝酸"
    assert not word.is_as_read
    assert word.confidence <= MAX_SURENESS


def test_traditional_forms_count_for_their_simplified_ones() -> None:
    looks = [lattice({"尼": 0.9}, {"龍": 0.9}, {"線": 0.12, "繩": 0.06, "绳": 0.05})]
    word = LEXICON.choose(looks, "尼龍線")
    assert word is not None
    assert (word.text, word.is_as_read) == ("尼龙绳", False)


def test_what_was_read_so_stays_as_sure_as_it_was() -> None:
    word = LEXICON.choose([lattice({"昇": 0.9}, {"華": 0.8})], "昇華")
    assert word is not None
    assert word.is_as_read
    read = as_chinese_word(Reading("昇華", 0.87), word)
    assert (read.text, read.confidence) == ("升华", 0.87)


def test_a_wrong_character_that_is_clear_is_not_corrected() -> None:
    word = LEXICON.choose([lattice({"销": 0.999}, {"酸": 1.0})] * 3, "销酸")
    assert word is not None
    assert (word.text, word.is_as_read) == ("销酸", True)


def test_two_words_side_by_side_are_one_answer() -> None:
    looks = [lattice({"人": 1.0}, {"民": 0.9}, {"主": 1.0}, {"控": 0.5, "权": 0.2})] * 2
    word = LEXICON.choose(looks, "人民主控")
    assert word is not None
    assert word.text == "人民主权"


def test_the_weakest_character_tells_how_far_the_strokes_support_the_word() -> None:
    word = LEXICON.choose([lattice({"升": 0.25}, {"华": 1.0})], "升华")
    assert word is not None
    assert word.weakest == pytest.approx(0.25)


@pytest.mark.parametrize("length", [0, 1, 6])
def test_single_characters_and_phrases_are_left_alone(length: int) -> None:
    looks = [lattice(*[{"人": 1.0}] * length)]
    assert LEXICON.choose(looks, "人" * length) is None


@given(
    places=st.lists(
        st.dictionaries(st.sampled_from("硝破酸尼龍绳升华人民主权"), st.floats(0, 1), max_size=5),
        min_size=2,
        max_size=5,
    )
)
def test_a_choice_has_a_character_for_each_place(places: list[dict[str, float]]) -> None:
    word = LEXICON.choose([lattice(*places)], "人" * len(places))
    assert word is not None
    assert len(word.text) == len(places)
    assert 0 <= word.confidence <= 1


def test_alternatives_are_the_likeliest_characters_of_each_place() -> None:
    steps = np.array([[0.1, 0.7, 0.2], [0.9, 0.05, 0.05], [0.2, 0.1, 0.7]], np.float32)
    found = alternatives(steps, ["", "甲", "乙"])
    assert [[char for char, _ in place] for place in found] == [["甲", "乙"], ["乙", "甲"]]


@pytest.mark.parametrize(
    ("text", "may_be"),
    [("硝酸", True), ("破 酸", True), ("3班", True), ("酸", False), ("12", False), ("", False)],
)
def test_a_few_characters_may_be_a_word(text: str, may_be: bool) -> None:
    assert may_be_chinese_word(text) is may_be


@pytest.mark.parametrize(
    ("lines", "language"),
    [
        (["Choose the best answer", "对"], PageLanguage.ENGLISH),
        (["下列龙舟与绳索的说法中，华东地区"], PageLanguage.SIMPLIFIED),
        (["下列龍舟與繩索的說法中，華東地區"], PageLanguage.OTHER),
        (["1 2 3"], PageLanguage.OTHER),
        ([], PageLanguage.OTHER),
    ],
)
def test_a_page_is_in_the_language_of_its_print(lines: list[str], language: PageLanguage) -> None:
    assert language_of(lines, FORMS) is language


def test_a_word_list_knows_words_beginnings_and_frequencies() -> None:
    words = WordList({"升华": -12.0, "升": -7.0})
    assert words.begins("升")
    assert not words.begins("华")
    assert words.frequency("升华") == -12.0
    assert words.frequency("升华丽") is None


def test_the_installed_words_are_simplified_and_have_frequencies() -> None:
    words = chinese_words()
    assert words["光合作用"] == pytest.approx(math.log(1.48e-6), abs=0.05)
    assert len(words) > 100_000
    assert simplified_forms()[ord("權")] == "权"
