"""Writes sums that stand in a stack, number under number above a rule, as rows: 758+74=832."""

import re
from collections.abc import Iterator, Sequence

from services.parse.domain.text.geometry import (
    bottom,
    median,
    right,
    union,
    x_overlap,
    y_overlap,
)
from shared.contract.model import BBox
from shared.contract.reading import PageText, TextChar, TextLine

_Rows = tuple[int, list[int], int | None]

_LABEL = r"(?:(?:Q\s*)?\d{1,2}\s*[.．、)）]\s*)?"
_TOP = re.compile(rf"\s*{_LABEL}\d[\d.]*\s*")
#: A frame around the sign may be seen before it.
_LOWER = re.compile(r"[○〇◯|\s]{0,2}(?P<sign>[+＋\-−–—×xX÷])?\s*(?P<number>\d[\d. ]*)\s*")
_SUM = re.compile(r"[^+\-]?\s*\d[\d .oOlI,]*")
#: Stands where the sign was not read.
_UNREAD_SIGN = "±"
#: So many stacks are a drill; a page of working rarely holds as many.
_MIN_STACKS = 4
#: Rows of a stack stand this close, the result below its rule a little less, in heights of a row;
#: its numbers end at one x within one height (drawn drills: within .4).
_NEXT, _BELOW_RULE, _EDGE = 0.8, 1.5, 1.0


def with_rows(page: PageText) -> PageText:
    """The page with one line for each stack; the page itself where it holds too few of them."""
    found = list(_stacks(page.lines))
    signed = [page.lines[top].bbox for top, lower, _ in found if _has_sign(page.lines, lower)]
    stacks = [
        (top, lower, result)
        for top, lower, result in found
        if any(_is_level(page.lines[top].bbox, other) for other in signed)
    ]
    if len(stacks) < _MIN_STACKS:
        return page
    taken = {index for top, lower, result in stacks for index in (top, *lower, result)}
    rows = [_as_row(page.lines, stack) for stack in stacks]
    lines = [line for index, line in enumerate(page.lines) if index not in taken]
    return page.model_copy(update={"lines": (*lines, *rows)})


def _stacks(lines: Sequence[TextLine]) -> Iterator[_Rows]:
    """(top, pieces of the lower number, result) of each stack by index; None for no result."""
    height = median((line.bbox[3] for line in lines), 20.0)
    taken: set[int] = set()
    for top in sorted(range(len(lines)), key=lambda index: lines[index].bbox[1]):
        if top in taken or not _TOP.fullmatch(lines[top].text):
            continue
        near = _below(lines, top, _NEXT * height, taken)
        if near is None:
            continue
        lower = _pieces(lines, near, lines[top].bbox, height)
        if not _LOWER.fullmatch(_text(lines, lower)):
            continue
        if abs(right(lines[top].bbox) - right(lines[lower[-1]].bbox)) > _EDGE * height:
            continue
        result = _below(lines, lower[-1], _BELOW_RULE * height, {*taken, *lower})
        if result is not None and not _SUM.fullmatch(lines[result].text):
            result = None
        taken |= {top, *lower} if result is None else {top, *lower, result}
        yield top, lower, result


def _below(lines: Sequence[TextLine], index: int, reach: float, taken: set[int]) -> int | None:
    """The nearest line that stands under another, no further than ``reach`` pixels."""
    box = lines[index].bbox
    under = [
        other
        for other, line in enumerate(lines)
        if other not in taken
        and line.bbox[1] > box[1] + 0.5 * box[3]
        and line.bbox[1] - bottom(box) <= reach
        and x_overlap(line.bbox, box) > 0.5 * min(line.bbox[2], box[2])
    ]
    return min(under, key=lambda other: lines[other].bbox[1], default=None)


def _pieces(lines: Sequence[TextLine], near: int, top: BBox, height: float) -> list[int]:
    """The pieces of the row of ``near`` under a number, left to right: a sign may stand apart."""
    box = lines[near].bbox
    found = [
        index
        for index, line in enumerate(lines)
        if _is_level(line.bbox, box)
        and line.bbox[0] >= top[0] - 2 * height
        and right(line.bbox) <= right(top) + _EDGE * height
    ]
    return sorted(found, key=lambda index: lines[index].bbox[0])


def _has_sign(lines: Sequence[TextLine], lower: Sequence[int]) -> bool:
    found = _LOWER.fullmatch(_text(lines, lower))
    return found is not None and found["sign"] is not None


def _is_level(one: BBox, other: BBox) -> bool:
    """Whether two numbers stand side by side, as the stacks of a drill do."""
    return y_overlap(one, other) > 0.5 * min(one[3], other[3])


def _text(lines: Sequence[TextLine], indexes: Sequence[int]) -> str:
    return "".join(lines[index].text for index in indexes)


def _as_row(lines: Sequence[TextLine], stack: _Rows) -> TextLine:
    """One line of all characters of a stack; its equals sign stands where the rule is.

    It takes its place in the reading order from the uppermost number, beside which a label stands.
    """
    top, lower, result = stack
    mine = [lines[index] for index in (top, *lower, *(() if result is None else (result,)))]
    area = union([lines[index].bbox for index in lower])
    end = bottom(area)
    space = lines[result].bbox[1] - end if result is not None else 1.0
    at = _LOWER.fullmatch(_text(lines, lower))
    below = [part for index in lower for part in _parts(lines[index])]
    if at is not None and at["sign"] is None:
        below = [TextChar(text=_UNREAD_SIGN, bbox=area, confidence=0.0), *below]
    rule = TextChar(text="=", bbox=(area[0], end, area[2], max(space, 1.0)), confidence=1.0)
    parts = [*_parts(lines[top]), *below, rule]
    parts += [] if result is None else _parts(lines[result])
    whole = union([line.bbox for line in mine])
    return TextLine(
        text="".join(part.text for part in parts),
        bbox=(whole[0], lines[top].bbox[1], whole[2], lines[top].bbox[3]),
        confidence=min(line.confidence for line in mine),
        chars=tuple(parts),
    )


def _parts(line: TextLine) -> list[TextChar]:
    """The characters of a line without white space; a frame seen before a sign is none."""
    text = "".join(line.text.split())
    known = [part for part in line.chars if part.text.strip()]
    parts = (
        known
        if "".join(part.text for part in known) == text
        else [TextChar(text=text, bbox=line.bbox, confidence=line.confidence)]
    )
    return [part for part in parts if part.text not in "○〇◯|"]
