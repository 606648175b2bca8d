"""School years: what a grade is called, and from which year on a point is taught.

The years are those of the Chinese curriculum standards (2022 for years 1-9, 2017/2020 for 10-12).
"""

import re

_CHINESE = {character: year for year, character in enumerate("一二三四五六七八九", start=1)}
_JUNIOR, _SENIOR = 6, 9
_LAST = 12
#: The year in which a point comes first, by the end of its id; 1 for those not named.
_FROM = {
    "integers.multiplication-division": 2,
    "integers.mixed-operations": 3,
    "decimals": 4,
    "factors-multiples": 5,
    "fractions": 5,
    "percentages": 6,
    "ratio-proportion": 6,
    "rational-numbers": 7,
    "real-numbers": 7,
    "complex-numbers": 10,
    "word-problems": 5,
    "linear-equations": 7,
    "simultaneous-equations": 7,
    "inequalities": 7,
    "polynomials": 7,
    "factorisation": 8,
    "rational-expressions": 8,
    "radicals": 8,
    "quadratic-equations": 8,
    "coordinates": 7,
    "linear-functions": 8,
    "inverse-proportion": 8,
    "quadratic-functions": 9,
    "trigonometric": 9,
    "properties": 10,
    "exponential-logarithmic": 10,
    "sequences": 11,
    "derivatives": 11,
    "lines-angles": 4,
    "triangles": 7,
    "quadrilaterals": 8,
    "similarity": 9,
    "solving-triangles": 9,
    "circles": 6,
    "perimeter-area": 3,
    "solids": 5,
    "transformations": 7,
    "spatial-geometry": 10,
    "vectors": 10,
    "lines-circles-analytic": 11,
    "conics": 11,
    "data": 4,
    "probability": 5,
    "counting": 11,
    "distributions": 11,
    "sets": 10,
    "logic": 10,
    "patterns": 2,
    "number-theory": 5,
    "strategy": 4,
    "units": 2,
    "time": 2,
}


def year_of(grade: str | None) -> int | None:
    """The school year (1-12) that ``grade`` names: 七年级, 初一, 高二, Grade 7; None for others."""
    text = "".join((grade or "").split()).casefold()
    found = re.match(r"(初|高)([一二三])", text)
    if found:
        return (_JUNIOR if found[1] == "初" else _SENIOR) + _CHINESE[found[2]]
    found = re.match(r"(?:小学)?([一二三四五六七八九])年级", text)
    if found:
        return _CHINESE[found[1]]
    found = re.match(r"(?:grade|g)?(\d{1,2})(?:年级|(?:st|nd|rd|th)grade)?$", text)
    year = int(found[1]) if found else 0
    return year if 1 <= year <= _LAST else None


def first_year(point_id: str) -> int:
    """The school year from which on ``point_id`` is taught."""
    last = point_id.rsplit(".", 1)[-1]
    return _FROM.get(last, _FROM.get(".".join(point_id.split(".")[-2:]), 1))
