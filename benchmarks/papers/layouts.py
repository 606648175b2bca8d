"""The ways a generated paper is laid out: page formats, numbering, headings, answer places."""

import random
from collections.abc import Sequence
from dataclasses import replace

from paper import AnswerPlace, Layout

#: Page formats; a set of papers goes through them in turn.
FORMATS = (
    Layout("a4 one column"),
    Layout("a4 two columns", columns=2, margin_mm=(15, 14, 15, 14), size_pt=9.5),
    Layout(
        "a4 bound with score table",
        is_bound=True,
        has_score_table=True,
        margin_mm=(16, 14, 16, 28),
    ),
    Layout(
        "a3 two columns bound",
        width_mm=420,
        columns=2,
        is_bound=True,
        has_score_table=True,
        margin_mm=(16, 18, 16, 32),
        size_pt=11,
    ),
    Layout("b5 narrow", width_mm=176, height_mm=250, margin_mm=(14, 13, 14, 13), size_pt=9.5),
    Layout("8k three columns", width_mm=390, height_mm=270, columns=3, margin_mm=(14, 14, 14, 14)),
)

_NUMBERS = ("{}．", "{}．", "{}. ", "{}、", "（{}）", "circled", "({}) ")
_ENGLISH_NUMBERS = ("{}. ", "{}. ", "({}) ", "Q{}. ", "{}) ")
_OPTIONS = ("{}．", "{}．", "{}. ", "{}、", "（{}）")
_ENGLISH_OPTIONS = ("{}. ", "{}. ", "({}) ", "{}) ")
_FOOTERS = (
    "第{page}页　共{pages}页",
    "第{page}页（共{pages}页）",
    "试卷 第 {page} 页",
    "{page} / {pages}",
)
_ENGLISH_FOOTERS = ("Page {page} of {pages}", "- {page} -", "{page} / {pages}")


def choose_layout(index: int, language: str, rng: random.Random) -> Layout:
    """The format whose turn it is, with everything else drawn by lot."""
    is_chinese = language == "zh"
    return replace(
        # The shift after each round keeps a format from always meeting the same subject.
        FORMATS[(index + index // len(FORMATS)) % len(FORMATS)],
        number_style=rng.choice(_NUMBERS if is_chinese else _ENGLISH_NUMBERS),
        option_style=rng.choice(_OPTIONS if is_chinese else _ENGLISH_OPTIONS),
        body_font=rng.choice(
            ("Noto Serif SC", "Noto Serif SC", "Noto Sans SC")
            if is_chinese
            else ("Libertinus Serif", "Libertinus Serif", "Noto Sans SC")
        ),
        heading_font=rng.choice(("Noto Sans SC", "Noto Serif SC")),
        is_fullwidth=is_chinese,
        leading_em=rng.uniform(0.6, 0.85),
        has_item_points=rng.random() < 0.2,
        has_trap_print=rng.random() < 0.3,
        table_words=("题号", "答案") if is_chinese else ("No.", "Ans."),
        footer=rng.choice(_FOOTERS if is_chinese else _ENGLISH_FOOTERS),
    )


def choose_place(language: str, rng: random.Random) -> AnswerPlace:
    """Where the answers of a section of choices or judgements go."""
    weights = {
        AnswerPlace.INLINE: 5 if language == "zh" else 1,
        AnswerPlace.FRONT: 1 if language == "zh" else 4,
        AnswerPlace.TABLE: 2,
        AnswerPlace.TABLE_AT_END: 1,
        AnswerPlace.OPTIONS: 1,
    }
    return rng.choices(list(weights), list(weights.values()))[0]


_CHINESE_NUMERALS = "一二三四五六七"
_ROMAN = ("I", "II", "III", "IV", "V")
_LABELLED = {
    "{c}、{title}": "{c}",
    "Part {a}  {title}": "{a}",
    "Section {a}  {title}": "{a}",
    "Part {r}  {title}": "{r}",
    "{r}. {title}": "{r}",
}


class Headings:
    """Writes the section headings of one paper, all in one style."""

    def __init__(self, language: str, layout: Layout, rng: random.Random) -> None:
        self._is_chinese = language == "zh"
        self._has_equal_points = not layout.has_item_points
        styles = [style for style in _LABELLED if ("{c}" in style) == self._is_chinese]
        self._style = rng.choice(styles)
        self._points_style = rng.randrange(3)

    def write(self, index: int, title: str, points: Sequence[float]) -> tuple[str, str]:
        """Label and full heading of section ``index`` (from 0) whose questions have ``points``."""
        names = {"c": _CHINESE_NUMERALS[index], "a": "ABCDEFG"[index], "r": _ROMAN[index]}
        label = _LABELLED[self._style].format(**names)
        heading = self._style.format(**names, title=title)
        return label, heading + self._points(points)

    def _points(self, points: Sequence[float]) -> str:
        count, each, total = len(points), f"{points[0]:g}", f"{sum(points):g}"
        if not self._has_equal_points:
            of_all = (f"（共{total}分）", f"（{total}分）", f"（本题共{count}小题，共{total}分）")
            return of_all[self._points_style] if self._is_chinese else f" ({total} points)"
        chinese = (
            f"（本大题共{count}小题，每小题{each}分，共{total}分）",
            f"：本题共 {count} 小题，每小题 {each} 分，共 {total} 分．",
            f"（每小题{each}分，共{total}分）",
        )
        english = (
            f" ({count} questions, {each} points each, {total} points)",
            f" ({count} × {each} = {total} points)",
            f" ({total} points)",
        )
        return (chinese if self._is_chinese else english)[self._points_style]
