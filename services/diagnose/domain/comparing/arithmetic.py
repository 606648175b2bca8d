"""Works out printed sums exactly: a small grammar over fractions, bounded in every direction.

The text comes from a page, so it may be anything. Length, digits, depth and exponents are bounded;
what lies beyond has no value, and nothing here can take long.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

#: Stands for the unknown number of an equation.
UNKNOWN = "____"
_MAX_LENGTH, _MAX_TOKENS, _MAX_DEPTH = 80, 48, 12
_MAX_DIGITS, _MAX_EXPONENT = 12, 4
#: Bits of a numerator or denominator; a sum of an exam needs far fewer.
_MAX_BITS = 256
_TOKEN = re.compile(
    r"\s*(?:(?P<mixed>\d+)(?:又|\s+)(?P<over>\d+)/(?P<under>\d+)"
    r"|(?P<top>\d+)/(?P<bottom>\d+)"
    r"|(?P<grouped>\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?![\d,])"
    r"|(?P<number>\d+(?:\.\d+)?)"
    rf"|(?P<unknown>{UNKNOWN})"
    r"|(?P<sign>[-+*/^()%]))"
)
_SAME = str.maketrans(
    {
        **dict.fromkeys("＋﹢", "+"), **dict.fromkeys("－−–—﹣", "-"),
        **dict.fromkeys("×xX✕·⋅•∙", "*"), **dict.fromkeys("÷:：∶", "/"), "／": "/",
        **dict.fromkeys("（[【{｛", "("), **dict.fromkeys("）]】}｝", ")"),
        "％": "%", "，": ",", "。": ".", "．": ".",
    }
)  # fmt: skip
_POWERS = str.maketrans({"²": "^2", "³": "^3"})
#: ÷ and × must not turn / of a fraction into a sign between its neighbours.
_FRACTION_SIGN = re.compile(r"[÷:：∶]")


class NotArithmeticError(ValueError):
    """The text is no arithmetic of the supported grammar, or too large, or has no value."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on two operands, in ``+ - * / ^``."""

    sign: str
    left: "Tree"
    right: "Tree"


#: A number, UNKNOWN, or an operation.
Tree = Fraction | str | Operation


def value_of(text: str) -> Fraction | None:
    """The value of a sum without unknowns; None when the text is none, or has no value."""
    try:
        return evaluate(parse(text))
    except NotArithmeticError:
        return None


def parse(text: str) -> Tree:
    """The tree of ``text``; raises NotArithmeticError."""
    return _Parser(_tokens(text)).whole()


def evaluate(tree: Tree, unknown: Fraction | None = None) -> Fraction:
    """The value of ``tree``; raises NotArithmeticError where there is none."""
    if isinstance(tree, Fraction):
        return tree
    if isinstance(tree, str):
        if unknown is None:
            raise NotArithmeticError("an unknown without a value")
        return unknown
    return operate(tree.sign, evaluate(tree.left, unknown), evaluate(tree.right, unknown))


def operate(sign: str, left: Fraction, right: Fraction) -> Fraction:
    """One step; raises NotArithmeticError for division by zero and for what grows too large."""
    if sign == "+":
        value = left + right
    elif sign == "-":
        value = left - right
    elif sign == "*":
        value = left * right
    elif sign == "/":
        if not right:
            raise NotArithmeticError("division by zero")
        value = left / right
    else:
        if right.denominator != 1 or not 0 <= right <= _MAX_EXPONENT:
            raise NotArithmeticError("exponent out of bounds")
        value = Fraction(left ** int(right))
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MAX_BITS:
        raise NotArithmeticError("too large")
    return value


def holds_unknown(tree: Tree) -> int:
    """How often the unknown occurs."""
    if isinstance(tree, Operation):
        return holds_unknown(tree.left) + holds_unknown(tree.right)
    return int(isinstance(tree, str))


def solve(tree: Tree, value: Fraction) -> Fraction:
    """The unknown for which ``tree`` has ``value``; raises NotArithmeticError where none is sure.

    An unknown that occurs once is found by undoing every step around it.
    """
    if holds_unknown(tree) != 1:
        raise NotArithmeticError("not exactly one unknown")
    while isinstance(tree, Operation):
        is_left = holds_unknown(tree.left) == 1
        other = evaluate(tree.right if is_left else tree.left)
        value = _undo(tree.sign, value, other, is_left=is_left)
        tree = tree.left if is_left else tree.right
    return value


def _undo(sign: str, value: Fraction, other: Fraction, *, is_left: bool) -> Fraction:
    if sign == "+":
        return operate("-", value, other)
    if sign == "-":
        return operate("+", value, other) if is_left else operate("-", other, value)
    if sign == "*":
        return operate("/", value, other)
    if sign == "/":
        return operate("*", value, other) if is_left else operate("/", other, value)
    raise NotArithmeticError("a power of the unknown")


def _tokens(text: str) -> list[tuple[str, Fraction | str]]:
    if len(text) > _MAX_LENGTH:
        raise NotArithmeticError("too long")
    # A fraction's rule is told from a sign of division, which is looser.
    text = _FRACTION_SIGN.sub(" ÷ ", text.strip()).translate(_POWERS)
    text = text.translate(_SAME).strip()
    tokens: list[tuple[str, Fraction | str]] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or len(tokens) >= _MAX_TOKENS:
            raise NotArithmeticError(f"unexpected {text[position : position + 1]!r}")
        tokens.append(_token(found))
        position = found.end()
    return tokens


def _token(found: re.Match[str]) -> tuple[str, Fraction | str]:
    if found["sign"]:
        return "sign", found["sign"]
    if found["unknown"]:
        return "number", UNKNOWN
    if any(len(part) > _MAX_DIGITS for part in re.findall(r"\d+", found.group())):
        raise NotArithmeticError("too many digits")
    if found["mixed"]:
        return "number", int(found["mixed"]) + _fraction(found["over"], found["under"])
    if found["top"]:
        return "number", _fraction(found["top"], found["bottom"])
    return "number", Fraction((found["grouped"] or found["number"]).replace(",", ""))


def _fraction(top: str, bottom: str) -> Fraction:
    if not int(bottom):
        raise NotArithmeticError("division by zero")
    return Fraction(int(top), int(bottom))


class _Parser:
    """Recursive descent: sum > product > sign > power > atom."""

    def __init__(self, tokens: list[tuple[str, Fraction | str]]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def whole(self) -> Tree:
        tree = self._sum()
        if self._at != len(self._tokens):
            raise NotArithmeticError("trailing text")
        return tree

    def _accept(self, signs: str) -> str | None:
        if self._at < len(self._tokens):
            kind, value = self._tokens[self._at]
            if kind == "sign" and isinstance(value, str) and value in signs:
                self._at += 1
                return value
        return None

    def _sum(self) -> Tree:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise NotArithmeticError("nested too deeply")
        tree = self._product()
        while sign := self._accept("+-"):
            tree = Operation(sign, tree, self._product())
        self._depth -= 1
        return tree

    def _product(self) -> Tree:
        tree = self._signed()
        while True:
            sign = self._accept("*/")
            if sign:
                tree = Operation(sign, tree, self._signed())
            elif self._begins_factor(tree):
                tree = Operation("*", tree, self._power())
            else:
                return tree

    def _begins_factor(self, tree: Tree) -> bool:
        """Whether a bracket or the unknown stands right behind a factor: 3(4+5), 2x."""
        if self._at >= len(self._tokens):
            return False
        _, value = self._tokens[self._at]
        return value == "(" or (value == UNKNOWN and isinstance(tree, Fraction))

    def _signed(self) -> Tree:
        if self._accept("-"):
            return Operation("-", Fraction(0), self._power())
        return self._power()

    def _power(self) -> Tree:
        tree = self._atom()
        if self._accept("%"):
            tree = Operation("/", tree, Fraction(100))
        if self._accept("^"):
            tree = Operation("^", tree, self._atom())
        return tree

    def _atom(self) -> Tree:
        if self._accept("("):
            tree = self._sum()
            if not self._accept(")"):
                raise NotArithmeticError("a bracket stays open")
            return tree
        if self._at >= len(self._tokens) or self._tokens[self._at][0] != "number":
            raise NotArithmeticError("a number is missing")
        self._at += 1
        return self._tokens[self._at - 1][1]
