"""The answers of items, worked out again from their stems alone, by sympy and fractions."""

import math
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from statistics import median

import sympy
from sympy.parsing.sympy_parser import (
    implicit_multiplication_application,
    parse_expr,
    standard_transformations,
)

from shared.contract.practice import PracticeItem
from shared.contract.questions import QuestionType

X, Y = sympy.symbols("x y")
_TRANSFORMATIONS = (*standard_transformations, implicit_multiplication_application)


def sections(text: str) -> list[str]:
    """What stands between dollar signs, in order."""
    return re.findall(r"\$([^$]*)\$", text)


def expression(latex: str) -> sympy.Expr:
    """Our subset of LaTeX as exact sympy."""
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", latex)
    text = text.replace(r"\times", "*").replace(r"\div", "/").replace(r"\pi", "*pi*1")
    text = re.sub(r"^\*pi", "pi", text.strip())
    text = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", text)
    text = re.sub(r"\d+\.\d+", lambda found: f"({Fraction(found[0])})", text)
    return sympy.sympify(parse_expr(text, transformations=_TRANSFORMATIONS))


def numbers(text: str) -> list[Fraction]:
    """The plain numbers among the formulas of a stem."""
    found = [re.sub(r"\\%|\^\\circ|\\angle A = ", "", part) for part in sections(text)]
    return [Fraction(part) for part in found if re.fullmatch(r"-?\d+(\.\d+)?", part)]


def points(text: str) -> list[tuple[sympy.Expr, ...]]:
    """Coordinates written as (a, b)."""
    pairs = [re.fullmatch(r"\(([^(),]+), ([^(),]+)\)", part) for part in sections(text)]
    return [tuple(expression(side) for side in pair.groups()) for pair in pairs if pair]


def right_side(latex: str) -> sympy.Expr:
    return expression(latex.split("=", 1)[1])


def answer_of(item: PracticeItem) -> str:
    """The answer as written, also of a choice."""
    if item.type is QuestionType.SINGLE_CHOICE:
        return next(option.text for option in item.options if option.label == item.answer)
    return item.answer


def computed(item: PracticeItem) -> sympy.Expr:
    return expression(sections(item.stem)[0])


def linear_root(item: PracticeItem) -> sympy.Expr:
    left, right = sections(item.stem)[0].split("=")
    (root,) = sympy.solve(sympy.Eq(expression(left), expression(right)), X)
    return root


def percentage(item: PracticeItem) -> Fraction:
    whole, percent = numbers(item.stem)
    if item.difficulty < 0.4:
        return whole * percent / 100
    return whole * (1 - percent / 100) if item.difficulty < 0.6 else whole / (1 + percent / 100)


def divisor_or_multiple(item: PracticeItem) -> int:
    a, b = (int(value) for value in numbers(item.stem))
    return math.gcd(a, b) if item.difficulty < 0.4 else math.lcm(a, b)


def shared_in_ratio(item: PracticeItem) -> sympy.Expr:
    parts = sections(item.stem)
    ratio = next(part for part in parts if ":" in part)
    if "=" in ratio:
        left, right = ratio.split("=")
        (a, b), (c, d) = (side.split(":") for side in (left, right))
        (root,) = sympy.solve(expression(a) * expression(d) - expression(b) * expression(c), X)
        return root
    shares = [int(share) for share in ratio.split(":")]
    (total,) = numbers(item.stem)
    wanted = max(shares) if len(shares) == 2 else shares[2]
    return sympy.Rational(int(total) * wanted, sum(shares))


def line_value(item: PracticeItem) -> sympy.Expr:
    parts = sections(item.stem)
    curve = right_side(next(part for part in parts if part.startswith("y =")))
    place = [part for part in parts if part.startswith("x =")]
    if place:
        return curve.subs(X, right_side(place[0]))
    (root,) = sympy.solve(curve, X)
    return abs(root * curve.subs(X, 0)) / 2


def inverse(item: PracticeItem) -> sympy.Expr:
    parts = sections(item.stem)
    pairs = points(item.stem)
    if len(pairs) == 2:
        return pairs[0][0] * pairs[0][1] / pairs[1][0]
    if pairs:
        return pairs[0][0] * pairs[0][1]
    curve, place = (next(p for p in parts if p.startswith(f"{v} =")) for v in "yx")
    return right_side(curve).subs(X, right_side(place))


def parabola(item: PracticeItem) -> sympy.Expr:
    parts = sections(item.stem)
    curve = right_side(next(part for part in parts if part.startswith("y =")))
    between = next((part for part in parts if r"\le" in part), None)
    if between is None:
        return curve.subs(X, right_side(next(p for p in parts if p.startswith("x ="))))
    low, _, high = (part.strip() for part in between.split(r"\le"))
    return sympy.minimum(curve, X, sympy.Interval(int(low), int(high)))


def sequence(item: PracticeItem) -> int:
    parts = sections(item.stem)
    given_values = dict(part.split(" = ") for part in parts if " = " in part)
    first = int(given_values["a_1"])
    if "a_4" in given_values:
        ratio = next(q for q in range(-5, 6) if first * q**3 == int(given_values["a_4"]))
        return sum(first * ratio**i for i in range(int(numbers(item.stem)[-1])))
    step = int(given_values["d"])
    place = re.search(r"a_\{(\d+)\}", item.stem)
    if place:
        terms = [first + i * step for i in range(int(place[1]))]
        return terms[-1]
    return sum(first + i * step for i in range(int(numbers(item.stem)[-1])))


def derivative(item: PracticeItem) -> sympy.Expr:
    curve = right_side(sections(item.stem)[0])
    place = re.search(r"f'\((-?\d+)\)", item.stem)
    assert place is not None
    return sympy.diff(curve, X).subs(X, int(place[1]))


def angle(item: PracticeItem) -> Fraction:
    values = numbers(item.stem)
    if len(values) == 2:
        return 180 - sum(values)
    return (180 - values[0]) / 2 if item.difficulty < 0.6 else 180 - (180 - values[0]) / 2


def pythagoras(item: PracticeItem) -> sympy.Expr:
    a, b = numbers(item.stem)
    if item.difficulty < 0.4:
        return sympy.sqrt(int(a**2 + b**2))
    if item.difficulty < 0.6:
        return sympy.sqrt(int(a**2 - b**2))
    return sympy.Rational(int(a * b)) / sympy.sqrt(int(a**2 + b**2))


def area(item: PracticeItem) -> Fraction:
    values = numbers(item.stem)
    if len(values) == 3:
        return (values[0] + values[1]) * values[2] / 2
    if item.difficulty < 0.4:
        return values[0] * values[1]
    return values[1] * (values[0] / 2 - values[1])


def circle(item: PracticeItem) -> sympy.Expr:
    values = [sympy.Rational(value) for value in numbers(item.stem)]
    if item.difficulty < 0.4:
        return 2 * sympy.pi * values[0]
    if item.difficulty < 0.6:
        return sympy.pi * (values[0] / 2) ** 2
    return sympy.pi * values[0] ** 2 * values[1] / 360


def volume(item: PracticeItem) -> sympy.Expr:
    values = [sympy.Rational(value) for value in numbers(item.stem)]
    if item.difficulty < 0.4:
        return values[0] * values[1] * values[2]
    if item.difficulty < 0.6:
        return sympy.pi * values[0] ** 2 * values[1]
    return sympy.pi * (values[0] / 2) ** 2 * values[1] / 3


def summary(item: PracticeItem) -> Fraction:
    values = numbers(item.stem)
    mean = sum(values) / len(values)
    if item.difficulty < 0.4:
        return mean
    if item.difficulty < 0.6:
        return Fraction(median(values))
    return sum((value - mean) ** 2 for value in values) / len(values)


def chance(item: PracticeItem) -> Fraction:
    values = [int(value) for value in numbers(item.stem)]
    if len(values) == 1:
        throws = list(product(range(1, 7), repeat=2))
        return Fraction(sum(sum(throw) == values[0] for throw in throws), len(throws))
    balls = ["red"] * values[0] + ["white"] * values[1]
    if item.difficulty < 0.4:
        return Fraction(balls.count("red"), len(balls))
    draws = [(a, b) for i, a in enumerate(balls) for j, b in enumerate(balls) if i != j]
    return Fraction(sum(draw == ("red", "red") for draw in draws), len(draws))


def ways(item: PracticeItem) -> int:
    values = [int(value) for value in numbers(item.stem)]
    if item.difficulty < 0.4:
        return values[0] * values[1]
    if item.difficulty < 0.6:
        people, places = max(values), min(values)
        return math.factorial(people) // math.factorial(people - places)
    boys, girls = values[:2] if item.stem.startswith("从") else values[2:]
    return math.comb(boys, 2) * girls


NUMERIC: dict[str, Callable[[PracticeItem], object]] = {
    "mixed-operations": computed,
    "multiplication-division": computed,
    "decimals": computed,
    "signed-numbers": computed,
    "fraction-operations": computed,
    "percentages": percentage,
    "factors-multiples": divisor_or_multiple,
    "ratio-proportion": shared_in_ratio,
    "linear-equation": linear_root,
    "linear-function": line_value,
    "inverse-proportion": inverse,
    "quadratic-function": parabola,
    "sequences": sequence,
    "derivatives": derivative,
    "angles": angle,
    "right-triangles": pythagoras,
    "perimeter-area": area,
    "circles": circle,
    "solids": volume,
    "data": summary,
    "probability": chance,
    "counting": ways,
}


def check_simultaneous(item: PracticeItem) -> None:
    system = sections(item.stem)[0].replace(r"\begin{cases}", "").replace(r"\end{cases}", "")
    sides = [row.split("=") for row in system.split(r"\\")]
    equations = [sympy.Eq(expression(left), expression(right)) for left, right in sides]
    told = {
        symbol: right_side(part) for symbol, part in zip((X, Y), sections(item.answer), strict=True)
    }
    assert sympy.solve(equations, (X, Y)) == told


def check_quadratic_equation(item: PracticeItem) -> None:
    left, _ = sections(item.stem)[0].split("=")
    told = [right_side(part) for part in sections(item.answer)]
    assert set(told) == set(sympy.solve(expression(left), X))
    assert len(set(told)) == 2


def check_factorisation(item: PracticeItem) -> None:
    shown, told = expression(sections(item.stem)[0]), expression(sections(item.answer)[0])
    assert sympy.expand(told - shown) == 0
    assert told.func is sympy.Mul


def check_inequality(item: PracticeItem) -> None:
    def relation(latex: str) -> sympy.Rel:
        for sign, build in (
            (r"\ge", sympy.Ge),
            (r"\le", sympy.Le),
            (">", sympy.Gt),
            ("<", sympy.Lt),
        ):
            if sign in latex:
                left, right = latex.split(sign)
                return build(expression(left), expression(right))
        raise AssertionError(latex)

    asked, told = (relation(sections(text)[0]) for text in (item.stem, item.answer))
    assert asked.as_set() == told.as_set()


def check_line(item: PracticeItem) -> None:
    line = right_side(sections(item.answer)[0])
    assert all(line.subs(X, x) == y for x, y in points(item.stem))


def check_vertex(item: PracticeItem) -> None:
    curve = right_side(sections(item.stem)[0])
    ((x, y),) = points(item.answer)
    assert sympy.diff(curve, X).subs(X, x) == 0
    assert curve.subs(X, x) == y


def check_tangent(item: PracticeItem) -> None:
    curve, place = (right_side(part) for part in sections(item.stem))
    line = right_side(sections(item.answer)[0])
    assert (curve - line).subs(X, place) == 0
    assert sympy.diff(curve - line, X).subs(X, place) == 0


CHECKS: dict[str, Callable[[PracticeItem], None]] = {
    "simultaneous-equations": check_simultaneous,
    "quadratic-equation": check_quadratic_equation,
    "factorisation": check_factorisation,
    "linear-inequality": check_inequality,
    "linear-function": check_line,
    "quadratic-function": check_vertex,
    "derivatives": check_tangent,
}


def check_answer(item: PracticeItem, generator: str) -> None:
    """Fail where the answer of an item of ``generator`` is not what its stem asks for."""
    if item.type is QuestionType.SHORT_ANSWER:
        CHECKS[generator](item)
        return
    told = expression(sections(answer_of(item))[0])
    assert sympy.simplify(told - sympy.sympify(NUMERIC[generator](item))) == 0


def option_values(item: PracticeItem) -> list[sympy.Expr]:
    """What each option of a choice comes to."""
    return [expression(sections(option.text)[0]) for option in item.options]
