"""Slips that a wrong result proves when the question's sum is known: worked out wrongly on purpose.

The sum is taken from the question's text and believed only where it comes to the right answer.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from services.diagnose.domain.comparing.arithmetic import (
    NotArithmeticError,
    Operation,
    Tree,
    evaluate,
    operate,
    parse,
)

_SIGNS = "+-*/＋－−–×÷✕·:：()（）"
_RUN = re.compile(rf"[\d.,％% ²³^{re.escape(_SIGNS)}]*\d[\d.,％% ²³^{re.escape(_SIGNS)}]*")
_LATEX = (
    (r"\times", "×"),
    (r"\div", "÷"),
    (r"\cdot", "×"),
    ("$", " "),
    (r"\left", ""),
    (r"\right", ""),
)
_EQUATION = re.compile(
    r"(?<![\d.)x/])(?P<a>-?\d*)\s*[a-z]\s*(?P<sign>[-+])\s*(?P<b>\d+(?:\.\d+)?)\s*=\s*(?P<c>-?\d+(?:\.\d+)?)(?![\d./a-z+*-])"
)
_DASHES = str.maketrans({"－": "-", "−": "-", "–": "-", "＋": "+", "＝": "="})
_INVERSE = {"+": "-", "-": "+", "*": "/", "/": "*"}
#: Factors of the tables that children learn by heart.
_TABLES = 12
_LARGEST = 10**9


def calculation_slips(stem: str, answer: Fraction, right: Fraction) -> set[tuple[str, str]]:
    """Names of the slips that lead from the sum in ``stem`` to ``answer``, each with its evidence.

    Empty where the text holds no sum, or more than one, whose value is ``right``.
    """
    text = stem.translate(_DASHES)
    for written, meant in _LATEX:
        text = text.replace(written, meant)
    found = set(_of_equation(text, answer, right))
    sums = {run for run in _sums(text) if _value(run) == right}
    if len(sums) == 1:
        found |= set(_of_sum(sums.pop(), answer, right))
    return found


def _sums(text: str) -> Iterator[str]:
    for match in _RUN.finditer(text):
        run = match.group().strip(" .,:：").removesuffix("()").strip()
        if any(sign in run[1:] for sign in _SIGNS):
            yield " ".join(run.split())


def _value(text: str) -> Fraction | None:
    tree = _tree(text)
    return None if tree is None else _result(tree)


def _tree(text: str) -> Tree | None:
    try:
        return parse(text)
    except NotArithmeticError:
        return None


def _result(tree: Tree) -> Fraction | None:
    try:
        return evaluate(tree)
    except NotArithmeticError:
        return None


def _of_equation(text: str, answer: Fraction, right: Fraction) -> Iterator[tuple[str, str]]:
    """A term brought to the other side of ax + b = c with its sign unchanged."""
    for found in _EQUATION.finditer(text):
        factor = {"": "1", "-": "-1"}.get(found["a"], found["a"])
        a, c = Fraction(factor), Fraction(found["c"])
        b = Fraction(found["b"]) * (1 if found["sign"] == "+" else -1)
        if a and (c - b) / a == right and (c + b) / a == answer:
            yield "transposed", f"{found['sign']}{found['b']}"


def _of_sum(text: str, answer: Fraction, right: Fraction) -> Iterator[tuple[str, str]]:
    tree = _tree(text)
    if not isinstance(tree, Operation):
        return
    if answer != right and answer in set(_in_wrong_order(text)):
        yield "order_of_operations", text
    if any(_value(copied) == answer for copied in _copied_wrong(text)):
        yield "miscopied", text
    left, other = tree.left, tree.right
    if not isinstance(left, Fraction) or not isinstance(other, Fraction):
        return
    if _result(Operation(_INVERSE.get(tree.sign, tree.sign), left, other)) == answer:
        yield "inverse_operation", text
    whole = left.denominator == other.denominator == answer.denominator == 1
    if not whole or min(left, other) < 0 or max(left, other) > _LARGEST:
        return
    yield from _of_whole_numbers(tree.sign, int(left), int(other), answer, right, text)


def _of_whole_numbers(
    sign: str, left: int, other: int, answer: Fraction, right: Fraction, text: str
) -> Iterator[tuple[str, str]]:
    if answer in _without_carrying(sign, left, other, right):
        yield "carry", text
    steps = {1} if sign in "+-/" else set()
    if sign == "*" and max(left, other) <= _TABLES:
        steps = {left, other}
    if abs(answer - right) in steps:
        yield "one_step", text


def _in_wrong_order(text: str) -> Iterator[Fraction]:
    """What comes out when one works from left to right, or passes over the brackets."""
    bare = re.sub(r"[()（）]", "", text)
    if bare != text and (value := _value(bare)) is not None:
        yield value
    parts = re.split(r"\s*([-+*/＋×÷✕·:：])\s*", text)
    if bare != text or len(parts) < 5 or len(parts) % 2 == 0:
        return
    value = _value(parts[0])
    for sign, number in zip(parts[1::2], parts[2::2], strict=True):
        operand = _value(number)
        if value is None or operand is None:
            return
        meant = {"＋": "+", "×": "*", "✕": "*", "·": "*", "÷": "/", ":": "/", "：": "/"}
        try:
            value = operate(meant.get(sign, sign), value, operand)
        except NotArithmeticError:
            return
    if value is not None:
        yield value


def _copied_wrong(text: str) -> Iterator[str]:
    """``text`` with two neighbouring digits of one number swapped."""
    for place in range(len(text) - 1):
        one, other = text[place], text[place + 1]
        if one.isdigit() and other.isdigit() and one != other:
            yield text[:place] + other + one + text[place + 2 :]


def _without_carrying(sign: str, left: int, other: int, right: Fraction) -> set[Fraction]:
    """Results of a written sum in which one carry, or one borrowing, was forgotten, or all were."""
    found: set[Fraction] = set()
    width = max(len(str(left)), len(str(other)))
    if sign == "+":
        all_lost = 0
        for place in range(width):
            base = 10**place
            digit = left // base % 10 + other // base % 10
            # A carry reaches this column from the ones below it.
            is_carried = left % (base * 10) + other % (base * 10) >= base * 10
            all_lost += digit % 10 * base if place < width - 1 else digit * base
            # The last column's carry is written down, not kept in mind.
            if is_carried and place < width - 1:
                found.add(right - base * 10)
        found.add(Fraction(all_lost))
    elif sign == "-" and left >= other:
        for place in range(width - 1):
            base = 10 ** (place + 1)
            if left % base < other % base:
                found.add(right + base)
    elif sign == "*" and min(left, other) < 10 <= max(left, other):
        one, many = sorted((left, other))
        digits = [int(digit) for digit in str(many)]
        lost = sum(
            (digit * one % 10 if place else digit * one) * 10 ** (len(digits) - 1 - place)
            for place, digit in enumerate(digits)
        )
        found.add(Fraction(lost))
    return found - {right}
