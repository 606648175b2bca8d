"""Relations and lists of values: equations, inequalities, solution sets, intervals."""

import re

from services.diagnose.domain.comparison import RIGHT, UNDECIDED, WRONG, Comparison
from services.diagnose.domain.expression import (
    Expression,
    NotAnExpressionError,
    is_equal,
    parse_expression,
    ratio_of,
)
from services.diagnose.domain.quantity import Quantity, parse_quantity

_RELATION = re.compile(r"(<=|>=|!=|=|<|>)")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_VARIABLE = re.compile(r"^[A-Za-zα-ωθ](?:_?\d+)?$")
_OPERATOR = re.compile(r"[-+*/^√π°(|]|\d")
_WORD = re.compile(
    r"(?<![A-Za-z])(?!(?:arc)?(?:sin|cos|tan|cot)|sqrt|log|ln|lg|exp|abs)[A-Za-z]{3,}"
)


def compare_formula(student: str, key: str) -> Comparison | None:
    """Compare two mathematical texts in written form; None when they are not mathematics."""
    relation = _compare_relations(student, key)
    if relation is not None:
        return relation
    amount = _compare_amounts(student, key)
    if amount is not None:
        return amount
    ratio = _compare_ratios(student, key)
    if ratio is not None:
        return ratio
    trees = _expression(student), _expression(key)
    if trees[0] is None or trees[1] is None:
        return None
    if not is_equal(trees[0], trees[1]):
        return WRONG
    # 3+4 where 7 is asked for is equal, but may be the question copied.
    return UNDECIDED if parse_quantity(key) is not None else RIGHT


def _compare_ratios(student: str, key: str) -> Comparison | None:
    """``6:8`` has the value of ``3:4``, but whether it had to be reduced is not known."""
    found = [re.fullmatch(r"(\d+)\s*:\s*(\d+)", text) for text in (student, key)]
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
        return None
    if ours.unit and theirs.unit and ours.dimension != theirs.dimension:
        return WRONG
    if ours.unit and theirs.unit:
        return RIGHT if ours.in_first_unit == theirs.in_first_unit else WRONG
    if ours.value == theirs.value:
        return RIGHT  # a missing unit stands printed behind the blank more often than not
    return UNDECIDED if _is_percent_doubt(ours, theirs) else WRONG


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


def _split(text: str) -> tuple[list[str], list[str]]:
    parts = _RELATION.split(text)
    return [part.strip() for part in parts[::2]], parts[1::2]


def _compare_relations(student: str, key: str) -> Comparison | None:
    ours, our_signs = _split(student)
    theirs, their_signs = _split(key)
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
    trees = [(_side(a), _side(b)) for a, b in zip(ours, theirs, strict=True)]
    if all(a and b and is_equal(a, b) for a, b in trees):
        return RIGHT
    if our_signs == ["="]:
        return _compare_equations(ours, theirs)
    return WRONG if _is_solved(ours) and _is_solved(theirs) else UNDECIDED


def _compare_equations(ours: list[str], theirs: list[str]) -> Comparison:
    swapped = [_side(s) for s in ours[::-1]]
    wanted = [_side(s) for s in theirs]
    if all(a and b and is_equal(a, b) for a, b in zip(swapped, wanted, strict=True)):
        return RIGHT
    if _is_solved(theirs):
        # x = 2 was asked for: 2x = 4 has the same root but is no solution.
        return WRONG if _is_solved(ours) else UNDECIDED
    differences = [_expression(f"({a})-({b})") for a, b in (ours, theirs)]
    if differences[0] is None or differences[1] is None:
        return UNDECIDED
    return RIGHT if ratio_of(differences[0], differences[1]) is not None else WRONG


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
    sides, signs = _split(relation)
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


_BRACKETED = re.compile(r"^([\[(])([^()\[\]]*,[^()\[\]]*)([\])])$")
_SET = re.compile(r"^\{(.*)\}$")
_OR = re.compile(r"\s*(?:或者?|\bor\b|∪)\s*")
_NUMBERED = re.compile(r"\(\d{1,2}\)")


def compare_list(student: str, key: str) -> Comparison | None:
    """Compare ordered and unordered lists of mathematical values; None when the key is no list."""
    if _NUMBERED.sub("", key).strip(" ,;、") == "" and len(_NUMBERED.findall(key)) >= 2:
        return _compare_numbered(student, key)
    ours, theirs = _bracketed(student), _bracketed(key)
    if theirs is not None:
        if ours is None:
            return UNDECIDED if is_mathematical(student) else None
        same_ends = (ours[0], ours[2]) == (theirs[0], theirs[2])
        found = _compare_parts(ours[1], theirs[1], ordered=True) if same_ends else WRONG
        return RIGHT if found is RIGHT else WRONG
    wanted = _members(key)
    if wanted is None:
        return None
    given = _members(student)
    if given is None:
        single = compare_formula(student, wanted[0][0])
        return None if single is None else WRONG  # one value where several are asked for
    is_ordered = not (wanted[1] or given[1])
    return _compare_parts(given[0], wanted[0], ordered=is_ordered)


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
    inside = _SET.match(text)
    if inside:
        return [p.strip() for p in re.split(r"[,、;]", inside[1])], True
    parts = [p.strip() for p in _OR.split(text)]
    if len(parts) > 1:
        return parts, True
    if parse_quantity(text) is not None or _BRACKETED.match(text):
        return None
    parts = [p.strip() for p in re.split(r"\s*[,、;]\s*", text) if p.strip()]
    if len(parts) < 2:
        return None
    names = [_split(p)[0][0] for p in parts if len(_split(p)[1]) == 1]
    # x1=2, x2=3 and x=2, x=3 name the roots of one unknown.
    is_roots = len(names) == len(parts) and len({n.rstrip("_0123456789") for n in names}) == 1
    return ([_split(p)[0][1] for p in parts], True) if is_roots else (parts, False)


def _compare_parts(given: list[str], wanted: list[str], *, ordered: bool) -> Comparison:
    if not all(
        is_mathematical(p) or _VARIABLE.match(p) or p in {"∞", "+∞", "-∞"} for p in wanted + given
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
