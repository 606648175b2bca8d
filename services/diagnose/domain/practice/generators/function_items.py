"""Items on linear, inverse and quadratic functions, sequences and derivatives."""

from fractions import Fraction

from services.diagnose.domain.practice.generators.draft import Draft, Level, Setting, Wrong, numeric
from services.diagnose.domain.practice.generators.notation import (
    bracketed,
    fraction,
    number,
    polynomial,
)


def linear_function(setting: Setting) -> Draft:
    """A value, the line through two points, the triangle with the axes."""
    slope, intercept = setting.nonzero(6), setting.nonzero(9)
    line = polynomial((slope, intercept))
    if setting.level is Level.EASY:
        x = setting.nonzero(6)
        value = slope * x + intercept
        stem = setting.say(
            f"一次函数 $y = {line}$，当 $x = {x}$ 时，求 $y$ 的值。",
            f"For $y = {line}$, find $y$ when $x = {x}$.",
        )
        solution = rf"$y = {slope} \times {bracketed(x)} + {bracketed(intercept)} = {value}$"
        wrong = (-slope * x + intercept, slope * x - intercept, slope + x + intercept)
        return numeric(stem, value, solution, wrong)
    if setting.level is Level.MEDIUM:
        x1, x2 = setting.between(-5, 0), setting.between(1, 6)
        y1, y2 = slope * x1 + intercept, slope * x2 + intercept
        stem = setting.say(
            f"直线经过点 $({x1}, {y1})$ 和 $({x2}, {y2})$，求它的解析式。",
            f"A line passes through $({x1}, {y1})$ and $({x2}, {y2})$. Find its equation.",
        )
        rise = f"{y2} - {bracketed(y1)}"
        solution = (
            rf"$k = \frac{{{rise}}}{{{x2} - {bracketed(x1)}}} = {slope}$, "
            rf"$b = {y1} - {bracketed(slope)} \times {bracketed(x1)} = {intercept}$"
        )
        return Draft(stem=stem, answer=f"$y = {line}$", solution=solution)
    root = Fraction(-intercept, slope)
    area = abs(root * intercept) / 2
    crossing = rf"$0 = {line}$, $x = {-intercept} \div {bracketed(slope)} = {number(root)}$; "
    stem = setting.say(
        f"求直线 $y = {line}$ 与两坐标轴围成的三角形的面积。",
        f"Find the area of the triangle between the line $y = {line}$ and the axes.",
    )
    solution = setting.say(
        rf"{crossing}与坐标轴交于 $({number(root)}, 0)$ 和 $(0, {intercept})$，"
        rf"面积 $\frac{{1}}{{2}} \times {number(abs(root))} \times {abs(intercept)} "
        rf"= {number(area)}$",
        rf"{crossing}it meets the axes at $({number(root)}, 0)$ and $(0, {intercept})$; "
        "the area is "
        rf"$\frac{{1}}{{2}} \times {number(abs(root))} \times {abs(intercept)} = {number(area)}$",
    )
    return numeric(stem, area, solution, (2 * area, abs(root) + abs(intercept), area / 2))


def inverse_proportion(setting: Setting) -> Draft:
    """The constant, a value, and a second point of the same curve."""
    x, y = setting.nonzero(8), setting.nonzero(8)
    k = x * y
    if setting.level is Level.EASY:
        stem = setting.say(
            rf"反比例函数 $y = \frac{{k}}{{x}}$ 的图象经过点 $({x}, {y})$，求 $k$。",
            rf"The graph of $y = \frac{{k}}{{x}}$ passes through $({x}, {y})$. Find $k$.",
        )
        solution = rf"$k = {bracketed(x)} \times {bracketed(y)} = {k}$"
        return numeric(stem, k, solution, (x + y, -k, Fraction(y, x)))
    x2 = setting.nonzero(9)
    if x2 == x:
        return inverse_proportion(setting)
    value = Fraction(k, x2)
    if setting.level is Level.MEDIUM:
        stem = setting.say(
            rf"反比例函数 $y = \frac{{{k}}}{{x}}$，当 $x = {x2}$ 时，求 $y$ 的值。",
            rf"For $y = \frac{{{k}}}{{x}}$, find $y$ when $x = {x2}$.",
        )
        solution = rf"$y = \frac{{{k}}}{{{x2}}} = {number(value)}$"
        return numeric(stem, value, solution, (-value, k * x2, Fraction(x2, k)))
    stem = setting.say(
        f"反比例函数的图象经过点 $({x}, {y})$ 和 $({x2}, m)$，求 $m$。",
        "The graph of an inverse proportion passes through "
        f"$({x}, {y})$ and $({x2}, m)$. Find $m$.",
    )
    solution = (
        rf"$k = {bracketed(x)} \times {bracketed(y)} = {k}$, "
        rf"$m = \frac{{{k}}}{{{x2}}} = {number(value)}$"
    )
    return numeric(stem, value, solution, (Fraction(y * x2, x), -value, Fraction(x2, k)))


def quadratic_function(setting: Setting) -> Draft:
    """A value, the vertex, the least value on an interval that may miss the vertex."""
    a = setting.rng.choice((1, 1, 2, -1, -2))
    h, k = setting.nonzero(5), setting.nonzero(9)
    coefficients = (a, -2 * a * h, a * h * h + k)
    shown = polynomial(coefficients)
    if setting.level is Level.EASY:
        x = setting.nonzero(4)
        value = a * (x - h) ** 2 + k
        stem = setting.say(
            f"二次函数 $y = {shown}$，当 $x = {x}$ 时，求 $y$ 的值。",
            f"For $y = {shown}$, find $y$ when $x = {x}$.",
        )
        terms = rf"{a} \times {bracketed(x)}^{{2}} + {bracketed(coefficients[1])} \times "
        solution = rf"$y = {terms}{bracketed(x)} + {bracketed(coefficients[2])} = {value}$"
        wrong: Wrong = (value - 2 * coefficients[2], value - 2 * coefficients[1] * x, -value)
        return numeric(stem, value, solution, wrong)
    if setting.level is Level.MEDIUM:
        stem = setting.say(
            f"求抛物线 $y = {shown}$ 的顶点坐标。",
            f"Find the vertex of the parabola $y = {shown}$.",
        )
        square = f"(x {'-' if h > 0 else '+'} {abs(h)})^{{2}}"
        lead = {1: "", -1: "-"}.get(a, str(a))
        tail = f"- {-k}" if k < 0 else f"+ {k}"
        axis = rf"-\frac{{{coefficients[1]}}}{{2 \times {bracketed(a)}}} = {h}"
        solution = f"$x = {axis}$; $y = {lead}{square} {tail}$"
        return Draft(stem=stem, answer=f"$({h}, {k})$", solution=solution)
    a = abs(a)
    coefficients = (a, -2 * a * h, a * h * h + k)
    low = h + setting.between(-3, 3)
    high = low + setting.between(2, 5)
    place = min(max(h, low), high)
    value = a * (place - h) ** 2 + k
    stem = setting.say(
        rf"当 ${low} \le x \le {high}$ 时，求二次函数 $y = {polynomial(coefficients)}$ 的最小值。",
        rf"For ${low} \le x \le {high}$, find the least value of $y = {polynomial(coefficients)}$.",
    )
    solution = setting.say(
        f"对称轴 $x = {h}$，开口向上，在 $x = {place}$ 处取最小值 ${value}$",
        f"The axis is $x = {h}$ and the parabola opens upwards, so the least value ${value}$ is "
        f"taken at $x = {place}$",
    )
    axis = rf"$x = -\frac{{{coefficients[1]}}}{{2 \times {a}}} = {h}$, "
    axis += rf"$y = {a} \times (x - {bracketed(h)})^{{2}} + {bracketed(k)}$; "
    least = rf"${a} \times ({place} - {bracketed(h)})^{{2}} + {bracketed(k)} = {value}$"
    solution = f"{axis}{solution}; {least}"
    wrong = (a * (low - h) ** 2 + k, a * (high - h) ** 2 + k, k, k - a)
    return numeric(stem, value, solution, wrong)


def sequences(setting: Setting) -> Draft:
    """Terms and sums of arithmetic sequences, terms of geometric ones."""
    first, step, n = setting.nonzero(9), setting.nonzero(6), setting.between(6, 20)
    if setting.level is Level.EASY:
        value = first + (n - 1) * step
        stem = setting.say(
            rf"等差数列 $a_1 = {first}$，公差 $d = {step}$，求 $a_{{{n}}}$。",
            rf"In an arithmetic sequence $a_1 = {first}$ and $d = {step}$. Find $a_{{{n}}}$.",
        )
        solution = rf"$a_{{{n}}} = {first} + {n - 1} \times {bracketed(step)} = {value}$"
        return numeric(stem, value, solution, (value + step, value - step, first * step))
    if setting.level is Level.MEDIUM:
        value = n * first + n * (n - 1) // 2 * step
        stem = setting.say(
            rf"等差数列 $a_1 = {first}$，公差 $d = {step}$，求前 ${n}$ 项和。",
            rf"In an arithmetic sequence $a_1 = {first}$ and $d = {step}$. "
            f"Find the sum of the first ${n}$ terms.",
        )
        half = fraction(n * (n - 1), 2)
        solution = (
            rf"$S_{{{n}}} = {n} \times {bracketed(first)} + {half} \times {bracketed(step)} "
            rf"= {value}$"
        )
        wrong = (n * first + n * (n - 1) * step, value + step, first + (n - 1) * step)
        return numeric(stem, value, solution, wrong)
    ratio, n = setting.rng.choice((2, 3, -2)), setting.between(4, 6)
    fourth = first * ratio**3
    value = first * (ratio**n - 1) // (ratio - 1)
    stem = setting.say(
        rf"等比数列 $a_1 = {first}$，$a_4 = {fourth}$，求前 ${n}$ 项和。",
        rf"In a geometric sequence $a_1 = {first}$ and $a_4 = {fourth}$. "
        f"Find the sum of the first ${n}$ terms.",
    )
    solution = (
        rf"$q^{{3}} = {ratio**3}$, $q = {ratio}$, $S_{{{n}}} = \frac{{{bracketed(first)} \times "
        rf"(1 - {bracketed(ratio)}^{{{n}}})}}{{1 - {bracketed(ratio)}}} = {value}$"
    )
    return numeric(stem, value, solution, (first * ratio ** (n - 1), value - first, -value))


def derivatives(setting: Setting) -> Draft:
    """A derivative at a point, the tangent there, and the greatest value of a cubic's slope."""
    a, b, c = setting.nonzero(4), setting.nonzero(6), setting.nonzero(9)
    x = setting.nonzero(3)
    if setting.level is Level.EASY:
        value = 2 * a * x + b
        shown, slope = polynomial((a, b, c)), polynomial((2 * a, b))
        wrong: Wrong = (a * x * x + b * x + c, a * x + b, 2 * a * x)
    else:
        d = setting.nonzero(3)
        value = 3 * d * x * x + 2 * a * x + b
        shown, slope = polynomial((d, a, b, c)), polynomial((3 * d, 2 * a, b))
        height = d * x**3 + a * x * x + b * x + c
        if setting.level is Level.HARD:
            tangent = polynomial((value, height - value * x))
            stem = setting.say(
                f"求曲线 $y = {shown}$ 在 $x = {x}$ 处的切线方程。",
                f"Find the tangent to $y = {shown}$ at $x = {x}$.",
            )
            solution = f"$y' = {slope}$, $y'({x}) = {value}$, $y({x}) = {height}$"
            return Draft(stem=stem, answer=f"$y = {tangent}$", solution=solution)
        wrong = (height, d * x * x + a * x + b, 3 * d * x * x + 2 * a * x)
    stem = setting.say(
        f"已知函数 $f(x) = {shown}$，求 $f'({x})$。", f"Given $f(x) = {shown}$, find $f'({x})$."
    )
    return numeric(stem, value, f"$f'(x) = {slope}$, $f'({x}) = {value}$", wrong)
