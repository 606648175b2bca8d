"""Ranges of a number, however they are written: x>2, (2,+∞), {x|x>2}, 1≤x<2, x<1或x>2."""

import re
from dataclasses import dataclass

from services.diagnose.domain.comparing.formulas import (
    compare_formula,
    is_mathematical,
    split_relation,
)
from services.diagnose.domain.comparing.outcomes import RIGHT, UNDECIDED, WRONG, Comparison

_UNION = re.compile(r"\s*(?:∪|或者?|\bor\b)\s*")
_SET_OF = re.compile(r"^\{\s*([A-Za-z])\s*[|:]\s*(.+)\}$")
_MEMBER = re.compile(r"^[A-Za-z]\s*∈\s*")
_BRACKETS = re.compile(r"^([\[(])([^\[\],]+),([^\[\],]+)([\])])$")
_LETTER = re.compile(r"^[A-Za-z]$")
_ENDLESS = {"∞": "+∞", "+∞": "+∞", "-∞": "-∞"}


@dataclass(frozen=True, slots=True)
class Interval:
    """A range from ``low`` to ``high`` (texts) and whether each end belongs to it."""

    low: str
    high: str
    has_low: bool
    has_high: bool


def compare_intervals(student: str, key: str) -> Comparison | None:
    """Compare two ranges in different notations, such as one in brackets; else None.

    Ranges in the same notation are compared elsewhere, as lists and as relations.
    """
    if ("{" in student, _is_bracketed(student)) == ("{" in key, _is_bracketed(key)):
        return None
    ours, theirs = _intervals(student), _intervals(key)
    if ours is None or theirs is None:
        return None
    if len(ours) != len(theirs):
        return UNDECIDED  # the pieces of a union may overlap or touch
    found = [_compare_one(a, b) for a, b in zip(ours, theirs, strict=True)]
    if all(one is RIGHT for one in found):
        return RIGHT
    # The pieces of a union may stand in another order.
    return WRONG if len(found) == 1 and WRONG in found else UNDECIDED


def _is_bracketed(text: str) -> bool:
    return _BRACKETS.match(_MEMBER.sub("", _UNION.split(text)[0])) is not None


def _intervals(text: str) -> list[Interval] | None:
    inside = _SET_OF.match(text)
    parts = _UNION.split(inside[2] if inside else text)
    found = [_in_brackets(_MEMBER.sub("", part)) or _as_relation(part) for part in parts]
    return [one for one in found if one is not None] if all(found) else None


def _in_brackets(text: str) -> Interval | None:
    found = _BRACKETS.match(text)
    if found is None:
        return None
    return _checked(found[2].strip(), found[3].strip(), found[1] == "[", found[4] == "]")


def _as_relation(text: str) -> Interval | None:
    sides, signs = split_relation(text)
    if not signs or any(sign in {"=", "!="} for sign in signs):
        return None
    if all(sign.startswith(">") for sign in signs):
        sides, signs = sides[::-1], [sign.replace(">", "<") for sign in signs[::-1]]
    closed = [sign == "<=" for sign in signs]
    if not all(sign.startswith("<") for sign in signs):
        return None
    match sides:
        case [low, variable, high] if _LETTER.match(variable):
            return _checked(low, high, *closed)
        case [variable, high] if _LETTER.match(variable):
            return _checked("-∞", high, False, closed[0])
        case [low, variable] if _LETTER.match(variable):
            return _checked(low, "+∞", closed[0], False)
        case _:
            return None


def _checked(low: str, high: str, has_low: bool, has_high: bool) -> Interval | None:
    low, high = _ENDLESS.get(low, low), _ENDLESS.get(high, high)
    is_known = all(end in _ENDLESS or is_mathematical(end) for end in (low, high))
    return Interval(low, high, has_low, has_high) if is_known else None


def _compare_one(ours: Interval, theirs: Interval) -> Comparison:
    if (ours.has_low, ours.has_high) != (theirs.has_low, theirs.has_high):
        return WRONG
    found = [_compare_ends(ours.low, theirs.low), _compare_ends(ours.high, theirs.high)]
    if all(one is RIGHT for one in found):
        return RIGHT
    return WRONG if WRONG in found else UNDECIDED


def _compare_ends(ours: str, theirs: str) -> Comparison:
    if ours in _ENDLESS or theirs in _ENDLESS:
        return RIGHT if ours == theirs else WRONG
    return compare_formula(ours, theirs) or UNDECIDED
