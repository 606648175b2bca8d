"""Reads algebraic expressions: a small grammar and its parser, with bounds on size and depth."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<name>sqrt|arcsin|arccos|arctan|sin|cos|tan|cot|log|ln|lg|exp|abs"
    r"|[A-Za-zα-ορ-ω](?:_?\d+)?)|(?P<operator>\*\*|[-+*/^()√π°∞|!±]))"
)
_FUNCTIONS = frozenset(
    "sqrt √ sin cos tan cot arcsin arccos arctan ln exp abs lg log".split()  # noqa: SIM905 - names
)
_MAX_LENGTH, _MAX_TOKENS, _MAX_DEPTH = 160, 120, 25


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
    """Parse all of ``text``, which is in written form.

    Raises NotAnExpressionError for other text and for what is too large to be an answer.
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
