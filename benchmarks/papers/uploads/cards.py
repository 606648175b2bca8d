"""Answer cards without a template: boxes, rings and letters in brackets, filled in many ways."""

import random
from dataclasses import dataclass

from shared.contract.questions import QuestionType
from uploads.look import Look
from uploads.sheet import Manner, Question, Sheet, Writing, named, rule, slot, words

_INKS = ("#000000", "#000000", "#c8202f", "#d8453a", "#2a8a4a", "#7a2a8a")
_TITLES = ("答题卡", "英语 答题卡", "期末考试答题卡", "数学答题卡", "选择题答题卡")
_ENGLISH_TITLES = ("Answer Sheet", "Multiple Choice Answer Sheet", "TEST", "Quiz 3 - Bubble Sheet")
_SECTIONS = ("单项选择", "完形填空", "阅读理解", "听力部分", "选择题")
_WORDS = (
    "issue", "ready", "properly", "with", "growing", "public", "harm", "carefully", "beautiful",
    "children", "museum", "better", "wonderful", "success", "although", "healthy", "quickly",
)  # fmt: skip
_WORDS_ON_A_CARD = 6
#: How sheets are filled; a person keeps mostly to one.
_FILLINGS = (
    Manner.FILLED, Manner.FILLED, Manner.FILLED, Manner.LINED, Manner.CROSSED, Manner.TICKED_IN,
    Manner.HALF_FILLED, Manner.DOTTED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Form:
    """``bubble`` is "bracket", "box", "ring" or "bare" (rings under letters)."""

    bubble: str
    letters: str
    ink: str
    group: int
    columns: int
    size_pt: float


def compose_card(look: Look, rng: random.Random) -> Sheet:
    """A card of choices, some with a student number, some with ruled places for words."""
    is_chinese = look.language == "zh"
    title = rng.choice(_TITLES if is_chinese else _ENGLISH_TITLES)
    sheet = Sheet("card", "english", look.language, title)
    count = rng.choice((20, 25, 30, 40, 50, 60, 80))
    form = _choose_form(look, count, rng)
    parts = [look.page(title), f'#set text(fill: rgb("{form.ink}"))\n', _anchors(rng)]
    filling = rng.choice(_FILLINGS)
    if rng.random() < 0.5:
        parts.append(_student_number(sheet, is_chinese, form, filling, rng))
    if rng.random() < 0.45 and count >= 30:
        parts.extend(_in_sections(sheet, look, form, filling, count, rng))
    else:
        parts.append(_block(sheet, form, ("", 1, count), filling, rng))
        if rng.random() < 0.3:
            parts.append(_word_rules(sheet, "", count + 1, rng))
    sheet.source = "".join(parts)
    return sheet


def _choose_form(look: Look, count: int, rng: random.Random) -> _Form:
    letters = rng.choice(("ABCD", "ABCD", "ABCD", "ABCDE", "ABC"))
    size = rng.uniform(8.5, 11)
    fitting = int(look.text_width_pt / (size * (len(letters) * 1.75 + 4.2)))
    columns = max(1, min(fitting, rng.randint(1 if count <= 25 else 2, 6)))
    return _Form(
        rng.choice(("bracket", "bracket", "box", "ring", "ring", "bare")),
        letters,
        rng.choice(_INKS),
        rng.choice((5, 5, 10, 0)),
        columns,
        size,
    )


def _anchors(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return ""
    corners = ("top + left", "top + right", "bottom + left", "bottom + right")
    return "".join(
        f"#place({c}, dx: {-6 if 'left' in c else 6}mm, dy: {-6 if 'top' in c else 6}mm,"
        f" rect(width: 6mm, height: 3.5mm, fill: black))\n"
        for c in corners
    )


def _in_sections(
    sheet: Sheet, look: Look, form: _Form, filling: Manner, count: int, rng: random.Random
) -> list[str]:
    parts, first = [], 1
    sizes = [count // 2 // 5 * 5, count - count // 2 // 5 * 5]
    for index, size in enumerate(sizes):
        points = float(size * rng.choice((1, 2)))
        title = rng.choice(_SECTIONS) if look.language == "zh" else "Multiple choice"
        label, markup = look.section(index, title, points)
        sheet.section_points[label], sheet.section_titles[label] = points, title
        parts += [
            markup,
            _block(sheet, form, (label, first, size), filling, rng, each=points / size),
        ]
        first += size
    if rng.random() < 0.5:
        points = 2.0 * _WORDS_ON_A_CARD
        label, markup = look.section(2, "单词填空" if look.language == "zh" else "Words", points)
        sheet.section_points[label], sheet.section_titles[label] = points, "单词填空"
        parts += [markup, _word_rules(sheet, label, first, rng, each=points / _WORDS_ON_A_CARD)]
    return parts


def _block(
    sheet: Sheet,
    form: _Form,
    part: tuple[str, int, int],
    filling: Manner,
    rng: random.Random,
    each: float = 1,
) -> str:
    """Rows of bubbles, column after column, with a gap after every group."""
    label, first, count = part
    per_column = -(-count // form.columns)
    if form.group:
        per_column = -(-per_column // form.group) * form.group
    cells = []
    for start in range(first, first + count, per_column):
        numbers = range(start, min(start + per_column, first + count))
        rows = []
        for position, number in enumerate(numbers):
            rows.append(_row(form, label, number))
            _fill(sheet, form, (label, number, each), filling, rng)
            if form.group and position % form.group == form.group - 1:
                rows.append("#v(0.5em)")
        head = _letters_above(form) if form.bubble == "bare" else ""
        cells.append(f"[{head}{'#linebreak()'.join(rows)}]")
    leading = rng.uniform(0.45, 0.8)
    return (
        f"#[#set text(size: {form.size_pt:.1f}pt)\n#set par(leading: {leading:.2f}em)\n"
        f"#grid(columns: (auto,) * {len(cells)}, column-gutter: 1.6em, {', '.join(cells)})]\n"
    )


def _letters_above(form: _Form) -> str:
    boxes = "".join(f"#box(width: 1.75em, align(center)[{letter}])" for letter in form.letters)
    return f"#box(width: 2em)[]{boxes}#linebreak()"


def _row(form: _Form, label: str, number: int) -> str:
    address = f"{label}.{number}".lstrip(".")
    bubbles = "".join(
        _bubble(form, f"bubble:{address}:{letter}", letter) for letter in form.letters
    )
    lead = f"#box(width: 2em, align(right)[{words(f'{number}.')}#h(0.35em)])"
    return f"#box[{lead}{bubbles}]"


def _bubble(form: _Form, place: str, letter: str) -> str:
    small = f"align(center + horizon)[#text(size: 0.78em)[{letter}]]"
    line = f'inset: 0pt, stroke: 0.5pt + rgb("{form.ink}")'
    if form.bubble == "bracket":
        return f"#box(width: 1.75em, align(center)[{named(place, words('[' + letter + ']'))}])"
    shape = {
        "box": f"rect(width: 1.25em, height: 0.8em, {line}, {small})",
        "ring": f"circle(radius: 0.55em, {line}, {small})",
        "bare": f"circle(radius: 0.5em, {line})",
    }[form.bubble]
    return f"#box(width: 1.75em, baseline: 0.22em, align(center)[{named(place, f'#{shape}')}])"


def _fill(
    sheet: Sheet, form: _Form, one: tuple[str, int, float], filling: Manner, rng: random.Random
) -> None:
    label, number, each = one
    address = f"{label}.{number}".lstrip(".")
    response = "" if rng.random() < 0.03 else rng.choice(form.letters)
    answer = response if response and rng.random() < 0.75 else rng.choice(form.letters)
    place = f"bubble:{address}:{response or form.letters[0]}"
    sheet.questions.append(
        Question(label, str(number), QuestionType.SINGLE_CHOICE, answer, response, (place,), each)
    )
    if not response:
        return
    manner = filling if rng.random() < 0.93 else rng.choice(_FILLINGS)
    sheet.writings.append(Writing(place, manner=manner))
    others = [letter for letter in form.letters if letter != response]
    if rng.random() < 0.05:
        sheet.writings.append(
            Writing(f"bubble:{address}:{rng.choice(others)}", manner=Manner.ERASED)
        )


def _student_number(
    sheet: Sheet, is_chinese: bool, form: _Form, filling: Manner, rng: random.Random
) -> str:
    """A grid of digits in columns; its filling is no answer to anything."""
    digits = rng.choice((6, 8, 10))
    title = rng.choice(("准考证号", "考号", "学号")) if is_chinese else "Student ID"
    rows = []
    written = [str(rng.randrange(10)) for _ in range(digits)]
    heads = ", ".join(f"[{slot(f'id:{column}', 13, height_em=1.2)}]" for column in range(digits))
    rows.append(heads)
    rows.extend(
        "[" + named(f"id:{column}:{digit}", words(f"[{digit}]")) + "]"
        for digit in range(10)
        for column in range(digits)
    )
    for column, digit in enumerate(written):
        sheet.writings.append(Writing(f"id:{column}", digit))
        manner = filling if filling is not Manner.DOTTED else Manner.FILLED
        sheet.writings.append(Writing(f"id:{column}:{digit}", manner=manner))
    return (
        f"#align(right)[#text(size: 7.5pt)[#table(columns: {digits}, inset: 2.2pt,"
        f' stroke: 0.4pt + rgb("{form.ink}"),'
        f" align: center, table.cell(colspan: {digits})[{words(title)}], {', '.join(rows)})]]\n"
    )


def _word_rules(sheet: Sheet, label: str, first: int, rng: random.Random, each: float = 1) -> str:
    """Two columns of numbered rules, each with an English word on it."""
    cells = []
    for number, word in enumerate(rng.sample(_WORDS, _WORDS_ON_A_CARD), start=first):
        address = f"{label}.{number}".lstrip(".")
        place = f"answer:{address}"
        cells.append(f"[{words(f'{number}. ')}{rule(place, 120, height_em=1.5)}]")
        sheet.questions.append(
            Question(label, str(number), QuestionType.FILL_IN, word, word, (place,), each)
        )
        sheet.writings.append(Writing(place, word))
    return (
        f"#v(0.5em)#grid(columns: 2, column-gutter: 2em, row-gutter: 0.9em, {', '.join(cells)})\n"
    )
