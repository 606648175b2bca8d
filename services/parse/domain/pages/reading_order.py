"""Puts the lines of pages into the order in which a person reads them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.parse.domain.pages.columns import find_columns, straightened
from services.parse.domain.pages.masthead import field_rows, shares_row
from services.parse.domain.pages.part_order import chain_length, heads_first_column, part_bands
from services.parse.domain.text.geometry import (
    bottom,
    centre,
    median,
    right,
    x_overlap,
    y_overlap,
)
from services.parse.domain.text.glyphs import Glyph, Passage, glyphs_of, spaced
from shared.contract.reading import PageText, TextLine

#: So many more labels must follow each other by parts: one may do so by chance.
_MIN_GAIN = 3


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that stand side by side, by index, left to right, in one column of a page."""

    column: int
    lines: tuple[int, ...]


def _crosses(line: TextLine, walls: Sequence[float], em: float) -> bool:
    return any(line.bbox[0] < x - 2 * em and right(line.bbox) > x + 2 * em for x in walls)


def _bands(
    lines: Sequence[TextLine], indexes: Sequence[int], walls: Sequence[float]
) -> Iterator[tuple[int, list[int]]]:
    """(column, indexes) in reading order; a line across a gutter ends the columns above it."""
    em = 0.8 * median((lines[i].bbox[3] for i in indexes), 20.0)
    across = [i for i in indexes if _crosses(lines[i], walls, em)]
    fields = field_rows(lines, indexes, across) if walls else []
    crossing = sorted([*across, *fields], key=lambda i: lines[i].bbox[1])
    rest = [i for i in indexes if i not in set(crossing)]
    number = 0
    for wall_line in [*crossing, None]:
        limit = float("inf") if wall_line is None else centre(lines[wall_line].bbox)[1]
        band = [i for i in rest if centre(lines[i].bbox)[1] < limit]
        rest = [i for i in rest if centre(lines[i].bbox)[1] >= limit]
        for column in range(len(walls) + 1):
            members = [
                i for i in band if sum(centre(lines[i].bbox)[0] > wall for wall in walls) == column
            ]
            if members:
                yield number, members
                number += 1
        if wall_line is not None:
            beside = [i for i in rest if shares_row(lines[i], lines[wall_line])]
            rest = [i for i in rest if i not in beside]
            yield number, [wall_line, *beside]
            number += 1


def _fit(line: TextLine, row: Sequence[TextLine]) -> float:
    """How well a line continues a row: 0..1 of the smaller height, 0 when it does not."""
    nearest = min(row, key=lambda other: _distance(line, other))
    if x_overlap(line.bbox, nearest.bbox) > 0.7 * min(line.bbox[2], nearest.bbox[2]):
        # One above the other: the same row only when the pen wrote into the printed line.
        tall = min(line.bbox[3], nearest.bbox[3])
        shared = y_overlap(line.bbox, nearest.bbox)
        return shared / tall if shared > 0.65 * tall else 0.0
    shared = y_overlap(line.bbox, nearest.bbox)
    share = shared / max(min(line.bbox[3], nearest.bbox[3]), 1e-6)
    return share if share > 0.45 else 0.0


def _distance(line: TextLine, other: TextLine) -> float:
    return max(other.bbox[0] - right(line.bbox), line.bbox[0] - right(other.bbox), 0.0)


def rows_of(lines: Sequence[TextLine], indexes: Sequence[int]) -> list[list[int]]:
    """Groups lines of one column into rows, top to bottom, each left to right.

    A line joins the row whose nearest member shares its height, so that a slightly turned or
    curled row stays one row.
    """
    rows: list[list[int]] = []
    #: How far up and down each row reaches: a line beyond that shares no height with it.
    reaches: list[tuple[float, float]] = []
    # Wide lines first: they are the rows; small formula parts and handwriting then find theirs.
    for index in sorted(indexes, key=lambda i: (-lines[i].bbox[2], lines[i].bbox[1], i)):
        top, low = lines[index].bbox[1], bottom(lines[index].bbox)
        fits = [
            (_fit(lines[index], [lines[i] for i in rows[n]]), n)
            for n, (first, last) in enumerate(reaches)
            if first < low and top < last
        ]
        best = max(fits, default=(0.0, -1))
        if best[0] > 0:
            rows[best[1]].append(index)
            first, last = reaches[best[1]]
            reaches[best[1]] = (min(first, top), max(last, low))
        else:
            rows.append([index])
            reaches.append((top, low))
    for row in rows:
        row.sort(key=lambda i: (lines[i].bbox[0], i))
    rows.sort(key=lambda row: (_row_y(lines, row), row))
    return rows


def _row_y(lines: Sequence[TextLine], row: Sequence[int]) -> float:
    total = sum(lines[i].bbox[2] for i in row) or 1.0
    return sum(centre(lines[i].bbox)[1] * lines[i].bbox[2] for i in row) / total


def reading_order(lines: Sequence[TextLine], drop: Collection[int] = ()) -> tuple[Row, ...]:
    """All lines but the dropped ones, as rows in reading order."""
    dropped = set(drop)
    indexes = [i for i in range(len(lines)) if i not in dropped]
    columns = find_columns([lines[i] for i in indexes])
    upright = straightened(lines, columns.slope)
    rows = _rows(lines, _bands(upright, indexes, columns.walls))
    others = [
        _rows(lines, enumerate(part_bands(lines, indexes))),
        _rows(lines, _bands(lines, indexes, ())),
    ]
    best = max(others, key=lambda other: _chain(lines, other))
    least = 0 if heads_first_column(upright, indexes, columns.walls) else _MIN_GAIN
    return best if _chain(lines, best) - _chain(lines, rows) >= least else rows


def _rows(lines: Sequence[TextLine], bands: Iterable[tuple[int, list[int]]]) -> tuple[Row, ...]:
    return tuple(
        Row(column, tuple(row)) for column, members in bands for row in rows_of(lines, members)
    )


def _chain(lines: Sequence[TextLine], rows: Sequence[Row]) -> int:
    return chain_length(lines, (row.lines for row in rows))


def _merge(row: Row, page: PageText) -> list[Glyph]:
    """The glyphs of a row; a segment written over a printed one goes where its middle falls."""
    merged: list[Glyph] = []
    for index in row.lines:
        line = page.lines[index]
        glyphs = list(glyphs_of(line, page.page, row.column, index))
        covered = max((right(glyph.bbox) for glyph in merged), default=line.bbox[0])
        if covered - line.bbox[0] <= 0.5 * line.bbox[2]:
            merged += glyphs
            continue
        x, _ = centre(line.bbox)
        at = next((n for n, glyph in enumerate(merged) if centre(glyph.bbox)[0] > x), len(merged))
        merged[at:at] = glyphs
    return merged


def passage_of_page(page: PageText, drop: Collection[int] = ()) -> Passage:
    """The text of one page in reading order, a line feed after each row."""
    glyphs: list[Glyph] = []
    for row in reading_order(page.lines, drop):
        em = 0.8 * median((page.lines[i].bbox[3] for i in row.lines), 20.0)
        written = list(spaced(_merge(row, page), em))
        if not written:
            continue
        last = written[-1]
        feed = (right(last.bbox), last.bbox[1], 0.0, bottom(last.bbox) - last.bbox[1])
        glyphs += [*written, Glyph("\n", feed, 1.0, page.page, row.column)]
    return Passage(tuple(glyphs))
