"""Amounts of several units: 3时20分, 1米5厘米, and what they are in another unit."""

import re
from fractions import Fraction

from services.diagnose.domain.comparing.units import sizes_of

_MAX_LENGTH, _MAX_PARTS = 40, 3
_PART = re.compile(
    r"\s*(?P<number>\d{1,12}(?:\.\d{1,12})?)(?:/(?P<bottom>\d{1,12}))?"
    r"\s*(?P<unit>[^\d\s./^]{1,8}(?:\^[23])?)(?=\s|\d|$)"
)
_POWERS = str.maketrans({"²": "^2", "³": "^3"})
#: Case tells mg and Mg apart, except for letters that mean one thing only.
_ANY_CASE = frozenset({"cm", "km", "mm", "dm", "kg", "min", "ml"})


def unit_sizes(name: str) -> dict[str, Fraction]:
    """Size of the unit by dimension; empty for what is no known unit."""
    compact = re.sub(r"\s+", "", name).translate(_POWERS)
    lowered = compact.lower()
    return sizes_of(compact) or (sizes_of(lowered) if lowered in _ANY_CASE else {})


def amount(text: str) -> dict[str, Fraction]:
    """Value by dimension, in its first unit; empty for what is no amount of known units.

    Most amounts have one dimension. 5分 has two until the other side tells which is meant.
    """
    if len(text) > _MAX_LENGTH:
        return {}
    total: dict[str, Fraction] | None = None
    position, text = 0, text.strip().translate(_POWERS)
    for _ in range(_MAX_PARTS):
        part = _PART.match(text, position)
        if part is None or part["bottom"] == "0" * len(part["bottom"] or "-"):
            return {}
        value = Fraction(part["number"]) / int(part["bottom"] or 1)
        sizes = {name: value * size for name, size in unit_sizes(part["unit"]).items()}
        total = sizes if total is None else _sums(total, sizes)
        position = part.end()
        if position == len(text):
            return total
    return {}


def _sums(one: dict[str, Fraction], other: dict[str, Fraction]) -> dict[str, Fraction]:
    return {name: one[name] + other[name] for name in one.keys() & other.keys()}


def converted(text: str, unit: str) -> Fraction | None:
    """How many of ``unit`` the amount is; None where units are unknown or leave a choice."""
    sizes, values = unit_sizes(unit), amount(text)
    found = {values[name] / sizes[name] for name in values.keys() & sizes.keys()}
    return found.pop() if len(found) == 1 else None
