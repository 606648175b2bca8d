"""Lists of values: solution sets, points, intervals, picked statements."""

import re

from services.diagnose.domain.comparing.formulas import (
    compare_formula,
    is_mathematical,
    is_variable,
    split_relation,
)
from services.diagnose.domain.comparing.outcomes import RIGHT, UNDECIDED, WRONG, Comparison
from services.diagnose.domain.comparing.quantities import parse_quantity

_BRACKETED = re.compile(r"^([\[(])([^()\[\]]*,[^()\[\]]*)([\])])$")
_PLUS_MINUS = re.compile(r"^(?:[A-Za-z]\s*=\s*)?±\s*([^±=,]+)$")
_SET = re.compile(r"^\{(.*)\}$")
_OR = re.compile(r"\s*(?:或者?|\bor\b|∪)\s*")
_NUMBERED = re.compile(r"\(\d{1,2}\)")


def compare_list(student: str, key: str) -> Comparison | None:
    """Compare ordered and unordered lists of mathematical values; None when the key is no list."""
    if _NUMBERED.sub("", key).strip(" ,;、") == "" and len(_NUMBERED.findall(key)) >= 2:
        return _compare_numbered(student, key)
    theirs = _bracketed(key)
    if theirs is not None:
        return _compare_bracketed(student, theirs)
    return _compare_members(student, key)


def _compare_bracketed(student: str, theirs: tuple[str, list[str], str]) -> Comparison | None:
    """Points and intervals: the order and the brackets count."""
    ours = _bracketed(student)
    if ours is None:
        # x=1, y=2 may name the same point.
        is_related = bool(split_relation(student)[1])
        return UNDECIDED if is_related or is_mathematical(student) else None
    if (ours[0], ours[2]) != (theirs[0], theirs[2]):
        return WRONG
    found = _compare_parts(ours[1], theirs[1], ordered=True)
    return RIGHT if found is RIGHT else WRONG


def _compare_members(student: str, key: str) -> Comparison | None:
    wanted, given = _members(key), _members(student)
    if wanted is None:
        # Two values where one is asked for.
        return WRONG if _PLUS_MINUS.match(student) and is_mathematical(key) else None
    if given is None:
        single = compare_formula(student, wanted[0][0])
        return None if single is None else WRONG  # one value where several are asked for
    return _compare_parts(given[0], wanted[0], ordered=not (wanted[1] or given[1]))


def _compare_numbered(student: str, key: str) -> Comparison | None:
    """Picked statements such as ①③: a set of numbers."""
    given = _NUMBERED.findall(student) or [f"({d})" for d in re.findall(r"\d", student)]
    if not given or re.sub(r"[\d()\s,;、.]+", "", student):
        return UNDECIDED
    return RIGHT if sorted(given) == sorted(_NUMBERED.findall(key)) else WRONG


def _bracketed(text: str) -> tuple[str, list[str], str] | None:
    found = _BRACKETED.match(text)
    return (found[1], [p.strip() for p in found[2].split(",")], found[3]) if found else None


def _members(text: str) -> tuple[list[str], bool] | None:
    """The values of a list and whether their order is free; None for a single value."""
    inside, both = _SET.match(text), _PLUS_MINUS.match(text)
    if both:
        is_sum = re.search(r"[-+]", both[1])
        return [both[1], f"-({both[1]})" if is_sum else f"-{both[1]}"], True
    if inside:
        return [p.strip() for p in re.split(r"[,、;]", inside[1])], True
    parts = [p.strip() for p in _OR.split(text)]
    if len(parts) > 1:
        return parts, True
    if parse_quantity(text) is not None or _BRACKETED.match(text):
        return None
    parts = [p.strip() for p in re.split(r"\s*[,、;]\s*", text) if p.strip()]
    return _named_members(parts) if len(parts) > 1 else None


def _named_members(parts: list[str]) -> tuple[list[str], bool]:
    """The values of a written list, whose order is free where names tell them apart."""
    names = [split_relation(p)[0][0] for p in parts if len(split_relation(p)[1]) == 1]
    # x1=2, x2=3 and x=2, x=3 name the roots of one unknown.
    is_roots = len(names) == len(parts) and len({n.rstrip("_0123456789") for n in names}) == 1
    if is_roots:
        return [split_relation(p)[0][1] for p in parts], True
    # x=1, y=2 is the same in the other order, because every value has its name.
    is_named = len(set(names)) == len(parts) and all(is_variable(name) for name in names)
    return parts, is_named


def _compare_parts(given: list[str], wanted: list[str], *, ordered: bool) -> Comparison:
    if not all(
        is_mathematical(p) or is_variable(p) or p in {"∞", "+∞", "-∞"} for p in wanted + given
    ):
        return UNDECIDED
    if len(given) != len(wanted):
        return WRONG
    if all(_is_same(a, b) for a, b in zip(given, wanted, strict=True)):
        return RIGHT
    is_permutation = _is_permutation(given, wanted)
    if not is_permutation:
        return WRONG
    # The same values in another order: free in a set, doubtful where the order may matter.
    return UNDECIDED if ordered else RIGHT


def _is_permutation(given: list[str], wanted: list[str]) -> bool:
    left = list(wanted)
    for part in given:
        match = next((w for w in left if _is_same(part, w)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _is_same(given: str, wanted: str) -> bool:
    if given.replace(" ", "").lstrip("+") == wanted.replace(" ", "").lstrip("+"):
        return True
    return compare_formula(given, wanted) is RIGHT
