"""How an uploaded sheet is printed: page, faces, sizes, numbering, headings, coloured ornaments."""

import json
import random
from dataclasses import dataclass

from markup import PREAMBLE

from uploads.sheet import words

#: Faces of Chinese sheets and of English ones, with how wide their capitals run.
_FACES = {
    "zh": ("AR PL UKai", "LXGW WenKai", "Noto Serif SC", "Noto Sans SC", "WenQuanYi Zen Hei"),
    "en": ("Comic Neue", "Libertinus Serif", "Noto Sans SC", "New Computer Modern", "Comic Neue"),
}
_INKS = ("#1c4f9c", "#d4691e", "#1f8a5b", "#b3243a", "#7a3aa0", "#0c8aa6", "#3aa6d8")
_TINTS = ("#e4f0fb", "#fdf0e0", "#e6f6ea", "#fbe6ea", "#f2e9fa")
_NUMBERS = {
    "zh": ("{}.", "{}．", "{}、", "({})", "（{}）", "circled", "{}. "),
    "en": ("{}.", "{})", "({})", "{}. ", "Q{}."),
}
_HEADINGS = {
    "zh": ("{c}、{t}", "{c}、{t}", "{c}. {t}", "第{c}题 {t}", "（{c}）{t}"),
    "en": ("{r}. {t}", "Part {n}  {t}", "Part {a}  {t}", "Section {a}: {t}"),
}
_CHINESE = "一二三四五六七八九十"
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟㊱㊲㊳㊴㊵㊶㊷㊸㊹㊺㊻㊼㊽㊾㊿"
_PAGES_MM = ((210, 297), (210, 297), (185, 260), (148, 210), (176, 250))


@dataclass(frozen=True, slots=True)
class Look:
    """The print of one sheet. Lengths in millimetres, sizes in points, colours in hexadecimal."""

    language: str
    width_mm: float
    height_mm: float
    margin_mm: float
    face: str
    size_pt: float
    leading_em: float
    numbers: str
    heading: str
    #: How a heading is set off: "plain", "bold", "ribbon", "bar", "ink", "box", "tag".
    ornament: str
    ink: str
    tint: str
    is_coloured: bool
    #: Whether a coloured frame is around each section.
    is_framed: bool
    points_style: int

    @property
    def text_width_pt(self) -> float:
        """Width between the margins."""
        return (self.width_mm - 2 * self.margin_mm) / 25.4 * 72

    def number(self, count: int) -> str:
        """The printed number of question ``count`` (from 1)."""
        if self.numbers == "circled":
            return _CIRCLED[count - 1] if count <= len(_CIRCLED) else f"({count})"
        return self.numbers.format(count)

    def section(
        self, index: int, title: str, points: float | None, note: str = ""
    ) -> tuple[str, str]:
        """Label and markup of the heading of section ``index`` (from 0)."""
        names = {
            "c": _CHINESE[index],
            "r": _ROMAN[index],
            "n": str(index + 1),
            "a": "ABCDEFG"[index],
        }
        key = next(k for k in "crna" if f"{{{k}}}" in self.heading)
        text = self.heading.format(**names, t=title) + note + self._points(points)
        return names[key], self.ornamented(text)

    def ornamented(self, text: str) -> str:
        """Markup of a heading as this sheet sets it off."""
        body = words(text)
        ink, tint = f'rgb("{self.ink}")', f'rgb("{self.tint}")'
        bold = f"#text(fill: white, weight: 700)[{body}]"
        dot = f"#box(baseline: 0.1em, circle(radius: 0.4em, fill: {ink}))#h(0.4em)"
        bar = f"width: 100%, fill: {tint}, inset: 0.4em, stroke: (left: 4pt + {ink})"
        ribbon = f"fill: {ink}, inset: (x: 0.6em, y: 0.35em), radius: 3pt"
        box = f"stroke: 0.8pt + {ink}, inset: 0.35em, radius: 6pt"
        inner = {
            "plain": body,
            "bold": f"#text(weight: 700, stroke: 0.25pt)[{body}]",
            "ink": f"#text(size: 1.1em, fill: {ink}, weight: 700)[{body}]",
            "ribbon": f"#box({ribbon})[{bold}]",
            "bar": f"#block({bar})[{body}]",
            "box": f"#box({box})[{body}]",
            "tag": dot + body,
        }[self.ornament]
        return f"#block(sticky: true)[{inner}]\n"

    def framed(self, body: str) -> str:
        """A section's body in its frame, where the sheet has frames."""
        if not self.is_framed:
            return body
        line = f'stroke: 1pt + rgb("{self.ink}"), radius: 6pt'
        return f"#block(width: 100%, {line}, inset: 0.8em)[\n{body}]\n"

    def _points(self, points: float | None) -> str:
        if points is None:
            return ""
        chinese = (
            f"（{points:g}分）",
            f"（共{points:g}分）",
            f"({points:g}分)",
            f"  {points:g}分",
            f"【{points:g}分】",
        )
        english = (
            f" ({points:g} points)",
            f" ({points:g} marks)",
            f"  [{points:g}]",
            f" ({points:g} pts)",
            f"  {points:g} points",
        )
        return (chinese if self.language == "zh" else english)[self.points_style]

    def page(self, title: str, *, head: str = "", foot: str = "") -> str:
        """The sheet's beginning: rules of the page, ornaments, the title and a head line."""
        colour = self.ink if self.is_coloured else "#000000"
        return f"""{PREAMBLE}
#set page(width: {self.width_mm}mm, height: {self.height_mm}mm, margin: {self.margin_mm}mm,
  background: {self._background()}, footer: align(center, text(size: 0.75em, [{words(foot)}])))
#set text(font: ({json.dumps(self.face)}, "Noto Sans SC"), size: {self.size_pt}pt,
  lang: "{self.language}")
#set par(leading: {self.leading_em}em, spacing: {self.leading_em + 0.35}em)
#set table(stroke: 0.6pt)
#align(center, text(size: 1.45em, weight: 700, fill: rgb("{colour}"))[{words(title)}])
{head}
"""

    def _background(self) -> str:
        if not self.is_coloured:
            return "none"
        margin, ink, tint = self.margin_mm, f'rgb("{self.ink}")', f'rgb("{self.tint}")'
        hills = "(0mm, 0mm), (30%, -6mm), (65%, -2mm), (100%, -8mm), (100%, 0mm)"
        return f"""{{
  place(top + left, rect(width: 100%, height: {margin * 0.55}mm, fill: {tint}))
  place(top + right, dx: -8mm, dy: 2mm, circle(radius: {margin * 0.2}mm, fill: {ink}))
  place(top + right, dx: -16mm, dy: 3mm,
    circle(radius: {margin * 0.12}mm, fill: rgb("#f2b632")))
  place(bottom + left, polygon(fill: {tint}, {hills}))
  }}"""


def choose_look(language: str, rng: random.Random, *, must_be_coloured: bool = False) -> Look:
    """Everything about the print by lot."""
    is_coloured = must_be_coloured or rng.random() < 0.3
    width, height = rng.choice(_PAGES_MM)
    ornaments = ("ribbon", "bar", "ink", "box", "tag") if is_coloured else ("plain", "bold", "bold")
    # Narrow sheets have smaller print, as books have.
    size = rng.uniform(10, 14) if width > 180 else rng.uniform(8.5, 11.5)
    return Look(
        language=language,
        width_mm=width,
        height_mm=height,
        margin_mm=rng.uniform(9, 20) * width / 210,
        face=rng.choice(_FACES[language]),
        size_pt=round(size, 1),
        leading_em=rng.uniform(0.7, 1.15),
        numbers=rng.choice(_NUMBERS[language]),
        heading=rng.choice(_HEADINGS[language]),
        ornament=rng.choice(ornaments),
        ink=rng.choice(_INKS),
        tint=rng.choice(_TINTS),
        is_coloured=is_coloured,
        is_framed=is_coloured and rng.random() < 0.4,
        points_style=rng.randrange(5),
    )


def head_line(language: str, rng: random.Random) -> str:
    """A line for name, class and the like, left empty or not there; names are never written."""
    if language == "zh":
        lines = (
            "班级______ 姓名______ 得分______",
            "____月____日　姓名:______　用时:____",
            "姓名：________　成绩：______",
            "",
        )
    else:
        lines = (
            "Name: ______________   Date: __________",
            "Name ____________ Class ______ Score ____",
            "",
        )
    return f"#align(center)[{words(rng.choice(lines))}]\n"
