"""Algebraic expressions: a small parser, and equality decided by exact-precision evaluation.

Two expressions are taken as equal when they agree to 40 digits at many fixed points of the real
and complex plane (Schwartz 1980, Zippel 1979: a non-zero polynomial vanishes at few points). Size
and exponents are bounded, so the decision takes milliseconds by construction and needs no clock.
"""

import re
from dataclasses import dataclass

import mpmath

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<name>sqrt|arcsin|arccos|arctan|sin|cos|tan|cot|log|ln|lg|exp|abs"
    r"|[A-Za-zα-ορ-ω](?:_?\d+)?)|(?P<operator>\*\*|[-+*/^()√π°∞|!±]))"
)
#: A context of its own, because the global one's precision belongs to everybody.
_MP = mpmath.MPContext()
_MP.dps = 50
_TOLERANCE = _MP.mpf(10) ** -40
_FUNCTIONS = {
    "sqrt": _MP.sqrt, "√": _MP.sqrt, "sin": _MP.sin, "cos": _MP.cos, "tan": _MP.tan,
    "cot": _MP.cot, "arcsin": _MP.asin, "arccos": _MP.acos, "arctan": _MP.atan,
    "ln": _MP.log, "exp": _MP.exp, "abs": _MP.fabs, "lg": _MP.log10, "log": _MP.log10,
}  # fmt: skip
_MAX_LENGTH, _MAX_TOKENS, _MAX_EXPONENT, _MAX_DEPTH = 160, 120, 40, 25
_POINTS = 10


class NotAnExpressionError(ValueError):
    """The text is not an expression of the supported grammar."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression in prefix form: an operator with its operands, a name or a number."""

    head: str
    operands: tuple["Expression", ...] = ()

    @property
    def variables(self) -> frozenset[str]:
        """The names that stand for unknowns, ``e`` included."""
        if self.head == "name":
            return frozenset({self.operands[0].head})
        return frozenset().union(*(operand.variables for operand in self.operands))


def parse_expression(text: str) -> Expression:
    """The expression that the whole of ``text`` (in written form) is.

    Raises NotAnExpressionError for anything else and for what is too large to be an answer.
    """
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > _MAX_LENGTH:
        raise NotAnExpressionError("too long")
    tokens: list[tuple[str, str]] = []
    position, text = 0, text.strip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or len(tokens) >= _MAX_TOKENS:
            raise NotAnExpressionError(f"unexpected {text[position : position + 1]!r}")
        kind = str(found.lastgroup)
        tokens.append((kind, found[kind]))
        position = found.end()
    return tokens


class _Parser:
    """Recursive descent: sum > product > sign > power > atom, juxtaposition multiplies."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def whole(self) -> Expression:
        tree = self._sum()
        if self._at != len(self._tokens):
            raise NotAnExpressionError("trailing text")
        return tree

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _accept(self, *values: str) -> str | None:
        kind, value = self._peek()
        if kind == "operator" and value in values:
            self._at += 1
            return value
        return None

    def _sum(self) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise NotAnExpressionError("nested too deeply")
        tree = self._product()
        while operator := self._accept("+", "-"):
            tree = Expression(operator, (tree, self._product()))
        self._depth -= 1
        return tree

    def _product(self) -> Expression:
        tree = self._signed()
        while True:
            operator = self._accept("*", "/")
            if operator:
                tree = Expression(operator, (tree, self._signed()))
                continue
            kind, value = self._peek()
            # Digits after a factor are not a product: "2 3" is a misread, not 6.
            if kind == "name" or (kind == "operator" and value in {"(", "√", "π"}):
                tree = Expression("*", (tree, self._power()))
                continue
            return tree

    def _signed(self) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise NotAnExpressionError("nested too deeply")
        sign = self._accept("+", "-")
        tree = self._signed() if sign else self._power()
        self._depth -= 1
        return Expression("negate", (tree,)) if sign == "-" else tree

    def _power(self) -> Expression:
        tree = self._atom()
        while self._accept("°"):
            tree = Expression("degrees", (tree,))
        if self._accept("^", "**"):
            return Expression("^", (tree, self._signed()))
        return tree

    def _atom(self) -> Expression:
        kind, value = self._peek()
        self._at += 1
        if kind == "number":
            return Expression("number", (Expression(value),))
        if kind == "name" and value not in _FUNCTIONS:
            return Expression("name", (Expression(value),))
        if kind == "operator" and value == "π":
            return Expression("π")
        if value in _FUNCTIONS:
            return self._function(value)
        if kind == "operator" and value in {"(", "|"}:
            tree = self._sum()
            if not self._accept(")" if value == "(" else "|"):
                raise NotAnExpressionError("unbalanced")
            return Expression("abs", (tree,)) if value == "|" else tree
        raise NotAnExpressionError(f"unexpected {value!r}")

    def _function(self, name: str) -> Expression:
        """An application, with its argument in brackets or not: sin²x, sin 2x, √3."""
        if name in {"√", "sqrt"}:
            # The root sign binds one atom: √2x is (√2)x, √(2x) needs its brackets.
            return Expression(name, (self._atom(),))
        exponent = self._atom() if self._accept("^", "**") else None
        kind, value = self._peek()
        if name == "log" and kind == "number":
            raise NotAnExpressionError("the base of the logarithm is unclear")
        operand = self._atom() if value in {"(", "|"} else self._bare_argument()
        applied = Expression(name, (operand,))
        return Expression("^", (applied, exponent)) if exponent else applied

    def _bare_argument(self) -> Expression:
        """Factors up to the next sign or function: in sin 2x cos x the first argument is 2x."""
        tree = self._power()
        while True:
            kind, value = self._peek()
            if (kind == "name" and value not in _FUNCTIONS) or value == "π":
                tree = Expression("*", (tree, self._power()))
            else:
                return tree


def evaluate(tree: Expression, values: dict[str, mpmath.mpc]) -> mpmath.mpc:
    """The value at a point; raises ArithmeticError or ValueError where it is not defined."""
    if tree.head == "number":
        return _MP.mpf(tree.operands[0].head)
    if tree.head == "name":
        return values[tree.operands[0].head]
    operands = [evaluate(operand, values) for operand in tree.operands]
    if len(operands) == 2:
        return _binary(tree.head, operands[0], operands[1])
    return _unary(tree.head, operands)


def _unary(head: str, operands: list[mpmath.mpc]) -> mpmath.mpc:
    if head == "π":
        return +_MP.pi
    if head == "negate":
        return -operands[0]
    if head == "degrees":
        return operands[0] * _MP.pi / 180
    return _FUNCTIONS[head](operands[0])


def _binary(operator: str, left: mpmath.mpc, right: mpmath.mpc) -> mpmath.mpc:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "/":
        return left / right
    if abs(right) > _MAX_EXPONENT:
        raise ValueError("exponent too large")
    return _MP.power(left, right)


def _points(names: list[str]) -> list[dict[str, mpmath.mpc]]:
    """Fixed points, positive, negative and complex, that no textbook identity is special at."""
    points = []
    for i in range(_POINTS):
        values = {}
        for j, name in enumerate(names):
            real = _MP.sqrt(_MP.mpf(2 + 3 * i + 7 * j)) * (-1 if (i + j) % 3 == 1 else 1) / 2
            imaginary = _MP.log(_MP.mpf(3 + i + j)) / 3 if i % 3 == 2 else 0
            values[name] = _MP.mpc(real, imaginary) if imaginary else real
        points.append(values)
    return points


def ratio_of(left: Expression, right: Expression) -> mpmath.mpc | None:
    """The constant c with left = c * right at every point tried, or None when there is none.

    1 says that they are equal. Undefined points are skipped; with under three left it is None.
    """
    names = sorted(left.variables | right.variables)
    ratios: list[mpmath.mpc] = []
    zeros = 0
    # √(x²) is |x| on the real line only.
    is_real = _holds(left, "abs") or _holds(right, "abs")
    for values in _points(names):
        if is_real and any(isinstance(value, _MP.mpc) for value in values.values()):
            continue
        try:
            a, b = evaluate(left, values), evaluate(right, values)
        except (ArithmeticError, ValueError, TypeError):
            continue
        if not (_MP.isfinite(a) and _MP.isfinite(b)):
            continue
        small = _TOLERANCE * (1 + abs(a) + abs(b))
        if abs(b) > small and abs(a) > small:
            ratios.append(a / b)
        elif abs(a - b) > small:
            return None
        else:
            zeros += 1
    if len(ratios) + zeros < 3:
        return None
    first = ratios[0] if ratios else _MP.mpf(1)
    is_constant = all(abs(ratio - first) <= _TOLERANCE * (1 + abs(ratio)) for ratio in ratios)
    return first if is_constant else None


def is_equal(left: Expression, right: Expression) -> bool:
    """Whether both are the same function of the same variables.

    ``e`` is Euler's number where that makes them equal: its chance to do so in error is nil.
    """
    trees = [(left, right)]
    if "e" in left.variables | right.variables:
        trees.append((_with_euler(left), _with_euler(right)))
    ratios = [ratio_of(*pair) for pair in trees]
    return any(ratio is not None and bool(abs(ratio - 1) <= _TOLERANCE * 10) for ratio in ratios)


def _holds(tree: Expression, head: str) -> bool:
    return tree.head == head or any(_holds(operand, head) for operand in tree.operands)


def _with_euler(tree: Expression) -> Expression:
    if tree.head == "name" and tree.operands[0].head == "e":
        return Expression("exp", (Expression("number", (Expression("1"),)),))
    if tree.head in {"name", "number"}:
        return tree
    return Expression(tree.head, tuple(_with_euler(operand) for operand in tree.operands))
