"""What the arithmetic of a question comes to, and whether a student's answer is that."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from services.diagnose.domain.comparing.amounts import amount, converted
from services.diagnose.domain.comparing.arithmetic import (
    UNKNOWN,
    NotArithmeticError,
    evaluate,
    holds_unknown,
    parse,
    solve,
    value_of,
)
from services.diagnose.domain.comparing.outcomes import Outcome
from services.diagnose.domain.comparing.quantities import parse_quantity
from services.diagnose.domain.comparing.written_form import written_form
from shared.contract.reading import Asked, AskedKind

_MAX_ANSWER = 40
_DIVISION = re.compile(r"\s*(\d{1,9})\s*[÷/]\s*(\d{1,9})\s*")
_REMAINDER = re.compile(r"(\d{1,9})\.{3}(\d{1,9})")
#: What readers take the printed signs of a sum for, and what else they may be.
_OTHER_SIGNS = {"+": "÷×-", "＋": "÷×-", "÷": "+-", "-": "÷+", "×": "+", "*": "+", "·": "+-÷"}
#: Figures that readers take for one another, in either direction.
_LOOK_ALIKE = frozenset(
    frozenset(pair) for pair in ("17", "14", "19", "27", "49", "06", "08", "09", "56", "38", "35")
)
_MOST_OPERATORS, _LEAST_REPAIRED = 8, 10
_SIGNS = str.maketrans({"＜": "<", "＞": ">", "＝": "=", "〈": "<", "〉": ">"})


@dataclass(frozen=True, slots=True)
class Worked:
    """The right answer as text, and what comparing the student's with it found.

    ``is_near``: what was read may be the right answer with figures lost or misread.
    ``is_repaired``: the answer is right if one printed sign was misread, which is likely here.
    """

    text: str
    outcome: Outcome
    is_near: bool = False
    is_repaired: bool = False


def work_out(asked: Asked, student: str) -> Worked | None:
    """Compute what is asked for and compare ``student`` with it; None where it is not clear.

    The outcome is undecided for an empty answer and for one that is no number.
    """
    if asked.kind is AskedKind.COMPARISON:
        return _compared(asked, student)
    value = _value(asked)
    if value is None:
        return None
    division = _remainder(asked)
    if division is not None and _REMAINDER.fullmatch(_plain(student)):
        if _plain(student) == _plain(division):
            return Worked(division, Outcome.RIGHT)
        return Worked(division, Outcome.WRONG, is_near=is_misread(student, division))
    text, given = _spelled(value, asked.left), _number(student)
    # A quotient alone may have lost its remainder to the reader.
    if given is None or (division is not None and given == int(value)):
        return Worked(text, Outcome.UNDECIDED)
    return _judged(asked, student, given, value)


def _judged(asked: Asked, student: str, given: Fraction, value: Fraction) -> Worked:
    text = _spelled(value, asked.left)
    if given == value:
        return Worked(text, Outcome.RIGHT)
    if _is_rounded(student, given, value):
        return Worked(text, Outcome.UNDECIDED)
    if asked.kind is AskedKind.SUM and _is_repaired(asked.left, given):
        return Worked(_spelled(given, asked.left), Outcome.RIGHT, is_repaired=True)
    return Worked(text, Outcome.WRONG, is_near=is_misread(student, text))


def is_misread(read: str, right: str) -> bool:
    """Whether ``read`` is ``right`` with figures lost or added, or one taken for another."""
    ours, theirs = _plain(read), _plain(right)
    if _is_part(ours, theirs) or _is_part(theirs, ours):
        return True
    if len(ours) != len(theirs):
        return False
    pairs = [frozenset(pair) for pair in zip(ours, theirs, strict=True) if len({*pair}) > 1]
    return len(pairs) == 1 and pairs[0] in _LOOK_ALIKE


def _is_part(short: str, long: str) -> bool:
    """Whether the characters of ``short`` stand in ``long`` in this order."""
    rest = iter(long)
    return all(char in rest for char in short)


def _value(asked: Asked) -> Fraction | None:
    left, right = asked.left, asked.right
    if asked.kind is AskedKind.SUM:
        return value_of(left) if right == UNKNOWN else None
    if asked.kind is AskedKind.CONVERSION:
        unit = right.removeprefix(UNKNOWN)
        return converted(left, unit) if unit != right else None
    if asked.kind is not AskedKind.EQUATION:
        return None
    try:
        trees = parse(left), parse(right)
        known, unknown = sorted(trees, key=holds_unknown)
        return solve(unknown, evaluate(known))
    except NotArithmeticError:
        return None


def _number(text: str) -> Fraction | None:
    """The number that is all of an answer; None for expressions, words and the like."""
    if len(text) > _MAX_ANSWER:
        return None
    quantity = parse_quantity(written_form(text))
    return quantity.value if quantity is not None and not quantity.unit else None


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", written_form(text[:_MAX_ANSWER]))


def _remainder(asked: Asked) -> str | None:
    """Quotient and remainder of a division that leaves one."""
    found = _DIVISION.fullmatch(asked.left) if asked.kind is AskedKind.SUM else None
    if found is None or not int(found[2]) or not int(found[1]) % int(found[2]):
        return None
    quotient, rest = divmod(int(found[1]), int(found[2]))
    return f"{quotient}……{rest}"


def _is_rounded(student: str, given: Fraction, value: Fraction) -> bool:
    """Whether an answer with decimals is the value to so many decimals, rounded or cut off."""
    _, point, decimals = _plain(student).partition(".")
    return bool(point) and abs(given - value) < Fraction(1, 10 ** len(decimals))


def _spelled(value: Fraction, like: str) -> str:
    """A whole number, a decimal where it ends and no fraction was asked with, else a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    power = next((n for n in range(1, 13) if not 10**n % value.denominator), None)
    if power is None or re.search(r"\d\s*/\s*\d", like):
        return f"{value.numerator}/{value.denominator}"
    scaled = abs(value.numerator) * 10**power // value.denominator
    digits = str(scaled).rjust(power + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-power]}.{digits[-power:]}"


def _is_repaired(text: str, given: Fraction) -> bool:
    """Whether ``given`` is the value of the sum with one printed sign read as another.

    Only of sums with several signs and answers of several figures: others may come out by chance,
    or because the student took one sign for another.
    """
    places = [index for index, char in enumerate(text) if char in _OTHER_SIGNS]
    if not 2 <= len(places) <= _MOST_OPERATORS or abs(given) < _LEAST_REPAIRED:
        return False
    return any(value_of(variant) == given for variant in _variants(text, places))


def _variants(text: str, places: list[int]) -> Iterator[str]:
    """The sum with one sign changed; a dot, which is no sign in print, counts as none."""
    dots = [index for index in places if text[index] == "·"]
    bases = [text]
    for dot in dots[:1]:
        bases += [text[:dot] + sign + text[dot + 1 :] for sign in _OTHER_SIGNS["·"]]
    yield from bases[1:]
    for base in bases:
        for index in places:
            for sign in _OTHER_SIGNS.get(base[index], ""):
                yield base[:index] + sign + base[index + 1 :]


def _compared(asked: Asked, student: str) -> Worked | None:
    left, right = _sides(asked.left), _sides(asked.right)
    shared = left.keys() & right.keys()
    signs = {_sign(left[name], right[name]) for name in shared}
    if len(signs) != 1:
        return None
    sign = signs.pop()
    given = student.strip().translate(_SIGNS)
    if given not in {"<", ">", "="}:
        return Worked(sign, Outcome.UNDECIDED)
    return Worked(sign, Outcome.RIGHT if given == sign else Outcome.WRONG)


def _sides(text: str) -> dict[str, Fraction]:
    """The value of a side by its dimension; a sum has none."""
    value = value_of(text)
    return amount(text) if value is None else {"": value}


def _sign(left: Fraction, right: Fraction) -> str:
    return "=" if left == right else "<" if left < right else ">"
