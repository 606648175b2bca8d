"""Finds what stands above the columns of a drill: 第48片, 第49片, 第50片."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.parse.domain.headings.points import PrintedPoints
from services.parse.domain.headings.sections import Heading, Rank
from services.parse.domain.questions.sums import Sum, by_column
from services.parse.domain.text.geometry import bottom, median, union, x_overlap
from services.parse.domain.text.glyphs import GAP, Passage
from shared.contract.model import BBox

#: 第 is often drawn in a frame or an ornament and is then read as another character, or not at all.
_HEAD = re.compile(r"[^\d=+×÷<>]{0,4}?(?P<number>\d{1,3})[^\d=+×÷<>]{0,4}")
_CLEAR_HEAD = re.compile(r"第\s*(?P<number>\d{1,3})\s*\S?\s*")
#: A column of so many sums has a head of its own.
_MIN_COLUMN = 4
#: How far above its column a head stands, in heights of the sums.
_REACH = 6.0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a row that may be a head."""

    start: int
    stop: int
    page: int
    box: BBox
    text: str


@dataclass(frozen=True, slots=True)
class Heads:
    """Headings in reading order, and the position, from 1, of each sum's one by its start.

    A sum belongs to the head of its column, in whatever order rows and columns are read.
    """

    headings: tuple[Heading, ...]
    section_of: Mapping[int, int]

    def section(self, start: int) -> int:
        """The section of what starts at an index: 0 before the first heading."""
        passed = sum(1 for heading in self.headings if heading.start <= start)
        return self.section_of.get(start, passed)


def column_heads(passage: Passage, sums: Sequence[Sum], headings: Sequence[Heading]) -> Heads:
    """``headings`` and, where a drill has none, the heads of its columns.

    Heads count on from column to column, so one that was not read is told by the others.
    """
    columns = [column for column in by_column(sums) if len(column) >= _MIN_COLUMN]
    if not columns or any(h.start < max(c[0].start for c in columns) for h in headings):
        return Heads(tuple(headings), {})
    pieces = [piece for row in passage.rows(0, len(passage.text)) for piece in _cut(passage, *row)]
    heads = [_head_of(column, pieces) for column in columns]
    numbers = _numbers(heads)
    if numbers is None:
        return Heads(tuple(headings), {})
    found = []
    for column, head, number in zip(columns, heads, numbers, strict=True):
        first = min(item.start for item in column)
        start, stop = (head.start, head.stop) if head and head.start < first else (first, first)
        title = head.text.strip() if head else ""
        found.append(Heading(start, stop, Rank.SECTION, f"第{number}", title, PrintedPoints()))
    ordered = sorted([*headings, *found], key=lambda heading: heading.start)
    return Heads(
        tuple(ordered),
        {
            item.start: ordered.index(heading) + 1
            for column, heading in zip(columns, found, strict=True)
            for item in column
        },
    )


def _cut(passage: Passage, start: int, stop: int) -> list[_Piece]:
    """The pieces of a row between its gaps."""
    pieces = []
    for match in re.finditer(f"[^{GAP}]+", passage.text[start:stop]):
        first, last = start + match.start(), start + match.end()
        inked = passage.inked(first, last)
        if inked:
            box = union([glyph.bbox for glyph in inked])
            pieces.append(_Piece(first, last, inked[0].page, box, match.group()))
    return pieces


def _head_of(column: Sequence[Sum], pieces: Sequence[_Piece]) -> _Piece | None:
    """The nearest piece above a column with a number in it, else the nearest short one."""
    height = median((item.box[3] for item in column), 20.0)
    top = column[0].box
    box = union([item.box for item in column])
    above = [
        piece
        for piece in pieces
        if piece.page == column[0].page
        and x_overlap(piece.box, box) > 0.5 * piece.box[2]
        and bottom(piece.box) <= top[1] + 0.5 * height
        and top[1] - bottom(piece.box) <= _REACH * height
    ]
    above.sort(key=lambda piece: -piece.box[1])
    numbered = [piece for piece in above if _HEAD.fullmatch(piece.text.strip())]
    return next(iter([*numbered, *above]), None)


def _numbers(heads: Sequence[_Piece | None]) -> list[int] | None:
    """The heads' numbers, counted on from those that were read; None where they do not agree."""
    read = {
        position: int(match["number"])
        for position, head in enumerate(heads)
        if head is not None and (match := _HEAD.fullmatch(head.text.strip()))
    }
    offsets = [number - position for position, number in read.items()]
    if not offsets:
        return None
    best = max(set(offsets), key=offsets.count)
    is_clear = offsets.count(best) > 1 or any(
        head is not None and _CLEAR_HEAD.fullmatch(head.text.strip()) for head in heads
    )
    # One number above two columns says nothing unless something stands above the other, too.
    if not is_clear and (len(heads) == 1 or None in heads):
        return None
    return [best + position for position in range(len(heads))]
