import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.parse.domain.text.numbering import Style, read_number
from shared.contract.notation.labels import plain_label
from shared.contract.notation.numerals import from_chinese, from_roman, to_chinese, to_roman

#: A number as papers print it, in each style.
FORMS = {
    Style.DOT: "{}.",
    Style.PAREN: "（{}）",
    Style.HALF_PAREN: "{})",
    Style.WORD: "Q{}.",
    Style.ORDINAL: "第{}题",
    Style.BRACKET: "【{}】",
    Style.BARE: "{} ",
}


def write_number(style: Style, number: int) -> str:
    return (
        "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"[number - 1]
        if style is Style.CIRCLED
        else FORMS[style].format(number)
    )


@given(style=st.sampled_from([*FORMS, Style.CIRCLED]), number=st.integers(1, 20))
def test_a_written_number_is_read_back_in_every_style(style: Style, number: int) -> None:
    token = read_number(write_number(style, number) + "下列说法正确的是")
    assert token is not None
    assert (token.style, token.number) == (style, number)


@given(number=st.integers(1, 99))
def test_chinese_numerals_round_trip(number: int) -> None:
    assert from_chinese(to_chinese(number)) == number


@given(number=st.integers(1, 39))
def test_roman_numerals_round_trip(number: int) -> None:
    assert from_roman(to_roman(number)) == number


@given(text=st.text(max_size=40))
def test_any_text_is_read_without_an_error(text: str) -> None:
    token = read_number(text)
    assert token is None or 0 < token.length <= len(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1. 设", 1),
        ("12、下列", 12),
        ("3．已知", 3),
        ("（1）求", 1),
        ("(2) find", 2),
        ("③ 如图", 3),
        ("Q4 What", 4),
        ("Ex. 2 Solve", 2),
        ("第5题 计算", 5),
        ("第六题", 6),
        ("【7】求", 7),
    ],
)
def test_numbering_styles_of_real_papers_are_read(text: str, number: int) -> None:
    token = read_number(text)
    assert token is not None
    assert token.number == number


@pytest.mark.parametrize("text", ["设函数", "A. 1", "二、填空题", "", "1,000 metres", "12cm"])
def test_what_is_no_number_of_a_question_is_not_read_as_one(text: str) -> None:
    assert read_number(text) is None


def test_a_number_before_a_digit_is_doubtful() -> None:
    token = read_number("3.2019年")
    assert token is not None
    assert token.is_doubtful


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("一", "一、"),
        ("第一部分", "一"),
        ("Part I", "I."),
        ("Ⅱ", "II"),
        ("Section B", "B"),
        ("（1）", "1"),
    ],
)
def test_spellings_of_one_label_compare_equal(one: str, other: str) -> None:
    assert plain_label(one) == plain_label(other)
