"""Numbering styles of questions and sections, from text to number and back."""

import re
from dataclasses import dataclass
from enum import StrEnum

_DIGITS = "零一二三四五六七八九"
#: ① to ⑳, ㉑ to ㉟ and ㊱ to ㊿: fonts have no more.
CIRCLED = "".join(
    map(chr, (*range(0x2460, 0x2474), *range(0x3251, 0x3260), *range(0x32B1, 0x32C0)))
)
_ROMAN = (
    (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_ROMAN_SIGNS = str.maketrans(
    {
        "Ⅰ": "I", "Ⅱ": "II", "Ⅲ": "III", "Ⅳ": "IV", "Ⅴ": "V",
        "Ⅵ": "VI", "Ⅶ": "VII", "Ⅷ": "VIII", "Ⅸ": "IX", "Ⅹ": "X",
    }
)  # fmt: skip


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


def from_chinese(text: str) -> int | None:
    """The value of a Chinese numeral from 一 to 九十九; None for anything else."""
    if not text or any(char not in _DIGITS[1:] + "十" for char in text):
        return None
    if "十" not in text:
        return _DIGITS.index(text) if len(text) == 1 else None
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return None
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


def to_chinese(number: int) -> str:
    """The Chinese numeral of 1 to 99."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("" if tens == 1 else _DIGITS[tens]) + "十"
    return head + (_DIGITS[ones] if ones else "")


def to_roman(number: int) -> str:
    """The Roman numeral of 1 to 39."""
    written = ""
    for value, sign in _ROMAN:
        while number >= value:
            written += sign
            number -= value
    return written


def from_roman(text: str) -> int | None:
    """The value of a Roman numeral from I to XXXIX, also in single signs; None otherwise."""
    plain = text.translate(_ROMAN_SIGNS).upper()
    return next((number for number in range(1, 40) if to_roman(number) == plain), None)


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
    (Style.CIRCLED, re.compile(rf"([①⑩][①-⑨]|⑩[1-9](?!\d)|②⑩|[{CIRCLED}])")),
    (Style.HALF_PAREN, re.compile(r"(\d{1,2})\s*[)）]")),
    (Style.DOT, re.compile(r"(\d{1,3})\s*(?:[.．·、。]|[,，:：;；](?!\d))")),
    (Style.BARE, re.compile(r"(\d{1,3})(?=\s|$)")),
)


def _value(style: Style, text: str) -> int | None:
    if style is Style.CIRCLED:
        if text == "②⑩":
            return 20
        last = int(text[-1]) if text[-1].isascii() else CIRCLED.index(text[-1]) + 1
        return last + (10 if len(text) > 1 else 0)
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


def plain_label(label: str) -> str:
    """A section label or question number without its wrapping, so that spellings compare equal.

    第一部分, 一、 and 一 are one; so are Part I, I. and I.
    """
    text = re.sub(r"\s+", "", label).translate(_ROMAN_SIGNS)
    text = re.sub(
        r"^(?:part|section|question|exercise|ex|no|q)[.．]?(?=.)", "", text, flags=re.IGNORECASE
    )
    text = re.sub(r"^第(.+?)(?:部分|大题|题|卷|节)$", r"\1", text)
    text = text.strip(".．、,，:：()（）[]【】")
    circled = CIRCLED.find(text) + 1 if len(text) == 1 else 0
    return str(circled) if circled else text.upper()
