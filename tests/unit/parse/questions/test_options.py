import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.parse.domain.pages.reading_order import passage_of_page
from services.parse.domain.questions.options import find_options, to_options
from tests.unit.parse.drawn import sheet


def options(text: str) -> dict[str, str]:
    passage = passage_of_page(sheet(text))
    found = find_options(passage, 0, len(passage.text))
    return {option.label: option.text for option in to_options(passage, found)}


ALL = {"A": "甲", "B": "乙", "C": "丙", "D": "丁"}


@pytest.mark.parametrize(
    "text",
    [
        "A. 甲 B. 乙 C. 丙 D. 丁",
        "A．甲 | B．乙\nC．丙 | D．丁",
        "A、甲\nB、乙\nC、丙\nD、丁",
        "（A）甲 | （B）乙\n（C）丙 | （D）丁",
        "(A) 甲 (B) 乙 (C) 丙 (D) 丁",
        "A. 甲 | C. 丙\nB. 乙 | D. 丁",
        "a. 甲 | b. 乙\nc. 丙 | d. 丁",
        "A) 甲 | B) 乙\nC) 丙 | D) 丁",
        "A甲 | B乙\nC丙 | D丁",
    ],
)
def test_options_are_found_in_every_arrangement(text: str) -> None:
    assert options(text) == ALL


@pytest.mark.parametrize(
    "text",
    [
        "A. 甲 | B. 乙\n©丙 | D. 丁",
        "A. 甲 | B. 乙\n①) 丙 | D. 丁",
        ") 甲 | B. 乙\nC. 丙 | D. 丁",
        "A. 甲 | B. 乙\nC. 丙 | 丁",
        "A. 甲\nB. 乙\n)丙\nD. 丁",
    ],
)
def test_a_label_that_a_circle_hides_is_found_by_its_place(text: str) -> None:
    assert options(text) == ALL


def test_letters_inside_a_sentence_are_no_options() -> None:
    assert options("如图，A 点与 B 点的距离为 5，C 在 AB 上") == {}


@given(text=st.text(alphabet="ABCDabcd.．、（）() 甲乙\n|", max_size=40))
def test_labels_are_in_order_and_unique_whatever_the_text(text: str) -> None:
    labels = list(options(text or " "))
    assert labels == sorted(set(labels))


def test_a_letter_at_the_end_of_a_row_is_an_answer_where_the_label_has_a_sign() -> None:
    assert options("下列说法正确的是 | B\n甲\nB. 乙\nC. 丙\nD. 丁") == ALL
