"""Generates answers to keys: written differently but equal, wrong, and nearly right."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from shared.contract.questions import QuestionType

FILL_IN = QuestionType.FILL_IN


@dataclass(frozen=True)
class AnswerPair:
    """``kind``: ``equivalent``, ``wrong`` or ``near`` (a slip that must not pass)."""

    type: QuestionType
    key: str
    student: str
    kind: str


def generate(seed: int, rounds: int) -> list[AnswerPair]:
    """About 55 pairs per round, about half of them equivalent."""
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    makers = (
        _fractions, _decimals, _units, _powers, _polynomials, _roots, _relations, _sets, _points,
        _letters, _truth, _words, _blanks, _formulas, _percents, _statements,
    )  # fmt: skip
    return [pair for _ in range(rounds) for make in makers for pair in make(draw)]


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _pairs(key: str, kind: QuestionType = FILL_IN, **students: list[str]) -> Iterator[AnswerPair]:
    for name, texts in students.items():
        for text in texts:
            yield AnswerPair(kind, key, text, name)


def _fractions(draw: random.Random) -> Iterator[AnswerPair]:
    value = Fraction(draw.randint(1, 30) * draw.choice([1, -1]), draw.randint(2, 19))
    if value.denominator == 1:
        value += Fraction(1, 2)
    top, bottom = abs(value.numerator), value.denominator
    sign = "-" if value < 0 else ""
    factor = draw.randint(2, 5)
    equal = [
        _full_width(f"{sign}{top}/{bottom}"),
        rf"${sign}\frac{{{top}}}{{{bottom}}}$",
        f"{sign}{top * factor}/{bottom * factor}",
        f"{sign} {top} / {bottom}",
    ]
    if top > bottom:
        equal.append(f"{sign}{top // bottom}又{top % bottom}/{bottom}")
        equal.append(f"{sign}{top // bottom} {top % bottom}/{bottom}")
    near = [
        f"{sign}{top + 1}/{bottom}",
        f"{sign}{bottom}/{top}",
        f"{'' if sign else '-'}{top}/{bottom}",
    ]
    if (value * 10000).denominator != 1:
        near.append(f"{float(value):.2f}")
    yield from _pairs(f"{sign}{top}/{bottom}", equivalent=equal, near=near, wrong=[str(top + 7)])


def _decimals(draw: random.Random) -> Iterator[AnswerPair]:
    cents = draw.randint(11, 9999)
    key = f"{cents / 100:.2f}"
    equal = [key + "0", _full_width(key), str(Fraction(cents, 100)), f"答：{key}", f"{key}。"]
    near = [f"{(cents + 1) / 100:.2f}", f"{cents / 10:.1f}", f"-{key}", key.replace(".", "")]
    yield from _pairs(key, equivalent=equal, near=near, wrong=[str(cents + 3)])


def _units(draw: random.Random) -> Iterator[AnswerPair]:
    big, small, factor = draw.choice(
        [
            ("m", "cm", 100),
            ("km", "m", 1000),
            ("kg", "g", 1000),
            ("小时", "分钟", 60),
            ("L", "ml", 1000),
        ]
    )
    number = draw.randint(2, 60)
    equal = [
        f"{number} {big}",
        f"{number * factor}{small}",
        _full_width(str(number)) + big,
        str(number),
    ]
    near = [
        f"{number}{small}",
        f"{number * factor}{big}",
        f"{number + 1}{big}",
        f"{number * 10}{big}",
    ]
    yield from _pairs(f"{number}{big}", equivalent=equal, near=near, wrong=[f"{number}°C"])


def _powers(draw: random.Random) -> Iterator[AnswerPair]:
    digit, power = draw.randint(11, 99), draw.randint(3, 9)
    raised = str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    mantissa = f"{digit / 10}"
    equal = [f"{mantissa}×10{raised}", f"{mantissa}*10^{power}", str(digit * 10 ** (power - 1))]
    near = [f"{mantissa}×10^{power + 1}", f"{digit}×10{raised}", f"{mantissa}×10{power}"]
    yield from _pairs(f"{mantissa}×10^{power}", equivalent=equal, near=near, wrong=[mantissa])


def _polynomials(draw: random.Random) -> Iterator[AnswerPair]:
    a, b = draw.randint(1, 9), draw.randint(1, 9)
    x = draw.choice("xyat")
    key = f"{x}^2+{a + b}{x}+{a * b}"
    equal = [
        f"({x}+{a})({x}+{b})", f"{a * b}+{a + b}{x}+{x}²", f"{x}²+{a + b}{x}+{a * b}",
        f"({x} + {b})*({x} + {a})", rf"${x}^{{2}}+{a + b}{x}+{a * b}$",
    ]  # fmt: skip
    near = [
        f"({x}-{a})({x}-{b})", f"{x}^2+{a + b + 1}{x}+{a * b}", f"{x}^2-{a + b}{x}+{a * b}",
        f"{x}^2+{a + b}{x}", f"{x}2+{a + b}{x}+{a * b}", f"2({x}+{a})({x}+{b})",
    ]  # fmt: skip
    yield from _pairs(key, equivalent=equal, near=near, wrong=[f"{a * b}"])


def _roots(draw: random.Random) -> Iterator[AnswerPair]:
    a, b = draw.randint(2, 9), draw.choice([2, 3, 5, 6, 7])
    equal = [f"√{a * a * b}", rf"${a}\sqrt{{{b}}}$", f"{a}*√{b}", f"√{b}×{a}", f"{a * b}/√{b}"]
    near = [f"{a}√{b + 1}", f"√{a * b}", f"-{a}√{b}", f"{a * b**0.5:.2f}", f"±{a}√{b}"]
    yield from _pairs(f"{a}√{b}", equivalent=equal, near=near, wrong=[str(a * b)])


def _relations(draw: random.Random) -> Iterator[AnswerPair]:
    n, x = draw.randint(-9, 20), draw.choice("xyk")
    yield from _pairs(
        f"{x}>{n}",
        equivalent=[f"{x}＞{n}", f"{n}<{x}", f"{x} > {n}"],
        near=[f"{x}≥{n}", f"{x}<{n}", f"{x}>{n + 1}", f"{x}={n}", f"{n}>{x}"],
    )
    a, b = draw.randint(2, 9), draw.randint(1, 9)
    yield from _pairs(
        f"y={a}{x if x != 'y' else 'x'}+{b}",
        equivalent=[f"y={b}+{a}{x if x != 'y' else 'x'}", f"{a}{x if x != 'y' else 'x'}+{b}=y"],
        near=[
            f"y={a}{x if x != 'y' else 'x'}-{b}",
            f"y={b}{x if x != 'y' else 'x'}+{a + 1}",
            f"y={a + b}",
        ],
    )
    yield from _pairs(
        f"x={n}", equivalent=[str(n), f"{n}=x", f"x = {n}"], near=[f"x={-n - 1}", f"x>{n}"]
    )


def _sets(draw: random.Random) -> Iterator[AnswerPair]:
    a, b = draw.sample(range(-9, 10), 2)
    yield from _pairs(
        f"x={a}或x={b}",
        equivalent=[f"x={b}或x={a}", f"x={a} 或 x={b}", f"x1={a},x2={b}", f"x₁={b}，x₂={a}"],
        near=[f"x={a}", f"x={a}或x={b + 1}", f"x={a - 30}或x={b}", f"x={b}"],
    )
    yield from _pairs(
        f"{{{a},{b}}}",
        equivalent=[f"{{{b}，{a}}}", f"{{{a}, {b}}}"],
        near=[f"{{{a}}}", f"({b},{a})", f"{{{a},{b},{a + b + 30}}}"],
    )


def _points(draw: random.Random) -> Iterator[AnswerPair]:
    a, b = draw.sample(range(-9, 10), 2)
    yield from _pairs(
        f"({a},{b})",
        equivalent=[f"（{a}，{b}）", f"( {a} , {b} )"],
        near=[f"({b},{a})", f"({a},{b + 1})", f"[{a},{b}]", f"({a - 10},{b})"],
    )


def _letters(draw: random.Random) -> Iterator[AnswerPair]:
    key = draw.choice("ABCD")
    other = draw.choice([c for c in "ABCD" if c != key])
    equal = [
        key.lower(),
        f"({key})",
        f"（{key}）",
        f"{key}.",
        f"选{key}",
        _full_width(key),
        f" {key} ",
    ]
    yield from _pairs(
        key,
        QuestionType.SINGLE_CHOICE,
        equivalent=equal,
        wrong=[other, other.lower()],
        near=[key + other],
    )
    several = sorted(draw.sample("ABCD", draw.choice([2, 3])))
    joined = "".join(several)
    yield from _pairs(
        joined,
        QuestionType.MULTIPLE_CHOICE,
        equivalent=[joined[::-1], "、".join(several), ", ".join(several), joined.lower()],
        near=[joined[:-1], joined + next(c for c in "ABCDE" if c not in joined)],
    )


def _truth(draw: random.Random) -> Iterator[AnswerPair]:
    yes = ["T", "true", "√", "对", "正确", "yes", "是", "✓", "True", "（√）"]
    no = ["F", "false", "×", "错", "错误", "no", "否", "✗", "X", "（×）"]
    right, wrong = draw.choice([(yes, no), (no, yes)])
    key = draw.choice(right[:6])
    yield from _pairs(
        key, QuestionType.TRUE_FALSE, equivalent=draw.sample(right, 5), wrong=draw.sample(wrong, 3)
    )


_WORDS = (
    "photosynthesis", "have been", "interesting", "because", "William Shakespeare", "take part in",
    "beautiful", "environment",
    "用途广泛", "辛亥革命", "光合作用", "李白", "长江", "质量守恒定律", "不以物喜",
    "Industrial Revolution", "unless", "himself", "twelfth", "knives",
)  # fmt: skip


def _words(draw: random.Random) -> Iterator[AnswerPair]:
    key, other = draw.sample(_WORDS, 2)
    place = draw.randrange(1, len(key) - 1) if len(key) > 2 else 1
    equal = [key.upper(), f" {key}。", f"“{key}”", key.capitalize(), f"{key}."]
    near = [key[:place] + key[place + 1 :], key[:place] + "q" + key[place:], key + "s", "不" + key]
    yield from _pairs(key, equivalent=equal, near=near, wrong=[other])
    british, american = draw.choice(
        [("colour", "color"), ("favourite", "favorite"), ("grey", "gray")]
    )
    yield from _pairs(british, equivalent=[american, american.upper()], near=[american[:-1]])


def _blanks(draw: random.Random) -> Iterator[AnswerPair]:
    a, b = draw.sample(range(2, 60), 2)
    yield from _pairs(
        f"{a};{b}",
        equivalent=[f"{a}；{b}", f"{a}, {b}", f"{a} ; {b}.0", f"{a}、{b}"],
        near=[f"{b};{a}", f"{a}", f"{a};{b + 1}", f"{a};"],
    )


def _formulas(draw: random.Random) -> Iterator[AnswerPair]:
    key, equal, near = draw.choice(
        [
            ("H2O", ["H₂O"], ["H2O2", "HO2", "h2o", "H20"]),
            ("CO", ["ＣＯ"], ["Co", "CO2", "co"]),
            ("Fe2O3", ["Fe₂O₃"], ["Fe3O2", "FeO", "Fe3O4"]),
            ("SO4^2-", ["SO₄²⁻"], ["SO4^2+", "SO3^2-", "SO4-"]),
            ("NaOH", ["Na OH", "ＮａＯＨ"], ["NaHO", "naoh", "Na2O"]),
            ("2H2+O2=2H2O", ["2H₂+O₂=2H₂O"], ["H2+O2=H2O", "2H2+O2=H2O2"]),
        ]
    )
    yield from _pairs(key, equivalent=equal, near=near)


def _percents(draw: random.Random) -> Iterator[AnswerPair]:
    percent = draw.randint(1, 99)
    equal = [
        f"{percent}％",
        f"{percent / 100}",
        f"{percent}/100",
        f"{percent}.0%",
        rf"${percent}\%$",
    ]
    near = [f"{percent + 1}%", str(percent), f"{percent / 1000}", f"{percent}‰"]
    yield from _pairs(f"{percent}%", equivalent=equal, near=near)


def _statements(draw: random.Random) -> Iterator[AnswerPair]:
    picked = draw.sample("①②③④⑤", 3)
    key = "".join(sorted(picked))
    left = next(c for c in "①②③④⑤" if c not in picked)
    yield from _pairs(
        key,
        equivalent=["".join(picked), "、".join(picked), " ".join(sorted(picked))],
        near=[key[:-1], key + left, key[:-1] + left],
    )
