"""Section labels: 一, 1, I, A, Part A and 第一部分 can all be the first section."""

import re

from services.diagnose.domain.comparing.chinese_numerals import chinese_integer
from services.diagnose.domain.comparing.written_form import written_form

_FILLER = re.compile(
    r"(?:\b(?:part|section|paper|question|unit)\b|第|部分|大题|题|卷|节|[\s.,、,:()\[\]-])+",
    flags=re.IGNORECASE,
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}


def label_key(label: str) -> str:
    """The bare label in lower case, without words such as Part and without punctuation."""
    return _FILLER.sub("", written_form(label)).casefold()


def label_ordinals(label: str) -> frozenset[int]:
    """The ordinals a label can stand for: ``I`` is 1 as a numeral and 9 as a letter."""
    key = label_key(label)
    found: set[int] = set()
    if key.isdecimal() and key.isascii():
        found.add(int(key))
    chinese = chinese_integer(key) if key else None
    if chinese is not None:
        found.add(chinese)
    roman = _roman(key)
    if roman is not None:
        found.add(roman)
    if len(key) == 1 and "a" <= key <= "z":
        found.add(ord(key) - ord("a") + 1)
    return frozenset(found)


def _roman(key: str) -> int | None:
    if not key or any(c not in _ROMAN for c in key):
        return None
    values = [_ROMAN[c] for c in key]
    total = sum(
        -value if value < max(values[i + 1 :], default=0) else value
        for i, value in enumerate(values)
    )
    return total if total > 0 else None


def number_key(number: str) -> str:
    """A question number in its bare form: ``(3)``, ``3.`` and ``３、`` are 3, ``十二`` is 12."""
    key = re.sub(r"[\s.,、:()\[\]题第]+", "", written_form(number)).casefold()
    value = chinese_integer(key) if key else None
    if value is not None:
        return str(value)
    return str(int(key)) if key.isdecimal() and key.isascii() else key
