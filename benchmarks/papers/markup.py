"""Writes a paper as a typst source whose answer places, options and questions are labelled."""

import json
from collections.abc import Iterator

from figures import figure
from latex import to_typst
from paper import PLACE, AnswerPlace, Item, Layout, Paper, Section

from shared.contract.questions import QuestionType

_GUTTER_MM = 9
PREAMBLE = """
#let at(id, w: 0pt, h: 0pt) = context {
  let p = here().position()
  [#metadata((id: id, page: p.page, x: p.x.pt(), y: p.y.pt(),
    w: w.to-absolute().pt(), h: h.to-absolute().pt())) <place>]
}
#let slot(id, w, h: 1.2em, line: none) = box(width: w, height: h, baseline: 0.25em, stroke: line,
  place(top + left, at(id, w: w, h: h)))
#let named(id, body) = context {
  let size = measure(body)
  box({ place(top + left, at(id, w: size.width, h: size.height)); body })
}
"""


def to_source(paper: Paper) -> str:
    """The typst source of ``paper``; raises UnsupportedFormulaError for an untranslatable formula.

    Places are named ``answer:<address>``, ``option:<address>:<letter>``, ``start:<address>``,
    ``end:<address>``, ``head:<n>``, ``score:<label>``, ``score:total``.
    """
    return "".join(_source(paper))


def string(text: str) -> str:
    """A piece of markup that prints ``text`` as it stands."""
    return f"#{json.dumps(text, ensure_ascii=False)};"


def inline(text: str, place: str = "") -> str:
    """Markup of a stem: formulas between dollars are set, ``PLACE`` becomes ``place``."""
    pieces = []
    for index, piece in enumerate(text.split("$")):
        if index % 2:
            pieces.append(f"${to_typst(piece)}$")
            continue
        for number, part in enumerate(piece.split(PLACE)):
            lines = "#linebreak();".join(string(line) if line else "" for line in part.split("\n"))
            pieces.append((place if number else "") + lines)
    return "".join(pieces)


def _source(paper: Paper) -> Iterator[str]:
    layout = paper.layout
    yield PREAMBLE
    yield _page_rules(layout, paper)
    yield _head(paper)
    if layout.columns > 1:
        yield f"#columns({layout.columns}, gutter: {_GUTTER_MM}mm)[\n"
    for section in paper.sections:
        yield _section(section, layout)
    at_end = [s for s in paper.sections if s.place is AnswerPlace.TABLE_AT_END]
    if at_end:
        yield f"\n#v(0.6em)\n#text(font: {_fonts(layout, is_heading=True)})"
        yield f"[{string('答题栏' if paper.language == 'zh' else 'Answer table')}]\n\n"
        for section in at_end:
            yield f"{string(section.label)}#h(0.4em)" if len(at_end) > 1 else ""
            yield _answer_table(section, layout)
    if layout.columns > 1:
        yield "]\n"


def _fonts(layout: Layout, *, is_heading: bool = False) -> str:
    latin = "Libertinus Serif" if layout.body_font.startswith("Noto Serif") else None
    face = layout.heading_font if is_heading else layout.body_font
    names = [] if is_heading or latin is None else [{"name": latin, "covers": "latin-in-cjk"}]
    listed = [f'(name: "{n["name"]}", covers: "{n["covers"]}")' for n in names]
    return f"({', '.join([*listed, json.dumps(face)])},)"


def _page_rules(layout: Layout, paper: Paper) -> str:
    top, right, bottom, left = layout.margin_mm
    footer = json.dumps(layout.footer, ensure_ascii=False)
    source = f"""
#set page(width: {layout.width_mm}mm, height: {layout.height_mm}mm,
  margin: (top: {top}mm, right: {right}mm, bottom: {bottom}mm, left: {left}mm),
  background: {_binding(layout)},
  footer: context align(center, text(size: 0.8em,
    {footer}.replace("{{page}}", str(counter(page).get().first()))
      .replace("{{pages}}", str(counter(page).final().first())))))
#set text(font: {_fonts(layout)}, size: {layout.size_pt}pt, lang: "{paper.language}")
#set par(leading: {layout.leading_em}em, spacing: {layout.leading_em + 0.2}em, justify: true)
#set table(stroke: 0.6pt)
"""
    return source + "\n"


def _binding(layout: Layout) -> str:
    if not layout.is_bound:
        return "none"
    words = "学校＿＿＿＿＿＿＿＿　班级＿＿＿＿＿＿　姓名＿＿＿＿＿＿　考号＿＿＿＿＿＿＿＿"
    line = "……………………装…………………………订…………………………线……………………"
    height = layout.height_mm
    return f"""{{
    place(left + horizon, dx: 7mm, rotate(-90deg, reflow: true,
      box(width: {height - 40}mm, align(center, text(size: 9pt, "{words}")))))
    place(left + horizon, dx: 15mm, rotate(-90deg, reflow: true,
      box(width: {height - 30}mm, align(center, text(size: 9pt, "{line}")))))
  }}"""


def _head(paper: Paper) -> str:
    layout = paper.layout
    heading = _fonts(layout, is_heading=True)
    parts = [f"#align(center, text(font: {heading}, size: 1.5em)[{string(paper.title)}])\n\n"]
    if layout.has_trap_print:
        parts.append(_trap_print())
    if paper.subtitle:
        parts.append(f"#align(center)[{string(paper.subtitle)}]\n\n")
    if paper.head:
        fields = "#h(1.5em)".join(
            f'{string(label)}#slot("head:{index}", 62pt, line: (bottom: 0.5pt))'
            for index, (label, _) in enumerate(paper.head)
        )
        parts.append(f"#align(center)[{fields}]\n\n")
    if layout.has_score_table:
        parts.append(_score_table(paper))
    parts.extend(f"{string(line)}\n\n" for line in paper.notice)
    return "".join(parts)


def _trap_print() -> str:
    """Printed red and pink that is no teacher's ink: a ribbon and a tinted card."""
    return """#place(top + right, dy: -4mm, rect(
  fill: rgb("#f7c9d2"), stroke: 0.8pt + rgb("#d8344a"), inset: 4pt,
  text(size: 8pt, fill: rgb("#c2203a"), "★ 诚信考试")))
"""


def _score_table(paper: Paper) -> str:
    is_chinese = paper.language == "zh"
    first, second, total = ("题号", "得分", "总分") if is_chinese else ("Part", "Score", "Total")
    columns = len(paper.sections) + 2
    names = [first, *(section.label for section in paper.sections), total]
    cells = "".join(f"[{string(name)}]," for name in names) + f"[{string(second)}],"
    cells += "".join(f'slot("score:{s.label}", 30pt),' for s in paper.sections)
    cells += 'slot("score:total", 36pt),'
    return f"#align(center, table(columns: {columns}, align: center + horizon, {cells}))\n\n"


def _section(section: Section, layout: Layout) -> str:
    parts = []
    if section.heading:
        heading = f"text(font: {_fonts(layout, is_heading=True)})[{inline(section.heading)}]"
        parts.append(f"#v(0.5em)\n#block(sticky: true, {heading})\n")
    if section.note:
        parts.append(f"{inline(section.note)}\n\n")
    if section.place is AnswerPlace.TABLE:
        parts.append(_answer_table(section, layout))
    parts.extend(_question(section, item, layout) for item in section.items)
    return "".join(parts)


def _answer_table(section: Section, layout: Layout) -> str:
    """Rows of at most as many cells as the column is wide, as even as possible."""
    fitting = min(12, int((_column_width_pt(layout) - 36) // 34))
    rows = -(-len(section.items) // fitting)
    per_row = -(-len(section.items) // rows)
    parts = []
    for first in range(0, len(section.items), per_row):
        row = section.items[first : first + per_row]
        numbers = "".join(f"[{string(item.number)}]," for item in row)
        slots = "".join(f'slot("answer:{_address(section, item)}", 24pt),' for item in row)
        parts.append(
            f"#block(breakable: false, table(columns: (36pt,) + (34pt,) * {len(row)},"
            f" align: center + horizon, [{string(layout.table_words[0])}], {numbers}"
            f" [{string(layout.table_words[1])}], {slots}))\n"
        )
    # Room below the table is where a teacher puts the marks.
    return "".join(parts) + "#v(0.8em)\n"


def _column_width_pt(layout: Layout) -> float:
    _, right, _, left = layout.margin_mm
    usable_mm = layout.width_mm - left - right - _GUTTER_MM * (layout.columns - 1)
    return usable_mm / layout.columns / 25.4 * 72


def _address(section: Section, item: Item) -> str:
    return f"{section.label}.{item.number}".lstrip(".")


def _question(section: Section, item: Item, layout: Layout) -> str:
    address = _address(section, item)
    number = layout.printed_lead(item)
    lead = ""
    if section.place is AnswerPlace.FRONT:
        opening, closing = ("（", "）") if layout.is_fullwidth else ("( ", " ) ")
        slot = f'#slot("answer:{address}", 24pt);'
        lead = f"#box[{string(opening)}{slot}{string(closing)}]"
    stem = inline(item.stem, _place(section, item, address))
    indent = "1.6em" if len(number) <= 3 else "2.2em"
    material = f"#par[{inline(item.material)}]\n" if item.material else ""
    body = f'#at("start:{address}")#par(hanging-indent: {indent})[{lead}{string(number)}{stem}]\n'
    drawing = figure(item.figure, f"figure:{address}") if item.figure else ""
    end = f'#at("end:{address}")\n'
    return material + body + drawing + _options(section, item, layout) + end


def _place(section: Section, item: Item, address: str) -> str:
    """What ``PLACE`` prints as: a ruled blank, or room between brackets."""
    is_here = section.place is AnswerPlace.INLINE
    if item.type in {QuestionType.FILL_IN, QuestionType.SHORT_ANSWER}:
        longest = max(len(item.response.text), len(item.answer))
        is_wide = not (item.response.text + item.answer).isascii()
        width = min(150, max(52, longest * (15 if is_wide else 9) + 24))
        line = "line: (bottom: 0.6pt)"
        if is_here:
            return f'#slot("answer:{address}", {width}pt, {line});'
        return f"#box(width: {width}pt, stroke: (bottom: 0.6pt));"
    if is_here:
        width = 24 + 10 * max(0, len(item.response.text) - 1)
        width += 16 if item.response.first else 0
        return f'#slot("answer:{address}", {width}pt);'
    return "#h(1.6em);"


def _options(section: Section, item: Item, layout: Layout) -> str:
    if not item.options:
        return ""
    address = _address(section, item)
    cells = []
    for letter, option in zip("ABCDEFGH", item.options, strict=False):
        label = layout.option_style.format(letter)
        cells.append(
            f'[#named("option:{address}:{letter}", {json.dumps(label, ensure_ascii=False)})'
            f"{inline(option)}]"
        )
    columns = _option_columns(item.options, layout)
    return (
        f"#pad(left: 1.6em, grid(columns: (1fr,) * {columns}, column-gutter: 0.6em,"
        f" row-gutter: {layout.leading_em}em, {', '.join(cells)}))\n"
    )


def _option_columns(options: tuple[str, ...], layout: Layout) -> int:
    """Four, two or one: as many as the longest option leaves room for."""
    room_em = _column_width_pt(layout) / layout.size_pt - 1.6
    longest = max(_width_em(option) for option in options) + 2.6
    for columns in (4, 2):
        if longest * columns <= room_em and len(options) % columns == 0:
            return columns
    return 1


def _width_em(text: str) -> float:
    return sum(0.55 if character.isascii() else 1.0 for character in text)
