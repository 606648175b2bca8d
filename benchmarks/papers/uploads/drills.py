"""Drills: rows of sums in columns, comparisons, conversions, missing numbers, vertical sums."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from shared.contract.questions import QuestionType
from uploads.look import Look, head_line
from uploads.replies import Student, ask, choose_student, wrong_number
from uploads.sheet import Sheet, slot, words

#: Where the answer goes in a printed row.
_GAP = "␣"
_UNITS = (
    ("米", "厘米", 100), ("分米", "厘米", 10), ("千米", "米", 1000), ("厘米", "毫米", 10),
    ("千克", "克", 1000), ("吨", "千克", 1000), ("时", "分", 60), ("分", "秒", 60),
    ("平方米", "平方分米", 100), ("公顷", "平方米", 10000), ("元", "角", 10), ("升", "毫升", 1000),
)  # fmt: skip
_TITLES = (
    "口算练习",
    "口算天天练",
    "每日一练",
    "计算练习题",
    "口算题卡　三年级下",
    "综合练习",
    "小学数学口算",
)
_ENGLISH_TITLES = ("Math Facts", "Daily Practice", "Addition and Subtraction", "Times Tables Quiz")


@dataclass(frozen=True, slots=True)
class Row:
    """A printed row with ``␣`` for the answer. ``sign`` rows are answered with < > or =."""

    text: str
    answer: str
    is_sign: bool = False


def compose_drill(look: Look, rng: random.Random) -> Sheet:
    """One to three parts, each of one sort of rows."""
    is_chinese = look.language == "zh"
    title = rng.choice(_TITLES if is_chinese else _ENGLISH_TITLES)
    sheet = Sheet("drill", "maths", look.language, title, grade=None)
    student = choose_student(rng)
    foot = rng.choice(("", "— 12 —", "对____题　错____题　用时____")) if is_chinese else ""
    parts = [look.page(title, head=head_line(look.language, rng), foot=foot)]
    sorts = _SORTS if is_chinese else [s for s in _SORTS if s.is_international]
    count = rng.choice((1, 1, 1, 2, 3))
    if count == 1:
        parts.append(_Part(sheet, look, student, rng, "").write(rng.choice(sorts[:3]), None))
    elif rng.random() < 0.35 and is_chinese:
        parts.append(_cards_side_by_side(sheet, look, student, rng))
    else:
        is_pointed = rng.random() < 0.5
        for index, sort in enumerate(rng.sample(sorts, count)):
            points = float(rng.choice((10, 12, 16, 20, 24))) if is_pointed else None
            heading = rng.choice(sort.titles if is_chinese else sort.english)
            label, markup = look.section(index, heading, points)
            parts.append(markup)
            if points is not None:
                sheet.section_points[label] = points
            sheet.section_titles[label] = heading
            body = _Part(sheet, look, student, rng, label).write(sort, points, share=count)
            parts.append(look.framed(body))
    sheet.source = "".join(parts)
    return sheet


def _cards_side_by_side(sheet: Sheet, look: Look, student: Student, rng: random.Random) -> str:
    """Two or three columns, each a drill of its own with a heading, as in books of drills."""
    columns = rng.choice((2, 3)) if look.width_mm > 160 else 2
    first = rng.randint(3, 90)
    word = rng.choice(("第{}片", "第{}天", "第{}课", "练习{}"))
    cells = []
    for index in range(columns):
        label = word.format(first + index)
        sheet.section_titles[label] = label
        part = _Part(sheet, look, student, rng, label)
        sort = rng.choice(_SORTS[:3] if columns == 2 else _SORTS[:2])
        rows = part.write(sort, None, columns=1, rows=rng.randint(12, 20))
        cells.append(f"[{look.ornamented(label)}{rows}]")
    return f"#grid(columns: (1fr,) * {columns}, column-gutter: 1.2em, {', '.join(cells)})\n"


class _Part:
    """One part of a drill: rows of one sort, numbered in one way or not at all."""

    def __init__(
        self, sheet: Sheet, look: Look, student: Student, rng: random.Random, label: str
    ) -> None:
        self._sheet, self._look, self._student, self._rng = sheet, look, student, rng
        self._label = label
        self._is_numbered = rng.random() < 0.5

    def write(
        self,
        sort: "_Sort",
        points: float | None,
        *,
        columns: int = 0,
        rows: int = 0,
        share: int = 1,
    ) -> str:
        """Markup of the part; rows without numbers are addressed down the columns (ADR 12)."""
        look, rng = self._look, self._rng
        wide = look.text_width_pt / look.size_pt
        fitting = max(1, int(wide / (sort.width_em + (2.2 if self._is_numbered else 0))))
        columns = columns or rng.randint(min(2, fitting), min(6, fitting))
        gutter = 1.4 if sort.is_tall else rng.uniform(0.55, 1.4)
        rows = rows or self._fitting_rows(sort, gutter, share)
        each = points / (columns * rows) if points else 1
        cells = []
        for index in range(columns * rows):
            row = sort.make(rng)
            place = index if self._is_numbered else index % columns * rows + index // columns
            number = str(place + 1)
            lead = words(look.number(index + 1) + " ") if self._is_numbered else ""
            cells.append(f"[{lead}{self._row(row, number, each, sort)}]")
        return (
            f"#grid(columns: (1fr,) * {columns}, column-gutter: 0.6em, row-gutter: {gutter:.2f}em,"
            f" {', '.join(cells)})\n"
        )

    def _fitting_rows(self, sort: "_Sort", gutter: float, share: int) -> int:
        """As many rows as fill half the page, or almost all of it."""
        look = self._look
        high = (look.height_mm - 2 * look.margin_mm) / 25.4 * 72 / look.size_pt - 7 - 2.5 * share
        row = (4.4 if sort.is_tall else 1.3) + gutter
        return min(24, max(2, int(high / share / row * self._rng.uniform(0.5, 0.9))))

    def _row(self, row: Row, number: str, points: float, sort: "_Sort") -> str:
        rng, place = self._rng, f"answer:{self._label}.{number}"
        wrong = (
            rng.choice(sorted({"<", ">", "="} - {row.answer}))
            if row.is_sign
            else wrong_number(row.answer, rng)
        )
        reply = self._student.reply(row.answer, wrong, rng)
        ask(
            self._sheet,
            (self._label, number),
            QuestionType.FILL_IN,
            reply,
            row.answer,
            place,
            points=points,
            is_centred=not row.text.endswith("=" + _GAP),
        )
        if sort.is_tall:
            return _vertical(row, place, self._look.size_pt)
        before, _, after = row.text.partition(_GAP)
        size = self._look.size_pt
        if row.is_sign:
            room = _sign_room(self._sheet, place, size)
        else:
            room = slot(place, size * (1.4 + 0.62 * max(2, len(row.answer))))
        return f"#box[{words(before)}{room}{words(after)}]"


def _sign_room(sheet: Sheet, place: str, size_pt: float) -> str:
    """A ring for the sign, or a box or a bracket; a sheet keeps to one of them."""
    form = len(sheet.title) % 3
    inner = slot(place, size_pt * 1.2, height_em=1.2)
    if form == 2:
        return words("（") + inner + words("）")
    shape = ("circle(radius: 0.68em", "rect(width: 1.4em, height: 1.4em")[form]
    drawn = f"{shape}, stroke: 0.6pt, inset: 0pt, align(center + horizon)[{inner}])"
    return f"#h(0.2em)#box(baseline: 0.3em, {drawn})#h(0.2em)"


def _vertical(row: Row, place: str, size_pt: float) -> str:
    """A sum written in columns above a rule, the answer below it."""
    first, second = row.text.split("|")
    width = f"{size_pt * 3.4}pt"
    rows = ", ".join(f"box(width: {width}, align(right)[{words(row)}])" for row in (first, second))
    room = slot(place, size_pt * 3.2, height_em=1.5)
    line = f"line(length: {width}, stroke: 0.7pt)"
    return f"#box(baseline: 3.1em, stack(dir: ttb, spacing: 0.45em, {rows}, {line}, [{room}]))"


def _sum(rng: random.Random) -> Row:
    """Addition, subtraction, multiplication or division of whole numbers."""
    sign = rng.choice("+-×÷")
    return Row(*_operation(sign, rng))


def _operation(sign: str, rng: random.Random) -> tuple[str, str]:
    if sign == "+":
        a, b = rng.randint(3, 99), rng.randint(2, 99)
        return f"{a} + {b} ={_GAP}", str(a + b)
    if sign == "-":
        b = rng.randint(1, 60)
        a = b + rng.randint(0, 60)
        return f"{a} - {b} ={_GAP}", str(a - b)
    a, b = rng.randint(2, 12) * rng.choice((1, 1, 10)), rng.randint(2, 9)
    return (f"{a} × {b} ={_GAP}", str(a * b)) if sign == "×" else (f"{a * b} ÷ {b} ={_GAP}", str(a))


def _mixed(rng: random.Random) -> Row:
    """Two operations, some with brackets."""
    a, b, c = rng.randint(2, 40), rng.randint(2, 40), rng.choice((2, 3, 4, 5, 10, 20))
    form = rng.randrange(4)
    if form == 0:
        return Row(f"({a} + {b}) × {c} ={_GAP}", str((a + b) * c))
    if form == 1:
        return Row(f"{a} × {c} + {b} ={_GAP}", str(a * c + b))
    if form == 2:
        return Row(f"{a * c} ÷ {c} + {b} ={_GAP}", str(a + b))
    return Row(f"{a + b + c} - {b} - {c} ={_GAP}", str(a))


def _decimal(rng: random.Random) -> Row:
    a, b = rng.randint(1, 99), rng.randint(1, 99)
    if rng.random() < 0.5:
        return Row(f"{a / 10:g} + {b / 10:g} ={_GAP}", f"{(a + b) / 10:g}")
    return Row(f"{a / 10:g} × {b % 9 + 1} ={_GAP}", f"{a * (b % 9 + 1) / 10:g}")


def _missing(rng: random.Random) -> Row:
    a, b = rng.randint(2, 50), rng.randint(2, 9)
    form = rng.randrange(3)
    if form == 0:
        return Row(f"{a} + ({_GAP}) = {a + b}", str(b))
    if form == 1:
        return Row(f"({_GAP}) × {b} = {a * b}", str(a))
    return Row(f"{a * b} ÷ ({_GAP}) = {a}", str(b))


def _comparison(rng: random.Random) -> Row:
    if rng.random() < 0.5:
        large, small, times = rng.choice(_UNITS)
        a, b = rng.randint(1, 9), rng.choice((rng.randint(1, 9), rng.randint(1, 9) * times))
        left, right = a * times, b
        texts = (f"{a}{large}", f"{b}{small}")
    else:
        (one, left_text), (two, right_text) = (_operation(rng.choice("+-×"), rng) for _ in range(2))
        left, right = int(left_text), int(right_text)
        texts = (one.partition(" =")[0], two.partition(" =")[0])
    sign = "<" if left < right else ">" if left > right else "="
    return Row(f"{texts[0]} {_GAP} {texts[1]}", sign, is_sign=True)


def _plain_comparison(rng: random.Random) -> Row:
    (one, left), (two, right) = (_operation(rng.choice("+-×"), rng) for _ in range(2))
    sign = "<" if int(left) < int(right) else ">" if int(left) > int(right) else "="
    return Row(f"{one.partition(' =')[0]} {_GAP} {two.partition(' =')[0]}", sign, is_sign=True)


def _unit(rng: random.Random) -> Row:
    large, small, times = rng.choice(_UNITS)
    count = rng.randint(1, 60)
    if rng.random() < 0.5:
        return Row(f"{count}{large}=({_GAP}){small}", str(count * times))
    return Row(f"{count * times}{small}=({_GAP}){large}", str(count))


def _tall(rng: random.Random) -> Row:
    a, b = rng.randint(120, 899), rng.randint(11, 99)
    sign = rng.choice("+-")
    return Row(f"{a}|{sign} {b}", str(a + b if sign == "+" else a - b))


def _equation(rng: random.Random) -> Row:
    x, a = rng.randint(13, 40), rng.randint(2, 12)
    form = rng.randrange(3)
    text = (f"x + {a} = {x + a}", f"{a}x = {a * x}", f"x - {a} = {x - a}")[form]
    return Row(f"{text},  x = {_GAP}", str(x))


@dataclass(frozen=True, slots=True)
class _Sort:
    make: Callable[[random.Random], Row]
    width_em: float
    titles: tuple[str, ...]
    english: tuple[str, ...] = ()
    is_tall: bool = False

    @property
    def is_international(self) -> bool:
        return bool(self.english)


_SORTS = (
    _Sort(_sum, 8.8, ("直接写得数", "口算", "直接写出得数。"), ("Work out", "Mental maths")),
    _Sort(_mixed, 14.0, ("口算", "脱式计算，直接写得数", "算一算"), ("Order of operations",)),
    _Sort(_decimal, 11.0, ("直接写得数", "小数口算"), ("Decimals",)),
    _Sort(_missing, 11.0, ("在括号里填上合适的数", "填一填"), ("Missing numbers",)),
    _Sort(_comparison, 15.0, ("在○里填上“>”“<”或“=”", "比大小")),
    _Sort(_plain_comparison, 14.0, ("比一比，填>、<或=。",), ("Compare: write <, > or =",)),
    _Sort(_unit, 16.5, ("单位换算", "在（　）里填上合适的数")),
    _Sort(_tall, 6.0, ("列竖式计算", "笔算"), ("Add or subtract",), is_tall=True),
    _Sort(_equation, 14.0, ("解方程", "求未知数x"), ("Solve for x",)),
)
