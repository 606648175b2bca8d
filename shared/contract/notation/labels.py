"""Labels: how sections, questions and options are addressed, and when two spellings are one."""

import re

from shared.contract.notation.numerals import ROMAN_SIGNS, chinese_integer, from_ringed, loose_roman

#: Options are lettered with these, in this order.
OPTION_LETTERS = "ABCDEFGH"
_PART_SIGN = re.compile(r"[.,、:()\[\]]+")
_FILLER = re.compile(
    r"(?:\b(?:part|section|paper|question|unit)\b|第|部分|大题|题|卷|节|[\s.,、,:()\[\]-])+",
    flags=re.IGNORECASE,
)


def plain_label(label: str) -> str:
    """A section label or question number without its wrapping, so that spellings compare equal.

    第一部分, 一、 and 一 are one. So are Part I, I. and I. Only words that wrap the whole label are
    dropped. ``bare_label`` drops them anywhere.
    """
    text = re.sub(r"\s+", "", label).translate(ROMAN_SIGNS)
    text = re.sub(
        r"^(?:part|section|question|exercise|ex|no|q)[.．]?(?=.)", "", text, flags=re.IGNORECASE
    )
    text = re.sub(r"^第(.+?)(?:部分|大题|题|卷|节|[片页课天关组回练])?$", r"\1", text)
    text = text.strip(".．、,，:：()（）[]【】")
    ringed = from_ringed(text)
    return text.upper() if ringed is None else str(ringed)


def bare_label(written: str) -> str:
    """A section's label in small letters, without words such as Part and without punctuation.

    ``written`` has one spelling for each character: half width, plain brackets.
    """
    return _FILLER.sub("", written).casefold()


def ordinals_of(bare: str) -> frozenset[int]:
    """The ordinals that a bare label can stand for: ``i`` is 1 as a numeral and 9 as a letter."""
    found: set[int] = set()
    if bare.isdecimal() and bare.isascii():
        found.add(int(bare))
    chinese = chinese_integer(bare) if bare else None
    if chinese is not None:
        found.add(chinese)
    roman = loose_roman(bare)
    if roman is not None:
        found.add(roman)
    if len(bare) == 1 and "a" <= bare <= "z":
        found.add(ord(bare) - ord("a") + 1)
    return frozenset(found)


def bare_number(written: str) -> str:
    """A question's number in its bare form: ``(3)``, ``3.`` and ``第3题`` are 3, ``十二`` is 12.

    Part 2 of it is 3.2, however it is written: ``3(2)``, ``3.2``. A spreadsheet's 3.0 is 3.
    ``written`` is as for ``bare_label``.
    """
    bare = _PART_SIGN.sub(".", re.sub(r"[\s题第]+", "", written)).strip(".").casefold()
    value = chinese_integer(bare) if bare else None
    if value is not None:
        return str(value)
    bare = bare.removesuffix(".0")
    return str(int(bare)) if bare.isdecimal() and bare.isascii() else bare
