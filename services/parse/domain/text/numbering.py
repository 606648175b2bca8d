"""The number that a question begins with, in any style."""

import re
from dataclasses import dataclass
from enum import StrEnum

from shared.contract.notation.numerals import RINGED, from_chinese, from_ringed


class Style(StrEnum):
    """How a question's number is written."""

    #: 1. 1、 1．
    DOT = "dot"
    #: （1） (1)
    PAREN = "paren"
    #: 1)
    HALF_PAREN = "half_paren"
    #: ①
    CIRCLED = "circled"
    #: Q1, Question 1, Ex. 2, Exercise 2, Problem 3, No. 4
    WORD = "word"
    #: 第1题, 第一题
    ORDINAL = "ordinal"
    #: 【1】 [1]
    BRACKET = "bracket"
    #: A number alone, before white space.
    BARE = "bare"
    #: a. b) c、
    LETTER = "letter"
    #: Nothing: questions that ask by their form alone are counted.
    UNNUMBERED = "unnumbered"


#: Styles from the outermost to the innermost, as papers nest them.
LEVELS: tuple[frozenset[Style], ...] = (
    frozenset({Style.DOT, Style.WORD, Style.ORDINAL, Style.BRACKET}),
    frozenset({Style.PAREN, Style.HALF_PAREN}),
    frozenset({Style.CIRCLED}),
    frozenset({Style.BARE}),
)


@dataclass(frozen=True, slots=True)
class NumberToken:
    """A number found at the start of a text; ``length`` counts the characters it takes.

    ``is_doubtful``: it may as well be a quantity, as 3.2019 may be question 3 or a decimal.
    """

    style: Style
    number: int
    length: int
    is_doubtful: bool = False


_PATTERNS: tuple[tuple[Style, re.Pattern[str]], ...] = (
    (Style.ORDINAL, re.compile(r"第\s*(\d{1,3}|[一二三四五六七八九十]{1,3})\s*题\s*[.．、:：]?")),
    (
        Style.WORD,
        re.compile(
            r"(?:Questions?|Exercise|Problem|Ex|No|Q)\s*[.．]?\s*(\d{1,3})(?!\d)\s*[.．、:：)]?",
            re.IGNORECASE,
        ),
    ),
    (Style.PAREN, re.compile(r"[（(]\s*(\d{1,2})\s*[)）]")),
    (Style.BRACKET, re.compile(r"[【\[]\s*(\d{1,3})\s*[】\]]")),
    # Readers without ⑬ and ⑳ see ⑩③, ①③, ⑩3 or ②⑩.
    (Style.CIRCLED, re.compile(rf"([①⑩][①-⑨]|⑩[1-9](?!\d)|②⑩|[{RINGED}])")),
    (Style.HALF_PAREN, re.compile(r"(\d{1,2})\s*[)）]")),
    (Style.DOT, re.compile(r"(\d{1,3})\s*(?:[.．·、。]|[,，:：;；](?!\d))")),
    (Style.BARE, re.compile(r"(\d{1,3})(?=\s|$)")),
)


def _value(style: Style, text: str) -> int | None:
    if style is Style.CIRCLED:
        if text == "②⑩":
            return 20
        last = int(text[-1]) if text[-1].isascii() else from_ringed(text[-1])
        return None if last is None else last + (10 if len(text) > 1 else 0)
    return int(text) if text.isdecimal() else from_chinese(text)


def read_number(text: str) -> NumberToken | None:
    """The question number that ``text`` starts with, in any style; None without one."""
    for style, pattern in _PATTERNS:
        match = pattern.match(text)
        if match is None:
            continue
        number = _value(style, match[1])
        if number is not None and number > 0:
            is_doubtful = style is Style.BARE or (
                style is Style.DOT and text[match.end() : match.end() + 1].isdigit()
            )
            return NumberToken(style, number, match.end(), is_doubtful)
    return None
