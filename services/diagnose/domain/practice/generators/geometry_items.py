"""Items on angles, triangles, areas, circles and solids."""

from fractions import Fraction

from services.diagnose.domain.practice.generators.draft import (
    Draft,
    Level,
    Setting,
    Wrong,
    numeric,
    times_pi,
)
from services.diagnose.domain.practice.generators.notation import number

_TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25))


def angles(setting: Setting) -> Draft:
    """The third angle of a triangle, a base angle, an exterior angle and a bisector."""
    a, b = 2 * setting.between(15, 40), setting.between(25, 75)
    if setting.level is Level.EASY:
        stem = setting.say(
            rf"三角形的两个内角分别是 ${a}^\circ$ 和 ${b}^\circ$，第三个内角是多少度？",
            rf"Two angles of a triangle are ${a}^\circ$ and ${b}^\circ$. "
            "How many degrees is the third?",
        )
        value = 180 - a - b
        solution = rf"$180 - {a} - {b} = {value}$"
        return numeric(stem, value, solution, (a + b, 180 - a, 90 - Fraction(a + b, 2)))
    if setting.level is Level.MEDIUM:
        stem = setting.say(
            rf"等腰三角形的顶角是 ${a}^\circ$，底角是多少度？",
            rf"The angle at the apex of an isosceles triangle is ${a}^\circ$. "
            "How many degrees is a base angle?",
        )
        value = (180 - a) // 2
        solution = rf"$(180 - {a}) \div 2 = {value}$"
        return numeric(stem, value, solution, (180 - a, 180 - 2 * a, 90 + a // 2))
    stem = setting.say(
        rf"在三角形 $ABC$ 中，$\angle A = {a}^\circ$，$\angle B$ 与 $\angle C$ 的平分线交于点 $I$，"
        r"求 $\angle BIC$ 的度数。",
        rf"In triangle $ABC$, $\angle A = {a}^\circ$. The bisectors of $\angle B$ and $\angle C$ "
        r"meet at $I$. How many degrees is $\angle BIC$?",
    )
    value = 90 + a // 2
    solution = rf"$\angle BIC = 180 - (180 - {a}) \div 2 = {value}$"
    return numeric(stem, value, solution, (180 - a, 90 - a // 2, 180 - a // 2))


def right_triangles(setting: Setting) -> Draft:
    """Pythagoras: the hypotenuse, a leg, the height on the hypotenuse."""
    short, long, hypotenuse = setting.rng.choice(_TRIPLES[: 1 + setting.level])
    scale = setting.between(1, 6)
    a, b, c = short * scale, long * scale, hypotenuse * scale
    if setting.level is Level.EASY:
        stem = setting.say(
            f"直角三角形的两条直角边长为 ${a}$ 和 ${b}$，求斜边的长。",
            f"The legs of a right triangle are ${a}$ and ${b}$. How long is the hypotenuse?",
        )
        solution = rf"$\sqrt{{{a}^{{2}} + {b}^{{2}}}} = \sqrt{{{c * c}}} = {c}$"
        return numeric(stem, c, solution, (a + b, c + 1, c * c))
    if setting.level is Level.MEDIUM:
        stem = setting.say(
            f"直角三角形的斜边长为 ${c}$，一条直角边长为 ${a}$，求另一条直角边的长。",
            f"The hypotenuse of a right triangle is ${c}$ and one leg is ${a}$. "
            "How long is the other leg?",
        )
        solution = rf"$\sqrt{{{c}^{{2}} - {a}^{{2}}}} = \sqrt{{{b * b}}} = {b}$"
        return numeric(stem, b, solution, (c - a, c + a, b * b))
    value = Fraction(a * b, c)
    stem = setting.say(
        f"直角三角形的两条直角边长为 ${a}$ 和 ${b}$，求斜边上的高。",
        f"The legs of a right triangle are ${a}$ and ${b}$. "
        "How long is the height on the hypotenuse?",
    )
    solution = setting.say(
        rf"斜边 ${c}$，由面积得 ${a} \times {b} \div {c} = {number(value)}$",
        rf"The hypotenuse is ${c}$; by the area, ${a} \times {b} \div {c} = {number(value)}$",
    )
    return numeric(stem, value, solution, (c, Fraction(a * b, 2), Fraction(a * b, 2 * c)))


def perimeter_area(setting: Setting) -> Draft:
    """A rectangle, a trapezium, a rectangle from its perimeter."""
    a, b = setting.between(6, 25), setting.between(3, 15)
    if a == b:
        return perimeter_area(setting)
    if setting.level is Level.EASY:
        stem = setting.say(
            f"长方形长 ${a}$ cm、宽 ${b}$ cm，面积是多少平方厘米？",
            f"A rectangle is ${a}$ cm long and ${b}$ cm wide. What is its area in square cm?",
        )
        wrong: Wrong = (2 * (a + b), a + b, 2 * a * b)
        return numeric(stem, a * b, rf"${a} \times {b} = {a * b}$", wrong)
    if setting.level is Level.MEDIUM:
        height = 2 * setting.between(2, 8)
        value = (a + b) * height // 2
        stem = setting.say(
            f"梯形的上底是 ${b}$ cm，下底是 ${a}$ cm，高是 ${height}$ cm，面积是多少平方厘米？",
            f"The parallel sides of a trapezium are ${b}$ cm and ${a}$ cm, its height is "
            f"${height}$ cm. What is its area in square cm?",
        )
        solution = rf"$({b} + {a}) \times {height} \div 2 = {value}$"
        return numeric(stem, value, solution, (2 * value, a * height, a + b + height))
    round_length = 2 * (a + b)
    stem = setting.say(
        f"长方形的周长是 ${round_length}$ cm，长是 ${a}$ cm，面积是多少平方厘米？",
        f"The perimeter of a rectangle is ${round_length}$ cm and its length is ${a}$ cm. "
        "What is its area in square cm?",
    )
    solution = rf"${round_length} \div 2 - {a} = {b}$, ${a} \times {b} = {a * b}$"
    wrong = (a * (round_length - a), a * (round_length - 2 * a), round_length * a)
    return numeric(stem, a * b, solution, wrong)


def circles(setting: Setting) -> Draft:
    r"""Circumference, area and sector, as multiples of \pi."""
    radius = setting.between(2, 12)
    if setting.level is Level.EASY:
        stem = setting.say(
            rf"圆的半径是 ${radius}$，求它的周长（用 $\pi$ 表示）。",
            rf"A circle has radius ${radius}$. Find its circumference in terms of $\pi$.",
        )
        solution = rf"$2 \times \pi \times {radius} = {2 * radius}\pi$"
        wrong: Wrong = (radius, radius**2, 4 * radius)
        return numeric(stem, 2 * radius, solution, wrong, times_pi)
    if setting.level is Level.MEDIUM:
        stem = setting.say(
            rf"圆的直径是 ${2 * radius}$，求它的面积（用 $\pi$ 表示）。",
            rf"A circle has diameter ${2 * radius}$. Find its area in terms of $\pi$.",
        )
        solution = rf"$\pi \times {radius}^{{2}} = {radius**2}\pi$"
        wrong = (4 * radius**2, 2 * radius, 2 * radius**2)
        return numeric(stem, radius**2, solution, wrong, times_pi)
    angle = setting.rng.choice((30, 45, 60, 90, 120, 150))
    value = Fraction(angle * radius**2, 360)
    stem = setting.say(
        rf"扇形的半径是 ${radius}$，圆心角是 ${angle}^\circ$，求它的面积（用 $\pi$ 表示）。",
        rf"A sector has radius ${radius}$ and angle ${angle}^\circ$. "
        r"Find its area in terms of $\pi$.",
    )
    shown = rf"\frac{{{angle}}}{{360}} \times \pi \times {radius}^{{2}} = {times_pi(value)}"
    wrong = (Fraction(angle * radius, 180), value * 2, Fraction(angle * radius, 360))
    return numeric(stem, value, f"${shown}$", wrong, times_pi)


def solids(setting: Setting) -> Draft:
    """A cuboid, a cylinder, a cone."""
    if setting.level is Level.EASY:
        a, b, c = (setting.between(2, 12) for _ in range(3))
        stem = setting.say(
            f"长方体的长、宽、高分别是 ${a}$、${b}$、${c}$ 厘米，体积是多少立方厘米？",
            f"A cuboid measures ${a}$ by ${b}$ by ${c}$ cm. What is its volume in cubic cm?",
        )
        solution = rf"${a} \times {b} \times {c} = {a * b * c}$"
        wrong: Wrong = (2 * (a * b + b * c + a * c), a + b + c, a * b * c * 2)
        return numeric(stem, a * b * c, solution, wrong)
    radius, height = setting.between(2, 9), setting.between(3, 12)
    cylinder = radius**2 * height
    if setting.level is Level.MEDIUM:
        stem = setting.say(
            rf"圆柱的底面半径是 ${radius}$，高是 ${height}$，求它的体积（用 $\pi$ 表示）。",
            rf"A cylinder has radius ${radius}$ and height ${height}$. "
            r"Find its volume in terms of $\pi$.",
        )
        solution = rf"$\pi \times {radius}^{{2}} \times {height} = {cylinder}\pi$"
        wrong = (2 * radius * height, radius * height**2, Fraction(cylinder, 3))
        return numeric(stem, cylinder, solution, wrong, times_pi)
    value = Fraction(cylinder, 3)
    stem = setting.say(
        rf"圆锥的底面直径是 ${2 * radius}$，高是 ${height}$，求它的体积（用 $\pi$ 表示）。",
        rf"A cone has base diameter ${2 * radius}$ and height ${height}$. "
        r"Find its volume in terms of $\pi$.",
    )
    shown = rf"\frac{{1}}{{3}} \times \pi \times {radius}^{{2}} \times {height} = {times_pi(value)}"
    wrong = (cylinder, Fraction(4 * cylinder, 3), Fraction(cylinder, 2))
    return numeric(stem, value, f"${shown}$", wrong, times_pi)
