"""Numerals: Chinese, Roman and ringed ones, to numbers and back."""

import re

#: From 0 to 9, as ordinals are written.
CHINESE_DIGITS = "零一二三四五六七八九"
#: The value of each Chinese digit, also of those that only quantities are written with.
CHINESE_DIGIT_VALUES = {sign: value for value, sign in enumerate(CHINESE_DIGITS)} | {
    "〇": 0,
    "两": 2,
}
#: From 1 to 50: fonts have no more.
RINGED = "".join(map(chr, (*range(0x2460, 0x2474), *range(0x3251, 0x3260), *range(0x32B1, 0x32C0))))
_CHINESE_STEPS = {"十": 10, "百": 100, "千": 1000}
_CHINESE_NUMBER = re.compile(r"^[零〇一二两三四五六七八九十百千万亿]+$")
_ROMAN = (
    (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
#: Roman numerals that are one sign, spelled with letters.
ROMAN_SIGNS = str.maketrans(
    {
        "Ⅰ": "I", "Ⅱ": "II", "Ⅲ": "III", "Ⅳ": "IV", "Ⅴ": "V",
        "Ⅵ": "VI", "Ⅶ": "VII", "Ⅷ": "VIII", "Ⅸ": "IX", "Ⅹ": "X",
    }
)  # fmt: skip
_ROMAN_LETTERS = {"i": 1, "v": 5, "x": 10, "l": 50}


def from_chinese(text: str) -> int | None:
    """The value of an ordinal from 一 to 九十九; None for anything else.

    Stricter than ``chinese_integer``: 二〇 and 两 are no ordinals.
    """
    if not text or any(char not in CHINESE_DIGITS[1:] + "十" for char in text):
        return None
    if "十" not in text:
        return CHINESE_DIGITS.index(text) if len(text) == 1 else None
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return None
    ten = CHINESE_DIGITS.index(tens) if tens else 1
    return ten * 10 + (CHINESE_DIGITS.index(ones) if ones else 0)


def chinese_integer(text: str) -> int | None:
    """The whole number that a Chinese numeral below 10^12 names, or None.

    Also digit by digit, as 二〇二四 is written.
    """
    if not _CHINESE_NUMBER.match(text) or len(text) > 20:
        return None
    if len(text) > 1 and all(c in CHINESE_DIGIT_VALUES for c in text):
        return int("".join(str(CHINESE_DIGIT_VALUES[c]) for c in text))
    total = section = digit = 0
    for c in text:
        if c in CHINESE_DIGIT_VALUES:
            digit = CHINESE_DIGIT_VALUES[c]
        elif c in _CHINESE_STEPS:
            section += (digit or 1) * _CHINESE_STEPS[c]
            digit = 0
        else:
            total = (total + section + digit) * (10_000 if c == "万" else 100_000_000)
            section = digit = 0
    return total + section + digit


def to_chinese(number: int) -> str:
    """The Chinese numeral of 1 to 99."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("" if tens == 1 else CHINESE_DIGITS[tens]) + "十"
    return head + (CHINESE_DIGITS[ones] if ones else "")


def from_roman(text: str) -> int | None:
    """The value of a Roman numeral from I to XXXIX, also in single signs; None otherwise."""
    plain = text.translate(ROMAN_SIGNS).upper()
    return next((number for number in range(1, 40) if to_roman(number) == plain), None)


def loose_roman(key: str) -> int | None:
    """The value of small Roman letters in whatever order they stand, or None.

    Looser than ``from_roman``: iiii is 4.
    """
    if not key or any(c not in _ROMAN_LETTERS for c in key):
        return None
    values = [_ROMAN_LETTERS[c] for c in key]
    total = sum(
        -value if value < max(values[i + 1 :], default=0) else value
        for i, value in enumerate(values)
    )
    return total if total > 0 else None


def to_roman(number: int) -> str:
    """The Roman numeral of 1 to 39."""
    written = ""
    for value, sign in _ROMAN:
        while number >= value:
            written += sign
            number -= value
    return written


def from_ringed(sign: str) -> int | None:
    """The number in a ring, 1 to 50; None for anything else."""
    return RINGED.index(sign) + 1 if len(sign) == 1 and sign in RINGED else None
