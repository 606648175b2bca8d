"""Items on data, probability and counting."""

import math
from fractions import Fraction

from services.diagnose.domain.practice.generators.draft import Draft, Level, Setting, Wrong, numeric
from services.diagnose.domain.practice.generators.notation import fraction, number


def data(setting: Setting) -> Draft:
    """Mean, median and variance of a few values."""
    if setting.level is Level.EASY:
        values = [setting.between(60, 99) for _ in range(4)]
        mean = Fraction(sum(values), 4)
        if mean.denominator != 1:
            return data(setting)
        solution = rf"$({' + '.join(map(str, values))}) \div 4 = {mean}$"
        ordered = sorted(values)
        middle = Fraction(ordered[1] + ordered[2], 2)
        wrong: Wrong = (sum(values), middle, Fraction(ordered[0] + ordered[3], 2))
        return numeric(_ask(setting, values, "平均数", "mean"), mean, solution, wrong)
    if setting.level is Level.MEDIUM:
        values = [setting.between(1, 30) for _ in range(6)]
        ordered = sorted(values)
        median = Fraction(ordered[2] + ordered[3], 2)
        solution = setting.say("从小到大排列：", "In order: ")
        solution += rf"${', '.join(map(str, ordered))}$; "
        solution += rf"$({ordered[2]} + {ordered[3]}) \div 2 = {number(median)}$"
        wrong = (Fraction(values[2] + values[3], 2), Fraction(sum(values), 6), ordered[2])
        return numeric(_ask(setting, values, "中位数", "median"), median, solution, wrong)
    centre, spread = setting.between(5, 20), setting.between(1, 4)
    values = [centre - 2 * spread, centre - spread, centre, centre + spread, centre + 2 * spread]
    setting.rng.shuffle(values)
    value = 2 * spread**2
    squares = " + ".join(f"({one} - {centre})^{{2}}" for one in values)
    solution = setting.say("平均数", "The mean is") + rf" ${centre}$; "
    solution += rf"$({squares}) \div 5 = {value}$"
    wrong = (10 * spread**2, Fraction(5 * spread**2, 2), 4 * spread)
    return numeric(_ask(setting, values, "方差", "variance"), value, solution, wrong)


def probability(setting: Setting) -> Draft:
    """One draw, two dice, two draws without putting back."""
    red, white = setting.between(2, 7), setting.between(2, 7)
    total = red + white
    if setting.level is Level.EASY:
        value = Fraction(red, total)
        stem = setting.say(
            f"袋中有 ${red}$ 个红球和 ${white}$ 个白球，任意摸出一个，摸到红球的概率是多少？",
            f"A bag holds ${red}$ red and ${white}$ white balls. One is drawn at random. "
            "What is the probability that it is red?",
        )
        solution = f"${fraction(red, total)} = {number(value)}$"
        wrong: Wrong = (Fraction(red, white), Fraction(white, total), Fraction(1, red))
        return numeric(stem, value, solution, wrong)
    if setting.level is Level.MEDIUM:
        wanted = setting.between(3, 11)
        ways = 6 - abs(wanted - 7)
        value = Fraction(ways, 36)
        stem = setting.say(
            f"同时掷两枚均匀的骰子，点数之和为 ${wanted}$ 的概率是多少？",
            f"Two fair dice are thrown. What is the probability that they add up to ${wanted}$?",
        )
        pairs = ", ".join(f"{one} + {wanted - one}" for one in range(1, 7) if 0 < wanted - one < 7)
        solution = rf"$6 \times 6 = 36$; ${pairs}$; ${fraction(ways, 36)} = {number(value)}$"
        wrong = (Fraction(1, 11), Fraction(1, 36), Fraction(ways, 12), Fraction(ways + 1, 36))
        return numeric(stem, value, solution, wrong)
    value = Fraction(red * (red - 1), total * (total - 1))
    stem = setting.say(
        f"袋中有 ${red}$ 个红球和 ${white}$ 个白球，不放回地依次摸出两个，都是红球的概率是多少？",
        f"A bag holds ${red}$ red and ${white}$ white balls. Two are drawn without putting back. "
        "What is the probability that both are red?",
    )
    product = rf"{fraction(red, total)} \times {fraction(red - 1, total - 1)}"
    wrong = (Fraction(red, total) ** 2, Fraction(2, total), Fraction(red - 1, total - 1))
    return numeric(stem, value, rf"${product} = {number(value)}$", wrong)


def counting(setting: Setting) -> Draft:
    """Products, arrangements, choices from two groups."""
    n = setting.between(5, 9)
    if setting.level is Level.EASY:
        other = setting.between(2, 6)
        stem = setting.say(
            f"从 ${n}$ 件上衣和 ${other}$ 条裤子中各选一件，共有多少种搭配？",
            f"One of ${n}$ shirts and one of ${other}$ pairs of trousers are chosen. "
            "How many outfits are there?",
        )
        wrong: Wrong = (n + other, n * (n - 1), n**other)
        return numeric(stem, n * other, rf"${n} \times {other} = {n * other}$", wrong)
    if setting.level is Level.MEDIUM:
        k = setting.between(2, 4)
        value = math.perm(n, k)
        stem = setting.say(
            f"从 ${n}$ 人中选 ${k}$ 人排成一列，共有多少种排法？",
            f"In how many ways can ${k}$ of ${n}$ people stand in a row?",
        )
        product = r" \times ".join(str(n - i) for i in range(k))
        wrong = (math.comb(n, k), n**k, n * k)
        return numeric(stem, value, f"${product} = {value}$", wrong)
    girls, chosen = setting.between(3, 6), 2
    value = math.comb(n, chosen) * girls
    stem = setting.say(
        f"从 ${n}$ 名男生和 ${girls}$ 名女生中选出 ${chosen}$ 名男生和 $1$ 名女生，"
        "共有多少种选法？",
        f"A group of ${chosen}$ boys and $1$ girl is chosen from ${n}$ boys and ${girls}$ girls. "
        "In how many ways?",
    )
    pairs = rf"\frac{{{n} \times {n - 1}}}{{2}}"
    solution = rf"${pairs} \times {girls} = {math.comb(n, chosen)} \times {girls} = {value}$"
    wrong = (2 * value, math.comb(n + girls, 3), math.comb(n, chosen) + girls)
    return numeric(stem, value, solution, wrong)


def _ask(setting: Setting, values: list[int], zh: str, en: str) -> str:
    shown = "$, $".join(map(str, values))
    return setting.say(f"求数据 ${shown}$ 的{zh}。", f"Find the {en} of ${shown}$.")
