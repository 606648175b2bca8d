"""Reads score tables: 题号 一 二 三 总分 / 得分, the points that a teacher or a printer set."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.parse.domain.pages.tables import NUMBER_LABEL, Cell, Grid
from services.parse.domain.text.geometry import is_inside
from shared.contract.notation.labels import plain_label
from shared.contract.notation.numerals import from_chinese, from_roman, to_chinese, to_roman
from shared.contract.reading import MarkKind, PageText

_TOTAL = re.compile(r"^\s*(?:总\s*分|合\s*计|总\s*计|总\s*成\s*绩|Total|Sum)", re.IGNORECASE)
_SCORE = re.compile(
    r"^\s*(?:得\s*分|实\s*得|成\s*绩|评\s*分|Scores?|Marks? (?:earned|awarded))", re.IGNORECASE
)
_FULL = re.compile(r"^\s*(?:满\s*分|分\s*值|总\s*分\s*值|Full|Max|Points|Marks)", re.IGNORECASE)
_VALUE = re.compile(r"(\d{1,3}(?:\.\d)?)")


@dataclass(frozen=True, slots=True)
class WrittenScore:
    """A number of points that a pen wrote, and how surely it was read."""

    points: float
    confidence: float


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Written and printed points by plain section label; the total under the label ``total``."""

    written: dict[str, WrittenScore]
    full: dict[str, float]


TOTAL = "total"


def _label(text: str) -> str | None:
    if _TOTAL.match(text):
        return TOTAL
    label = plain_label(text)
    if from_chinese(label) is not None or from_roman(label) is not None:
        return label
    return label if re.fullmatch(r"[A-H]", label) else None


def _is_header(texts: Sequence[str]) -> bool:
    labels = [_label(text) for text in texts]
    has_frame = bool(texts) and NUMBER_LABEL.match(texts[0]) is not None and TOTAL in labels
    return has_frame or sum(bool(label) for label in labels) >= 2


def _by_position(texts: Sequence[str]) -> list[str | None]:
    """The labels of a header; between 题号 and 总分 the position decides: 一 is easily misread."""
    labels = [_label(text) for text in texts]
    if NUMBER_LABEL.match(texts[0]) is None or TOTAL not in labels:
        return labels
    stop = labels.index(TOTAL)
    read = [label for label in labels[1:stop] if label]
    write = next((w for w in (_letter, to_roman) if w(1) in read or w(2) in read), to_chinese)
    return [None, *(write(n) for n in range(1, stop)), *labels[stop:]]


def _letter(number: int) -> str:
    return chr(ord("A") + number - 1)


def _value(text: str) -> float | None:
    match = _VALUE.search(text)
    return float(match[1]) if match else None


def _read(grid: Grid, page: PageText) -> ScoreTable | None:
    header = next((row for row in grid.rows if _is_header([cell.text for cell in row])), None)
    if header is None:
        return None
    labels = _by_position([cell.text for cell in header])
    names = {label for label in labels if label}
    if TOTAL not in names and not any(_SCORE.match(row[0].text) for row in grid.rows if row):
        return None
    written: dict[str, WrittenScore] = {}
    full: dict[str, float] = {}
    for row in grid.rows:
        if row is header or len(row) != len(header):
            continue
        is_full = _FULL.match(row[0].text) is not None
        for label, cell in zip(labels, row, strict=True):
            found = _points_in(cell, page)
            if label and found is not None and is_full:
                full[label] = found.points
            elif label and found is not None:
                written[label] = found
    return ScoreTable(written, full)


def _points_in(cell: Cell, page: PageText) -> WrittenScore | None:
    """The number in a cell; a pen's mark there counts more than the text."""
    found = [(cell.text, cell.confidence)]
    found += [
        (mark.text, mark.confidence)
        for mark in page.marks
        if mark.kind is MarkKind.SCORE and is_inside(mark.bbox, cell.bbox)
    ]
    for text, confidence in reversed(found):
        value = _value(text)
        if value is not None:
            return WrittenScore(value, confidence)
    return None


def read_score_table(grid: Grid, page: PageText) -> ScoreTable | None:
    """The points in a grid, whichever way it runs; None when it is no score table."""
    found = _read(grid, page)
    if found is None and len({len(row) for row in grid.rows}) == 1:
        found = _read(grid.turned(), page)
    return found
