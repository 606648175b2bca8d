"""The small formulas in templates of items: exact numbers, comparisons and a few functions."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise

from services.diagnose.domain.practice.generators.notation import fraction, polynomial

Value = Fraction | str

_OPERATORS: dict[type, Callable[[Fraction, Fraction], Fraction | float | int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type, Callable[[Fraction, Fraction], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: dict[str, Callable[..., int | str]] = {
    "abs": abs,
    "gcd": math.gcd,
    "factorial": math.factorial,
    "frac": fraction,
    "root": math.isqrt,
    "poly": lambda *coefficients: polynomial(coefficients),
}


def parse_formula(source: str) -> ast.expr:
    """The tree of ``source``, which is Python's notation. Raises SyntaxError."""
    return ast.parse(source.strip(), mode="eval").body


def evaluate_formula(tree: ast.expr, names: Mapping[str, Fraction]) -> Value:
    """The value of ``tree``: a number, or text that a function wrote.

    Raises KeyError for what a formula must not hold: other names, functions or syntax.
    """
    match tree:
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.Name(id=name):
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -number_of(operand, names)
        case ast.BinOp(left=left, op=sign, right=right):
            result = _OPERATORS[type(sign)](number_of(left, names), number_of(right, names))
            return Fraction(result)
        case ast.IfExp(test=test, body=body, orelse=other):
            return evaluate_formula(body if holds(test, names) else other, names)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            given = (int(number_of(argument, names)) for argument in arguments)
            written = _FUNCTIONS[name](*given)
            return written if isinstance(written, str) else Fraction(written)
        case _:
            raise KeyError(type(tree).__name__)


def number_of(tree: ast.expr, names: Mapping[str, Fraction]) -> Fraction:
    """The value of ``tree``, which has to be a number; raises KeyError for text."""
    value = evaluate_formula(tree, names)
    if isinstance(value, str):
        raise KeyError(value)
    return value


def holds(tree: ast.expr, names: Mapping[str, Fraction]) -> bool:
    """Whether a comparison, or several joined by ``and`` or ``or``, is true."""
    match tree:
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(holds(part, names) for part in parts)
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(holds(part, names) for part in parts)
        case ast.Compare(left=left, ops=signs, comparators=others):
            values = [number_of(part, names) for part in (left, *others)]
            pairs = pairwise(values)
            return all(
                _COMPARISONS[type(sign)](one, other)
                for sign, (one, other) in zip(signs, pairs, strict=True)
            )
        case _:
            raise KeyError(type(tree).__name__)
