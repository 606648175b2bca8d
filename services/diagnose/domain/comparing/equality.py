"""Decides whether two expressions are equal, by exact-precision evaluation.

Two expressions are taken as equal when they agree to 40 digits at many fixed points of the real
and complex plane (Schwartz 1980, Zippel 1979: a non-zero polynomial vanishes at few points). Size,
exponents and every step's magnitude are bounded, so the decision takes milliseconds by construction
and needs no clock. What leaves the bounds is not compared: it is neither equal nor different.
"""

import mpmath

from services.diagnose.domain.comparing.expressions import Expression

#: A context of its own, because the global one's precision belongs to everybody.
_MP = mpmath.MPContext()
_MP.dps = 50
_TOLERANCE = _MP.mpf(10) ** -40
_FUNCTIONS = {
    "sqrt": _MP.sqrt, "√": _MP.sqrt, "sin": _MP.sin, "cos": _MP.cos, "tan": _MP.tan,
    "cot": _MP.cot, "arcsin": _MP.asin, "arccos": _MP.acos, "arctan": _MP.atan,
    "ln": _MP.log, "exp": _MP.exp, "abs": _MP.fabs, "lg": _MP.log10, "log": _MP.log10,
}  # fmt: skip
_MAX_EXPONENT = 40
#: The sine of exp(exp(20)) would be looked for among hundreds of millions of digits, and 1 minus
#: exp(-exp(20)) needs as many. No exam has numbers beyond these.
_LARGEST, _SMALLEST = _MP.mpf(10) ** 300, _MP.mpf(10) ** -300
_POINTS, _LEAST_POINTS = 10, 3


class NotComparableError(ArithmeticError):
    """Too few points at which both expressions have a value of a size that can be worked with."""


def evaluate(tree: Expression, values: dict[str, mpmath.mpc]) -> mpmath.mpc:
    """The value at a point; raises ArithmeticError or ValueError where it is not defined."""
    if tree.head == "number":
        return _MP.mpf(tree.operands[0].head)
    if tree.head == "name":
        return values[tree.operands[0].head]
    operands = [evaluate(operand, values) for operand in tree.operands]
    is_binary = len(operands) == 2
    value = _binary(tree.head, *operands) if is_binary else _unary(tree.head, operands)
    if any(part and not _SMALLEST < abs(part) < _LARGEST for part in (value.real, value.imag)):
        raise ValueError("out of bounds")
    return value


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
    """Fixed points: positive, negative and complex ones, special to no textbook identity."""
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

    A constant of 1 means that they are equal. Undefined points are skipped. Raises
    NotComparableError when fewer than three are left.
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
    if len(ratios) + zeros < _LEAST_POINTS:
        raise NotComparableError("hardly any point where both have a value")
    first = ratios[0] if ratios else _MP.mpf(1)
    is_constant = all(abs(ratio - first) <= _TOLERANCE * (1 + abs(ratio)) for ratio in ratios)
    return first if is_constant else None


def is_equal(left: Expression, right: Expression) -> bool | None:
    """Whether both are the same function of the same variables; None where that cannot be told.

    ``e`` counts as Euler's number if that makes them equal, which cannot happen by chance.
    """
    trees = [(left, right)]
    if "e" in left.variables | right.variables:
        trees.append((_with_euler(left), _with_euler(right)))
    found = [_has_ratio_one(*pair) for pair in trees]
    if True in found:
        return True
    return None if None in found else False


def _has_ratio_one(left: Expression, right: Expression) -> bool | None:
    try:
        ratio = ratio_of(left, right)
    except NotComparableError:
        return None
    return ratio is not None and bool(abs(ratio - 1) <= _TOLERANCE * 10)


def _holds(tree: Expression, head: str) -> bool:
    return tree.head == head or any(_holds(operand, head) for operand in tree.operands)


def _with_euler(tree: Expression) -> Expression:
    if tree.head == "name" and tree.operands[0].head == "e":
        return Expression("exp", (Expression("number", (Expression("1"),)),))
    if tree.head in {"name", "number"}:
        return tree
    return Expression(tree.head, tuple(_with_euler(operand) for operand in tree.operands))
