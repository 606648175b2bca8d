"""Items on whole numbers, decimals, signed numbers, percentages, factors."""

import math
from fractions import Fraction

from services.diagnose.domain.practice.generators.draft import Draft, Level, Setting, Wrong, numeric
from services.diagnose.domain.practice.generators.notation import bracketed, decimal


def _compute(setting: Setting, expression: str) -> str:
    return setting.say(f"计算：${expression}$。", f"Work out ${expression}$.")


def mixed_operations(setting: Setting) -> Draft:
    """Whole numbers, order of operations."""
    a, b, c = setting.between(11, 60), setting.between(3, 12), setting.between(3, 12)
    if setting.level is Level.EASY:
        value = a + b * c
        solution = rf"${a} + {b} \times {c} = {a} + {b * c} = {value}$"
        wrong: Wrong = ((a + b) * c, a * b + c, value + 10)
        return numeric(_compute(setting, rf"{a} + {b} \times {c}"), value, solution, wrong)
    if setting.level is Level.MEDIUM:
        d = setting.between(5, 30)
        value = (a + b) * c - d
        shown = rf"({a} + {b}) \times {c} - {d}"
        solution = rf"${shown} = {a + b} \times {c} - {d} = {(a + b) * c} - {d} = {value}$"
        wrong = (a + b * c - d, (a + b) * (c - d), value + 2 * d)
        return numeric(_compute(setting, shown), value, solution, wrong)
    divisor = setting.between(2, 9)
    inner, factor = setting.between(2, 12), setting.between(2, 9) * divisor
    d = setting.between(3, 25)
    product = factor * inner // divisor
    start = product + setting.between(10, 90)
    shown = rf"{start} - {factor} \times ({inner + d} - {d}) \div {divisor}"
    value = start - product
    solution = (
        rf"${shown} = {start} - {factor} \times {inner} \div {divisor} "
        rf"= {start} - {factor * inner} \div {divisor} = {start} - {product} = {value}$"
    )
    wrong = (Fraction((start - factor) * inner, divisor), start + product, value + divisor)
    return numeric(_compute(setting, shown), value, solution, wrong)


def multiplication_division(setting: Setting) -> Draft:
    """Products and exact quotients of whole numbers."""
    if setting.level is Level.HARD:
        divisor, quotient = setting.between(12, 48), setting.between(23, 98)
        shown = rf"{divisor * quotient} \div {divisor}"
        solution = rf"${divisor} \times {quotient} = {divisor * quotient}$, ${shown} = {quotient}$"
        wrong: Wrong = (quotient + 10, quotient - 1, quotient * 10)
        return numeric(_compute(setting, shown), quotient, solution, wrong)
    a = setting.between(23, 98)
    b = setting.between(3, 9) if setting.level is Level.EASY else setting.between(12, 89)
    tens, ones = divmod(b, 10)
    parts = (a * tens * 10, a * ones) if tens else (a // 10 * 10 * b, a % 10 * b)
    steps = f"{parts[0]} + {parts[1]}"
    solution = rf"${a} \times {b} = {steps} = {a * b}$"
    wrong = (a * b + 10, a * b - a, a * (tens + ones))
    return numeric(_compute(setting, rf"{a} \times {b}"), a * b, solution, wrong)


def decimals(setting: Setting) -> Draft:
    """Sums, products and quotients of decimals."""
    a, b = Fraction(setting.between(11, 98), 10), Fraction(setting.between(11, 98), 10)
    if setting.level is Level.EASY:
        sign, value = "+", a + b
        wrong: Wrong = (a + b / 10, a + b + 1, a + b - Fraction(1, 10))
    elif setting.level is Level.MEDIUM:
        sign, value = r"\times", a * b
        wrong = (a * b * 10, a * b / 10, a * b + Fraction(1, 10))
    else:
        sign, value = r"\div", a
        a = value * b
        wrong = (value * 10, value / 10, value + Fraction(1, 10))
    shown = rf"{decimal(a)} {sign} {decimal(b)}"
    solution = rf"${shown} = {decimal(value)}$"
    if setting.level is Level.HARD:
        solution = rf"${shown} = {decimal(a * 10)} \div {decimal(b * 10)} = {decimal(value)}$"
    return numeric(_compute(setting, shown), value, solution, wrong, decimal)


def signed_numbers(setting: Setting) -> Draft:
    """Operations with negative numbers."""
    a, b, c = setting.nonzero(15), -setting.between(2, 15), setting.nonzero(9)
    if setting.level is Level.EASY:
        shown, value = f"{a} + {bracketed(b)}", a + b
        return numeric(
            _compute(setting, shown),
            value,
            rf"${shown} = {a} - {-b} = {value}$",
            (a - b, -value, abs(a) + abs(b)),
        )
    if setting.level is Level.MEDIUM:
        shown, value = rf"{a} - {bracketed(b)} \times {bracketed(c)}", a - b * c
        return numeric(
            _compute(setting, shown),
            value,
            rf"${shown} = {a} - {bracketed(b * c)} = {value}$",
            (a + b * c, (a - b) * c, -value),
        )
    b = -setting.between(2, 6)
    shown = rf"{bracketed(b)}^{{2}} - {-b}^{{2}} \div {bracketed(b)} + {bracketed(c)}"
    value = b * b - b + c
    solution = rf"${shown} = {b * b} - {bracketed(b)} + {bracketed(c)} = {value}$"
    return numeric(
        _compute(setting, shown), value, solution, (-b * b - b + c, b * b + b + c, value + 2 * b)
    )


def percentages(setting: Setting) -> Draft:
    """A share of a number, a change in per cent, and the way back from a share."""
    percent, hundred = setting.rng.choice((5, 10, 15, 20, 25, 30, 40, 60, 75)), 100
    whole = 20 * setting.between(2, 30)
    part = Fraction(whole * percent, hundred)
    if setting.level is Level.EASY:
        stem = setting.say(
            rf"${whole}$ 的 ${percent}\%$ 是多少？",
            rf"A box holds ${whole}$ cards, of which "
            rf"${percent}\%$ are red. How many cards are red?",
        )
        solution = rf"${whole} \times {percent}\% = {decimal(part)}$"
        wrong: Wrong = (whole - part, part * 10, Fraction(whole, percent))
        return numeric(stem, part, solution, wrong)
    if setting.level is Level.MEDIUM:
        value = whole - part
        stem = setting.say(
            rf"一件商品原价 ${whole}$ 元，降价 ${percent}\%$ 后售价是多少元？",
            rf"An article costs ${whole}$ yuan. Its price is cut by ${percent}\%$. "
            "What does it cost now, in yuan?",
        )
        solution = rf"${whole} \times (1 - {percent}\%) = {decimal(value)}$"
        return numeric(stem, value, solution, (part, whole + part, whole - percent))
    value = whole + part
    stem = setting.say(
        rf"某校今年有学生 ${decimal(value)}$ 人，比去年增加 ${percent}\%$。去年有学生多少人？",
        rf"A school has ${decimal(value)}$ pupils this year, ${percent}\%$ more than last year. "
        "How many pupils did it have last year?",
    )
    solution = rf"${decimal(value)} \div (1 + {percent}\%) = {whole}$"
    if value.denominator != 1:
        return percentages(setting)
    wrong = (value - value * percent / hundred, value - percent, value + part)
    return numeric(stem, whole, solution, wrong)


def factors_multiples(setting: Setting) -> Draft:
    """Greatest common divisor and least common multiple."""
    common = setting.between(2, 6 + 3 * setting.level)
    a = common * setting.between(2, 5 + setting.level)
    b = common * setting.between(2, 5 + setting.level)
    if a == b:
        return factors_multiples(setting)
    divisor, multiple = math.gcd(a, b), math.lcm(a, b)
    if setting.level is Level.EASY:
        stem = setting.say(
            f"求 ${a}$ 和 ${b}$ 的最大公因数。",
            f"Find the greatest common divisor of ${a}$ and ${b}$.",
        )
        solution = (
            rf"${a} = {divisor} \times {a // divisor}$, ${b} = {divisor} \times {b // divisor}$"
        )
        return numeric(stem, divisor, solution, (multiple, min(a, b), divisor + 1))
    if setting.level is Level.MEDIUM:
        stem = setting.say(
            f"求 ${a}$ 和 ${b}$ 的最小公倍数。",
            f"Find the least common multiple of ${a}$ and ${b}$.",
        )
        solution = rf"${a} \times {b} \div {divisor} = {multiple}$"
        return numeric(stem, multiple, solution, (a * b, divisor, 2 * multiple))
    stem = setting.say(
        f"甲每 ${a}$ 天去一次图书馆，乙每 ${b}$ 天去一次。今天两人都去了，"
        "至少再过多少天两人又会同一天去？",
        f"One bus leaves every ${a}$ minutes, another every ${b}$. They leave together now. "
        "After how many minutes do they next leave together?",
    )
    solution = setting.say(
        rf"求最小公倍数：${a} \times {b} \div {divisor} = {multiple}$",
        rf"The least common multiple: ${a} \times {b} \div {divisor} = {multiple}$",
    )
    return numeric(stem, multiple, solution, (a * b, a + b, divisor))
