"""Amounts, expressions, equations and inequalities, compared by their value."""

import re

from services.diagnose.domain.comparing.amounts import amount
from services.diagnose.domain.comparing.equality import (
    NotComparableError,
    is_equal,
    ratio_of,
)
from services.diagnose.domain.comparing.expressions import (
    Expression,
    NotAnExpressionError,
    parse_expression,
)
from services.diagnose.domain.comparing.outcomes import RIGHT, UNDECIDED, WRONG, Comparison
from services.diagnose.domain.comparing.quantities import Quantity, parse_quantity

_RELATION = re.compile(r"(<=|>=|!=|=|<|>)")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_VARIABLE = re.compile(r"^[A-Za-zα-ωθ](?:_?\d+)?$")
_OPERATOR = re.compile(r"[-+*/^√π°(|]|\d")
#: More digits are no ratio, and int() refuses thousands of them.
_RATIO = re.compile(r"(\d{1,30})\s*:\s*(\d{1,30})")
_WORD = re.compile(
    r"(?<![A-Za-z])(?!(?:arc)?(?:sin|cos|tan|cot)|sqrt|log|ln|lg|exp|abs)[A-Za-z]{3,}"
)


def compare_formula(student: str, key: str) -> Comparison | None:
    """Compare two mathematical texts in written form; None when they are not mathematics."""
    for compare in (_compare_relations, _compare_amounts, _compare_ratios):
        found = compare(student, key)
        if found is not None:
            return found
    trees = _expression(student), _expression(key)
    if trees[0] is None or trees[1] is None:
        return None
    same = is_equal(trees[0], trees[1])
    if not same:
        return UNDECIDED if same is None else WRONG
    # 3+4 where 7 is asked for is equal, but may be the question copied.
    return UNDECIDED if parse_quantity(key) is not None else RIGHT


def _compare_ratios(student: str, key: str) -> Comparison | None:
    """``6:8`` has the value of ``3:4``, but whether it had to be reduced is not known."""
    found = [_RATIO.fullmatch(text) for text in (student, key)]
    if found[0] is None or found[1] is None:
        return None
    a, b, c, d = (int(number) for match in found if match for number in match.groups())
    if (a, b) == (c, d):
        return RIGHT
    return UNDECIDED if a * d == b * c and b and d else WRONG


def is_mathematical(text: str) -> bool:
    """Whether ``text`` in written form is a number, a relation or has an operator."""
    return (
        parse_quantity(text) is not None
        or _expression(text) is not None
        or (len(_RELATION.split(text)) >= 3 and all(_side(s) for s in _RELATION.split(text)[::2]))
    )


def is_variable(text: str) -> bool:
    """Whether ``text`` is a lone letter, with an index or without."""
    return _VARIABLE.match(text) is not None


def _expression(text: str) -> Expression | None:
    """The expression, unless ``text`` could just as well be a word: ``on`` is not o times n."""
    if not _OPERATOR.search(text) or _WORD.search(text):
        return None
    try:
        return parse_expression(text)
    except NotAnExpressionError:
        return None


def _side(text: str) -> Expression | None:
    if _VARIABLE.match(text.strip()):
        return parse_expression(text)
    return _expression(text)


def _compare_amounts(student: str, key: str) -> Comparison | None:
    ours, theirs = parse_quantity(student), parse_quantity(key)
    if ours is None or theirs is None:
        return _compare_compound(student, key)
    if ours.unit and theirs.unit:
        same = ours.is_same_as(theirs)
        return UNDECIDED if same is None else RIGHT if same else WRONG
    if ours.value == theirs.value:
        return RIGHT  # a missing unit is mostly printed behind the blank
    return UNDECIDED if _is_percent_doubt(ours, theirs) else WRONG


def _compare_compound(student: str, key: str) -> Comparison | None:
    """1小时30分 for 90分钟: amounts of several units."""
    ours, theirs = amount(student), amount(key)
    shared = ours.keys() & theirs.keys()
    if not shared:
        return None
    is_same = any(ours[dimension] == theirs[dimension] for dimension in shared)
    return RIGHT if is_same else UNDECIDED


def _is_percent_doubt(ours: Quantity, theirs: Quantity) -> bool:
    """50 for 50 %: the sign may be printed behind the blank."""
    return (
        ours.is_percent is not theirs.is_percent
        and not ours.unit
        and (
            ours.value == theirs.value * (100 if theirs.is_percent else 1)
            or theirs.value == ours.value * (100 if ours.is_percent else 1)
        )
    )


def split_relation(text: str) -> tuple[list[str], list[str]]:
    """The sides of a relation and the signs between them; one side and no sign otherwise."""
    parts = _RELATION.split(text)
    return [part.strip() for part in parts[::2]], parts[1::2]


def _compare_relations(student: str, key: str) -> Comparison | None:
    ours, our_signs = split_relation(student)
    theirs, their_signs = split_relation(key)
    if not our_signs and not their_signs:
        return None
    if not our_signs or not their_signs:
        return _compare_value_with_assignment(student, key)
    if not (all(_side(s) for s in ours) and all(_side(s) for s in theirs)):
        return _compare_assignments(ours, our_signs, theirs, their_signs)
    return _compare_sides(*_ascending(ours, our_signs), *_ascending(theirs, their_signs))


def _ascending(sides: list[str], signs: list[str]) -> tuple[list[str], list[str]]:
    """The relation with its small side first."""
    if any(sign in {">", ">="} for sign in signs):
        return sides[::-1], [_FLIPPED[sign] for sign in signs[::-1]]
    return sides, signs


def _compare_sides(
    ours: list[str], our_signs: list[str], theirs: list[str], their_signs: list[str]
) -> Comparison:
    if our_signs != their_signs:
        return WRONG
    same = _are_equal(ours, theirs)
    if same:
        return RIGHT
    if same is None:
        return UNDECIDED
    if our_signs == ["="]:
        return _compare_equations(ours, theirs)
    return WRONG if _is_solved(ours) and _is_solved(theirs) else UNDECIDED


def _compare_equations(ours: list[str], theirs: list[str]) -> Comparison:
    if _are_equal(ours[::-1], theirs):
        return RIGHT
    if _is_solved(theirs) and not all(_variables(side) for side in theirs):
        # x = 2 was asked for: 2x = 4 has the same root but is no solution.
        return WRONG if _is_solved(ours) else UNDECIDED
    differences = [_expression(f"({a})-({b})") for a, b in (ours, theirs)]
    if differences[0] is None or differences[1] is None:
        return UNDECIDED
    try:
        return RIGHT if ratio_of(differences[0], differences[1]) is not None else WRONG
    except NotComparableError:
        return UNDECIDED


def _are_equal(ours: list[str], theirs: list[str]) -> bool | None:
    """Whether every side equals its counterpart; None where that cannot be told."""
    trees = [(_side(a), _side(b)) for a, b in zip(ours, theirs, strict=True)]
    found = [is_equal(a, b) if a and b else False for a, b in trees]
    return all(found) if False in found or None not in found else None


def _variables(side: str) -> frozenset[str]:
    tree = _side(side)
    return tree.variables if tree is not None else frozenset()


def _is_solved(sides: list[str]) -> bool:
    """Whether a lone variable is related to sides that do not hold it."""
    for i, side in enumerate(sides):
        if _VARIABLE.match(side):
            others = [_side(s) for j, s in enumerate(sides) if j != i]
            return all(o is not None and side not in o.variables for o in others)
    return False


def _compare_value_with_assignment(student: str, key: str) -> Comparison | None:
    """``5`` for ``x=5`` and the reverse; a bare value never equals an inequality."""
    relation, value = (student, key) if _RELATION.search(student) else (key, student)
    sides, signs = split_relation(relation)
    if signs != ["="] or not _VARIABLE.match(sides[0]) or not sides[1]:
        return None if not is_mathematical(value) else UNDECIDED
    ordered = (sides[1], value) if relation is student else (value, sides[1])
    return compare_formula(*ordered)


def _compare_assignments(
    ours: list[str], our_signs: list[str], theirs: list[str], their_signs: list[str]
) -> Comparison | None:
    """``v = 5 m/s``: the sides are not expressions, but a name and an amount."""
    if our_signs != ["="] or their_signs != ["="] or ours[0] != theirs[0]:
        return None
    return _compare_amounts(ours[1], theirs[1])
