"""Items on fractions, ratio and proportion."""

from fractions import Fraction

from services.diagnose.domain.practice.generators.draft import Draft, Level, Setting, Wrong, numeric
from services.diagnose.domain.practice.generators.notation import equal, fraction, number


def fraction_operations(setting: Setting) -> Draft:
    """Sums, differences and products of fractions."""
    a, b = _proper(setting), _proper(setting)
    if setting.level is Level.EASY:
        b = (setting.between(1, a[1] - 1), a[1])
    first, second = Fraction(*a), Fraction(*b)
    shown = f"{fraction(*a)} + {fraction(*b)}"
    value = first + second
    added_up = Fraction(a[0] + b[0], a[1] + b[1])
    if setting.level is Level.EASY:
        solution = f"${equal(shown, fraction(a[0] + b[0], a[1]), number(value))}$"
        return numeric(_compute(setting, shown), value, solution, (added_up, first * second))
    if setting.level is Level.MEDIUM:
        bottom = a[1] * b[1]
        left, right = fraction(a[0] * b[1], bottom), fraction(b[0] * a[1], bottom)
        solution = f"${shown} = {left} + {right} = {number(value)}$"
        wrong: Wrong = (added_up, Fraction(a[0] + b[0], bottom), first * second)
        return numeric(_compute(setting, shown), value, solution, wrong)
    c = _proper(setting)
    third = Fraction(*c)
    shown = rf"{fraction(*a)} + {fraction(*b)} \div {fraction(*c)}"
    value = first + second / third
    solution = (
        rf"${shown} = {fraction(*a)} + {fraction(*b)} \times {fraction(c[1], c[0])} "
        rf"= {fraction(*a)} + {number(second / third)} = {number(value)}$"
    )
    wrong = (first + second * third, (first + second) / third, first / third + second)
    return numeric(_compute(setting, shown), value, solution, wrong)


def ratio_proportion(setting: Setting) -> Draft:
    """Simplifying a proportion, sharing in a ratio of two and of three."""
    a, b = setting.between(2, 7), setting.between(2, 7)
    if a == b:
        return ratio_proportion(setting)
    unit = setting.between(3, 15)
    if setting.level is Level.EASY:
        stem = setting.say(
            f"已知 $x : {a * unit} = {b} : {a}$，求 $x$。",
            f"Find $x$ when $x : {a * unit} = {b} : {a}$.",
        )
        value = b * unit
        solution = rf"$x = {a * unit} \times {b} \div {a} = {value}$"
        wrong: Wrong = (Fraction(a * a * unit, b), a * unit + b - a, value + unit)
        return numeric(stem, value, solution, wrong)
    if setting.level is Level.MEDIUM:
        total, value = (a + b) * unit, max(a, b) * unit
        stem = setting.say(
            f"把 ${total}$ 本书按 ${a} : {b}$ 分给甲、乙两班，分得较多的班得多少本？",
            f"Share ${total}$ books between two classes in the ratio ${a} : {b}$. "
            "How many books does the class with the larger share get?",
        )
        solution = rf"${a} + {b} = {a + b}$, ${total} \div {a + b} = {unit}$, "
        solution += rf"${max(a, b)} \times {unit} = {value}$"
        wrong = (min(a, b) * unit, Fraction(total, max(a, b)), value + unit)
        return numeric(stem, value, solution, wrong)
    c = setting.between(2, 7)
    total, value = (a + b + c) * unit, c * unit
    stem = setting.say(
        f"一种混凝土由水泥、沙子、石子按 ${a} : {b} : {c}$ 配成。"
        f"要配制 ${total}$ 吨，需要石子多少吨？",
        f"Concrete is mixed from cement, sand and gravel in the ratio ${a} : {b} : {c}$. "
        f"How many tonnes of gravel are needed for ${total}$ tonnes?",
    )
    solution = rf"${a} + {b} + {c} = {a + b + c}$, ${total} \div {a + b + c} = {unit}$, "
    solution += rf"${c} \times {unit} = {value}$"
    return numeric(stem, value, solution, (a * unit, b * unit, Fraction(total, c)))


def _compute(setting: Setting, expression: str) -> str:
    return setting.say(
        f"计算：${expression}$，结果化为最简分数。",
        f"Work out ${expression}$. Give the answer in lowest terms.",
    )


def _proper(setting: Setting) -> tuple[int, int]:
    """A fraction in lowest terms between 0 and 1."""
    bottom = setting.between(3, 9 + setting.level)
    found = Fraction(setting.between(1, bottom - 1), bottom)
    return (found.numerator, found.denominator) if found.denominator > 2 else _proper(setting)
