"""The answers of templates, worked out from the numbers in their Chinese stems alone.

Each function takes every number of the stem in the order in which it stands there, also the
exponents and the numbers that never change, and knows nothing of how the item was drawn.
"""

import math
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

Answer = Fraction | int | float

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def numbers_in(stem: str) -> list[Fraction]:
    """Every number of ``stem``, in order."""
    return [Fraction(found) for found in _NUMBER.findall(stem)]


def _root(square: Fraction | int) -> int:
    root = math.isqrt(int(square))
    assert root * root == square
    return root


def _log(base: Fraction, power: Fraction) -> int:
    exponent = 0
    while power > 1:
        power, exponent = power / base, exponent + 1
    assert power == 1
    return exponent


def _steps(start: list[Fraction]) -> Fraction:
    """What follows a row whose differences grow evenly."""
    first = [b - a for a, b in pairwise(start)]
    return start[-1] + first[-1] + (first[-1] - first[-2])


def _zeros(n: int) -> int:
    digits = str(math.factorial(n))
    return len(digits) - len(digits.rstrip("0"))


def _smallest(holds: Callable[[int], bool]) -> int:
    return next(n for n in range(1, 10_000) if holds(n))


#: By the template's name.
ANSWERS: dict[str, Callable[..., Answer]] = {
    # numbers
    "brackets-first": lambda a, b, c: (a + b) * c,
    "distributive-law": lambda a, c, b, d, e, f: a * c + b * d - e / f,
    "remainder": lambda n, d: n % d,
    "boxes-needed": lambda d, n, q, r: math.ceil((n * q + r) / d),
    "decimal-difference": lambda a, b: a - b,
    "change-from-money": lambda p, n, q, paid: paid - p * n - q,
    "fraction-of-a-number": lambda n, a, b: n * a / b,
    "rest-of-the-rest": lambda n, a, b, c, d: n * (1 - a / b) * (1 - c / d),
    "what-per-cent": lambda a, b: 100 * a / b,
    "up-and-down": lambda w, p, q: w * (1 + p / 100) * (1 - q / 100),
    "map-scale": lambda one, s, c: c * s / one / 100,
    "linked-ratios": lambda a, b, _, c, total: total * a / (a + b + c),
    "number-of-divisors": lambda n: sum(n % d == 0 for d in range(1, int(n) + 1)),
    "product-from-gcd-and-lcm": lambda g, lcm, a: g * lcm / a,
    "opposite-and-absolute": lambda a, b: abs(a) - b,
    "temperature-walk": lambda s, u, d, v: s + u - d - v,
    "square-root": _root,
    "cube-root": lambda n: -round(abs(n) ** (1 / 3)),
    "between-integers": lambda n: math.isqrt(int(n)),
    "roots-summed": lambda a, _, b: _root(a) - round(b ** (1 / 3)),
    "roots-of-one-number": lambda a, b: ((b - a) / 2 + a) ** 2,
    "real-part-of-a-sum": lambda a, _b, c, _d: a + c,
    "modulus": lambda a, b: _root(a * a + b * b),
    "imaginary-part-of-a-product": lambda a, b, c, d: a * d + b * c,
    "power-of-i": lambda a, n: a * (1, 0, -1, 0)[int(n) % 4],
    "real-quotient": lambda a, b, n: n * a / (a * a + b * b) + n * b / (a * a + b * b),
    # algebra
    "value-that-solves": lambda x, a, total: total - a * x,
    "fractional-coefficients": lambda a, b, total: total / (1 / a + 1 / b),
    "sum-and-difference": lambda s, d: (s + d) / 2,
    "two-prices": lambda a, b, s, c, d, t: (s * d - t * b) / (a * d - b * c),
    "one-double-root": lambda _, b, c, _0: (b / 2) ** 2 - c,
    "common-factor": lambda _a, b, k, _c: b / k,
    "clever-difference": lambda a, _1, b, _2, c, _3: a * a - b * b - c * c,
    "smallest-integer": lambda a, n: math.floor(n / a) + 1,
    "integers-between": lambda lo, a, b, hi: sum(lo < a * x + b <= hi for x in range(-99, 99)),
    "degree-of-a-term": lambda _, m, n: m + n,
    "power-of-powers": lambda m, n: m * n,
    "like-terms": lambda a, b, c, x: a * x - b * x + c * x,
    "coefficient-of-a-product": lambda a, b: a - b,
    "square-of-a-sum": lambda s, p, *_: s * s - 2 * p - p,
    "where-undefined": lambda _, a: a,
    "where-zero": lambda a, _: a,
    "value-after-cancelling": lambda _, s, a, x: (x * x - s) / (x - a),
    "fraction-equation": lambda n, d, k: n / k + d,
    "from-the-reciprocals": lambda s, p, *_: s / p + p,
    "product-of-roots": lambda a, b: _root(a * b),
    "smallest-radicand": lambda b: b,
    "simplest-form": lambda n, a: _root(n / a),
    "sum-of-like-roots": lambda n, m, a, _: _root(n / a) + m,
    "conjugates": lambda a, b, _a, _b, c: a - b * b + _root(c),
    "how-far": lambda v, t: v * t,
    "more-than-a-multiple": lambda a, k: a * k,
    "meeting": lambda s, v, w: s / (v + w),
    "two-parts": lambda total, k, b: (total - b) / (k + 1),
    "shared-work": lambda a, b: 1 / (1 / a + 1 / b),
    # functions
    "product-constant": lambda x, y: x * y,
    "workers-and-days": lambda p, d, q: p * d / (p + q),
    "greatest-area": lambda n: (n / 4) ** 2,
    "domain-edge": lambda a, *_: a,
    "composed-functions": lambda a, b, _, c, x: a * (x * x + c) + b,
    "periodic-and-even": lambda p, _0, r, a, b, x: a * min(x % p, p - x % p) + b,
    "simple-logarithm": _log,
    "exponent-sum": lambda a, m, _a, n: a**m / a**n,
    "sum-of-logarithms": lambda a, n, _a, k: _log(a, n / k),
    "exponential-equation": lambda a, b, n: _log(a, n) + b,
    "doubling-time": lambda t, n, m: t * _log(Fraction(2), m / n),
    "special-angle": lambda a, _: a / 2,
    "period-of-a-sine": lambda _k, w: w / 2,
    "range-top": lambda _a, b: 2 * b,
    "sine-from-cosine": lambda a, c: _root(c * c - a * a) / c,
    "from-the-tangent": lambda t, a, b: a * t + b - t,
    "power-rule": lambda a, n, x: a * n * x ** (n - 1),
    "common-ratio-term": lambda a, q, n: a * q ** (n - 1),
    "distance-to-an-axis": lambda _a, b: abs(b),
    "mirrored-in-the-y-axis": lambda a, _b: -a,
    "moved-point": lambda a, b, r, u: a + r + b - u,
    "middle-of-two-points": lambda a, _b, c, _d: (a + c) / 2,
    "triangle-on-the-axes": lambda a, _0, b, _1, _2, c: (b - a) * c / 2,
    # geometry
    "supplementary-angle": lambda a: 180 - a,
    "bent-between-parallels": lambda a, b, c: a + b - c,
    "third-side-count": lambda a, b: max(x for x in range(1, 99) if abs(a - b) < x < a + b),
    "isosceles-height": lambda s, b: b * _root(s * s - b * b / 4) / 2,
    "scaled-side": lambda _, k, b: b * k,
    "ratio-of-perimeters": lambda a, b, p: p * b / a,
    "ratio-of-areas": lambda a, b, s: s * b * b / (a * a),
    "parallel-to-a-side": lambda a, d, c: c * a / (a + d),
    "height-by-shadow": lambda h, s, t, w: t * h / s + w,
    "third-angle": lambda a, b: 180 - a - b,
    "opposite-thirty-degrees": lambda _90, _30, c: c / 2,
    "area-by-sine": lambda a, b, _: a * b / 4,
    "cosine-rule-square": lambda a, b, *_: a * a + b * b - a * b,
    "circumscribed-diameter": lambda _, a, k: 2 * a + k * a,
    "parallelogram-angle": lambda a: 180 - a,
    "perimeter-of-a-rhombus": lambda a: 4 * a,
    "rhombus-from-diagonals": lambda p, q: p * q / 2,
    "angles-of-a-polygon": lambda s: s / 180 + 2,
    "side-of-a-rhombus": lambda p, q: 4 * _root(p * p / 4 + q * q / 4),
    "inscribed-angle": lambda a: a / 2,
    "chord-from-distance": lambda r, d: 2 * _root(r * r - d * d),
    "area-of-a-triangle": lambda a, h: a * h / 2,
    "path-around-a-garden": lambda a, b, w: (a + 2 * w) * (b + 2 * w) - a * b,
    "surface-of-a-cube": lambda a: 6 * a * a,
    "risen-water": lambda a, b, h, k: a * b * (k - h),
    "edges-of-a-prism": lambda n: 3 * n,
    "volume-of-a-pyramid": lambda a, h: a * a * h / 3,
    "diagonal-of-a-cuboid": lambda a, b, c: _root(a * a + b * b + c * c),
    "sphere-in-a-cube": lambda d: d * d,
    "slant-of-a-cone": lambda r, h: r * _root(r * r + h * h),
    "turned-angle": lambda n: 360 / n,
    "axes-of-a-regular-polygon": lambda n: n,
    "mirrored-then-moved": lambda _a, b, d: d - b,
    "folded-rectangle": lambda a: 2 * a,
    "enlarged-and-turned": lambda a, b, k, _: -k * (a + b),
    "sum-of-vectors": lambda a, _b, c, _d: a + c,
    "length-of-a-vector": lambda a, b: _root(a * a + b * b),
    "dot-product": lambda a, b, c, d: a * c + b * d,
    "parallel-vectors": lambda a, b, c: b * c / a,
    "perpendicular-combination": lambda a, b, c, d: (a * c + b * d) / (a * a + b * b),
    "slope-through-two-points": lambda a, b, c, d: (d - b) / (c - a),
    "radius-from-an-equation": lambda _a, _2, _3, s: _root(s),
    "perpendicular-slope": lambda a, *_: a,
    "distance-point-line": lambda x, y, a, b, c, _0: abs(a * x + b * y + c) / _root(a * a + b * b),
    "chord-of-a-circle": lambda a, b, c, _0, _1, _2, s: 2 * _root(s - c * c / (a * a + b * b)),
    "major-axis": lambda _2, a, *_: 2 * _root(a),
    "focus-of-a-parabola": lambda _2, p: p / 4,
    "focal-distance": lambda _2, a, _3, b, _1: 2 * _root(a - b),
    "sum-of-focal-radii": lambda _2, a, _3, _b, _1, r: 2 * _root(a) - r,
    "eccentricity-of-a-hyperbola": lambda _2, a, _3, b, _1: Fraction(_root(a + b), _root(a)),
    # statistics
    "range-of-values": lambda *values: max(values) - min(values),
    "mean-after-one-more": lambda n, m, new: (n * m + new) / (n + 1),
    "opposite-event": lambda a, b: 1 - a / b,
    "at-least-one-hit": lambda a, b, c, d: a / b + c / d - a * c / (b * d),
    "handshakes": lambda n: math.comb(int(n), 2),
    "together-in-a-row": lambda n, k: math.factorial(int(k)) * math.perm(int(n - k) + 1),
    "missing-probability": lambda *n: 1 - n[4] / n[5] - n[7] / n[8],
    "mean-of-a-binomial": lambda n, a, b: n * a / b,
    "expectation-of-a-game": lambda a, b, w, loss: w * a / b - loss * (1 - a / b),
    "scaled-expectation": lambda e, a, b: a * e + b,
    "variance-from-values": lambda a, b, k: ((b - a) / 2) ** 2 * k * k,
    # logic
    "subsets": lambda n: 2**n,
    "size-of-an-intersection": lambda a, b, c, d: sum(
        c <= n <= d for n in range(int(a), int(b) + 1)
    ),
    "size-of-a-union": lambda a, b, c: a + b - c,
    "element-that-fits": lambda _1, n, _2, k: n / k,
    "neither-of-two": lambda n, a, b, c: n - (a + b - c),
    "true-statements": lambda a, b, c, d, e, f, g: (a % b == 0) + (c > d) + (e + f == g),
    "necessary-bound": lambda a: a,
    "sufficient-least": lambda b, n: _smallest(lambda m: b * m > n),
    "holds-for-all": lambda _2, c: c - 1,
    "liars-and-truths": lambda n, *_: n - 1,
    "next-number": lambda *row: 2 * row[-1] - row[-2],
    "doubling-row": lambda *row: row[-1] * row[-1] / row[-2],
    "growing-steps": lambda *row: _steps(list(row)),
    "matchstick-squares": lambda _1, a, _2, b, n: a + (b - a) * (n - 1),
    "repeating-cycle": lambda r, y, g, n: sum(i % (r + y + g) < r for i in range(int(n))),
    "last-digit-sum": lambda a, b: a * b % 10,
    "last-digit-of-a-power": lambda a, n: int(a) ** int(n) % 10,
    "two-remainders": lambda a, b, r, low: _smallest(
        lambda n: n > low and n % a == r and n % b == r
    ),
    "zeros-of-a-factorial": lambda _1, _2, _3, n, _0: _zeros(int(n)),
    "trees-along-a-road": lambda length, gap: length / gap + 1,
    "pigeons": lambda n, k: n * (k - 1) + 1,
    "heads-and-legs": lambda heads, legs: (legs - 2 * heads) / 2,
    "knockout-matches": lambda n, d: n - 1 + d,
    "work-backwards": lambda a, k, b, n: (n + b) / k - a,
    # measurement
    "metres-to-centimetres": lambda a: a * 100,
    "grams-to-kilograms": lambda a: a / 1000,
    "square-metres": lambda a, b: a * 100 + b,
    "litres-in-glasses": lambda a, g: a * 1000 / g,
    "speed-in-metres": lambda v, t: v * 1000 / 3600 * t,
    "hours-to-minutes": lambda h: h * 60,
    "weeks-to-days": lambda w: w * 7,
    "minutes-between": lambda h, m, k, n: (k * 60 + n) - (h * 60 + m),
    "days-between-dates": lambda _3, a, _4, b: (31 - a) + b,
    "weekday-after-days": lambda w, n, *_: (w + n - 1) % 7 + 1,
}


def _polynomial(latex: str, x: Fraction) -> Fraction:
    """The value of a polynomial in x as our stems write it."""
    text = latex.replace(" ", "").replace("-", "+-")
    total = Fraction(0)
    for term in text.split("+"):
        if not term:
            continue
        factor, has_x, power = term.partition("x")
        value = Fraction({"": 1, "-": -1}.get(factor, factor))
        exponent = int(power.strip("^{}") or 1) if has_x else 0
        total += value * x**exponent
    return total


def _formula(stem: str, start: str) -> str:
    found = re.search(re.escape(start) + r"\s*([^$,=]+)", stem)
    assert found is not None
    return found[1].strip()


def _meeting_of_lines(stem: str) -> Fraction:
    one, other = re.findall(r"y = ([^$]+)\$", stem)
    return next(
        Fraction(x) for x in range(-50, 51)
        if _polynomial(one, Fraction(x)) == _polynomial(other, Fraction(x))
    )  # fmt: skip


def _sum_of_roots(stem: str) -> Fraction:
    left = _formula(stem, "$")
    roots = [x for x in range(-99, 99) if _polynomial(left, Fraction(x)) == 0]
    assert len(roots) == 2
    return Fraction(sum(roots))


def _axis(stem: str) -> Fraction:
    shown = _formula(stem, "y =")
    value = [_polynomial(shown, Fraction(x)) for x in (-1, 0, 1)]
    bend = (value[0] + value[2]) / 2 - value[1]
    return -(value[2] - value[0]) / 2 / (2 * bend)


def _at(stem: str, start: str, sign: int = 1) -> Fraction:
    x = re.findall(r"f\((-?\d+)\)", stem)[-1]
    return sign * _polynomial(_formula(stem, start), sign * Fraction(x))


def _local_maximum(stem: str) -> Fraction:
    shown = _formula(stem, "f(x) =")
    values = {x: _polynomial(shown, Fraction(x)) for x in range(-12, 13)}
    return next(values[x] for x in range(-11, 12) if values[x - 1] < values[x] > values[x + 1])


def _digit_for_nine(stem: str) -> Fraction:
    found = re.search(r"(\d+)m", stem)
    assert found is not None
    fitting = [d for d in range(10) if int(found[1] + str(d)) % 9 == 0]
    assert len(fitting) == 1
    return Fraction(fitting[0])


def _sum_of_differences(stem: str) -> Fraction:
    first, step, last = re.findall(r"a_1 = (\d+).* = (\d+)n.*a_\{(\d+)\}", stem)[0]
    term = Fraction(first)
    for n in range(1, int(last)):
        term += int(step) * n
    return term


#: Where signs matter, the stem itself is read.
READ: dict[str, Callable[[str], Answer]] = {
    "slope-read": lambda stem: _polynomial(_formula(stem, "$y ="), Fraction(0)),
    "where-lines-meet": _meeting_of_lines,
    "sum-of-the-roots": _sum_of_roots,
    "axis-of-symmetry": _axis,
    "value-of-a-function": lambda stem: _at(stem, "f(x) ="),
    "odd-function": lambda stem: _at(stem, "时 $f(x) =", -1),
    "local-maximum": _local_maximum,
    "digit-for-nine": _digit_for_nine,
    "sum-of-differences": _sum_of_differences,
}


def worked_out(name: str, stem: str) -> Answer:
    """The answer of the template ``name`` to its Chinese ``stem``."""
    if name in READ:
        return READ[name](stem)
    return ANSWERS[name](*numbers_in(stem))
