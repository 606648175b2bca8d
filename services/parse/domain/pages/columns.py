"""Finds the one, two or three text columns of a page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.parse.domain.text.geometry import bottom, centre, median, right
from shared.contract.reading import TextLine

_OPTION = re.compile(r"^\s*[（(\[]?[B-Hb-h][)）\].．、,，:：]")
_NUMBERED = re.compile(r"^\s*(?:[（(]?\s*\d{1,3}\s*[.．、)）]|[一二三四五六七八九十]+、|Q\d)")
_FIRST_OPTION = re.compile(r"^\s*[（(\[]?[Aa][)）\].．、,，:：]")
_START = re.compile(
    r"^\s*(?:[（(]?\s*\d{1,3}\s*[.．、)）]|[一二三四五六七八九十]+、|[（(]?A[)）.．、]|[①-⑳㉑-㉟㊱-㊿第]|Q\d|Part|Section"
    r"|[（(]\s*\w?\s*[)）]\s*[（(]?\d)"
)
#: A gutter must divide at least this share of the text's height.
_MIN_HEIGHT_SHARE = 0.4
_MIN_LINES = 5
_MAX_STEPS = 120
#: Pages have at most three columns; how far, in heights of a character, the left edge of the last
#: may be from where equal widths put it.
_EDGE_SLACK = 2.5
_MAX_WALLS = 2
#: Pages where more of the lines are this wide have one column.
_WIDE, _MOSTLY = 0.65, 0.4
#: Columns lean when a page was photographed from aside; the level of its rows does not tell.
_SLOPES = (0.0, *(sign * step / 100 for step in range(1, 7) for sign in (1, -1)))


@dataclass(frozen=True, slots=True)
class Columns:
    """Gaps between columns: their x at the page's top, and how far they lean to the right."""

    slope: float = 0.0
    walls: tuple[float, ...] = ()


def _free_band(lines: Sequence[TextLine], x: float, em: float) -> tuple[float, float]:
    """The tallest (top, bottom) in which no line crosses ``x``."""
    walls = sorted(
        (line.bbox[1], bottom(line.bbox))
        for line in lines
        if line.bbox[0] + em / 2 < x < right(line.bbox) - em / 2
    )
    edge = min(line.bbox[1] for line in lines)
    best = (edge, edge)
    for top, low in [*walls, (max(bottom(line.bbox) for line in lines),) * 2]:
        if top - edge > best[1] - best[0]:
            best = (edge, top)
        edge = max(edge, low)
    return best


def _is_column(lines: Sequence[TextLine], before: int, em: float) -> bool:
    """Whether the lines right of a gutter are a text column and not the options' second half.

    ``before`` counts the lines left of it.
    """
    if len(lines) < _MIN_LINES:
        return False
    left = sorted(line.bbox[0] for line in lines)[len(lines) // 10]
    first = [line for line in lines if line.bbox[0] < left + 2 * em]
    if not first:
        return False
    options = sum(1 for line in first if _OPTION.match(line.text))
    starts = sum(1 for line in first if _START.match(line.text))
    width = max(right(line.bbox) for line in lines) - left
    long = sum(1 for line in lines if line.bbox[2] > 0.55 * width)
    # The second half of options holds B and D, or C and D, but never A.
    has_all = any(_FIRST_OPTION.match(line.text) for line in first)
    if options > 0.45 * len(first) and starts < options and not has_all:
        return False
    # A column of nothing but running text is as full as the one before it.
    is_text = long >= 0.5 * len(lines) and len(lines) >= max(8, 0.5 * before)
    top = min(first, key=lambda line: line.bbox[1])
    begins = _NUMBERED.match(top.text) is not None
    return starts >= 2 or begins or (is_text and options <= 0.15 * len(lines))


def _gutter_width(lines: Sequence[TextLine], x: float) -> float:
    before = max((right(line.bbox) for line in lines if right(line.bbox) <= x), default=x)
    after = min((line.bbox[0] for line in lines if line.bbox[0] >= x), default=x)
    return after - before


def _gutter(lines: Sequence[TextLine], em: float) -> tuple[float, float] | None:
    """(score, x) of the best gutter in ``lines``, None when they are one column."""
    if len(lines) < 2 * _MIN_LINES:
        return None
    low, high = min(line.bbox[0] for line in lines), max(right(line.bbox) for line in lines)
    top, base = min(line.bbox[1] for line in lines), max(bottom(line.bbox) for line in lines)
    best: tuple[float, float] | None = None
    x = low + 6 * em
    while x < high - 6 * em:
        band = _free_band(lines, x, em)
        if band[1] - band[0] >= _MIN_HEIGHT_SHARE * (base - top):
            within = [
                line
                for line in lines
                if band[0] - em <= line.bbox[1] and bottom(line.bbox) <= band[1] + em
            ]
            before = [line for line in within if right(line.bbox) <= x + em / 2]
            after = [line for line in within if line.bbox[0] >= x - em / 2]
            if len(before) >= _MIN_LINES and _is_column(after, len(before), em):
                score = (band[1] - band[0]) / (base - top) + min(
                    _gutter_width(within, x) / (10 * em), 0.5
                )
                if best is None or score > best[0] + 1e-9:
                    best = (score, x)
        x += max(em / 2, (high - low) / _MAX_STEPS)
    return best


def straightened(lines: Sequence[TextLine], slope: float) -> list[TextLine]:
    """The lines with their columns made upright: x moves by ``slope`` for each pixel down."""
    if slope == 0:
        return list(lines)
    return [
        line.model_copy(
            update={"bbox": (line.bbox[0] - slope * centre(line.bbox)[1], *line.bbox[1:])}
        )
        for line in lines
    ]


def _gutters(lines: Sequence[TextLine], em: float) -> tuple[float, tuple[float, ...]]:
    """(score, x of the gutters) of columns that stand upright."""
    first = _gutter(lines, em)
    if first is None:
        return 0.0, ()
    score, x = first
    halves = (
        [line for line in lines if right(line.bbox) <= x + em / 2],
        [line for line in lines if line.bbox[0] >= x - em / 2],
    )
    more = [found[1] for half in halves if (found := _gutter(half, em)) is not None]
    return score, tuple(sorted([x, *more])) if len(more) == 1 else (x,)


def find_columns(lines: Sequence[TextLine]) -> Columns:
    """The columns of a page, upright or, as on many photos, leaning."""
    if len(lines) < 2 * _MIN_LINES:
        return Columns()
    low, high = min(line.bbox[0] for line in lines), max(right(line.bbox) for line in lines)
    if sum(1 for line in lines if line.bbox[2] > _WIDE * (high - low)) > _MOSTLY * len(lines):
        return Columns()
    em = 0.8 * median((line.bbox[3] for line in lines), 20.0)
    best, columns = 0.0, Columns()
    for slope in _SLOPES:
        score, walls = _gutters(straightened(lines, slope), em)
        score -= abs(slope)
        if walls and score > best:
            best, columns = score, Columns(slope, walls)
    if not columns.walls:
        return columns
    walls = _with_short_column(straightened(lines, columns.slope), columns.walls, em)
    return Columns(columns.slope, walls)


def _with_short_column(
    lines: Sequence[TextLine], walls: tuple[float, ...], em: float
) -> tuple[float, ...]:
    """``walls`` and one more where a last column holds few lines: columns are equally wide."""
    if len(walls) >= _MAX_WALLS:
        return walls
    after = sorted(line.bbox[0] for line in lines if line.bbox[0] >= walls[-1] - em / 2)
    first = min(line.bbox[0] for line in lines)
    if not after:
        return walls
    edge = after[len(after) // 10]
    begin = edge + (edge - first) / len(walls)
    near = _EDGE_SLACK * em
    last = [line for line in lines if line.bbox[0] >= begin - near]
    heads = [line for line in last if line.bbox[0] <= begin + near and _START.match(line.text)]
    if not heads:
        return walls
    wall = min(line.bbox[0] for line in last) - em / 2
    if any(line.bbox[0] < wall - em and right(line.bbox) > wall for line in lines):
        return walls
    return (*walls, wall)
