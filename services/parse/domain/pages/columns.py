"""Finds the one, two or three text columns of a page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

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


class _Line(NamedTuple):
    """A line as the search sees it thousands of times: its edges, and what its text begins with."""

    left: float
    right: float
    top: float
    bottom: float
    width: float
    #: The y of the middle, around which a leaning column is made upright.
    level: float
    is_option: bool
    is_first_option: bool
    is_start: bool
    is_numbered: bool

    @classmethod
    def of(cls, line: TextLine) -> Self:
        """What the search needs of ``line``."""
        return cls(
            line.bbox[0],
            right(line.bbox),
            line.bbox[1],
            bottom(line.bbox),
            line.bbox[2],
            centre(line.bbox)[1],
            *(
                pattern.match(line.text) is not None
                for pattern in (_OPTION, _FIRST_OPTION, _START, _NUMBERED)
            ),
        )

    def upright(self, slope: float) -> Self:
        """The line in a column made upright: x moves by ``slope`` for each pixel down."""
        left = self.left - slope * self.level
        return self._replace(left=left, right=left + self.width)


class _Extent:
    """Lines with what no position of a gutter changes: their order downwards, where they end."""

    def __init__(self, lines: Sequence[_Line], em: float) -> None:
        self.lines = lines
        self.left, self.right = min(n.left for n in lines), max(n.right for n in lines)
        self.top, self.bottom = min(n.top for n in lines), max(n.bottom for n in lines)
        # From top to bottom. A gutter may cut half a character off either end.
        self._inner = [
            (line.left + em / 2, line.right - em / 2, line.top, line.bottom)
            for line in sorted(lines, key=lambda line: (line.top, line.bottom))
        ]

    @property
    def height(self) -> float:
        """Pixels from the top of the first line to the end of the last."""
        return self.bottom - self.top

    def free_band(self, x: float) -> tuple[float, float]:
        """The tallest (top, bottom) in which no line crosses ``x``."""
        best = end = edge = self.top
        walls = [(top, low) for left, right, top, low in self._inner if left < x < right]
        for top, low in (*walls, (self.bottom, self.bottom)):
            if top - edge > end - best:
                best, end = edge, top
            edge = max(edge, low)
        return best, end


def _is_column(lines: Sequence[_Line], before: int, em: float) -> bool:
    """Whether the lines right of a gutter are a text column and not the options' second half.

    ``before`` counts the lines left of it.
    """
    if len(lines) < _MIN_LINES:
        return False
    left = sorted([line.left for line in lines])[len(lines) // 10]
    edge = left + 2 * em
    first = [line for line in lines if line.left < edge]
    if not first:
        return False
    options = sum([line.is_option for line in first])
    starts = sum([line.is_start for line in first])
    # The second half of options holds B and D, or C and D, but never A.
    has_all = any(line.is_first_option for line in first)
    if options > 0.45 * len(first) and starts < options and not has_all:
        return False
    if starts >= 2 or min(first, key=lambda line: line.top).is_numbered:
        return True
    width = max([line.right for line in lines]) - left
    long = sum([line.width > 0.55 * width for line in lines])
    # A column of nothing but running text is as full as the one before it.
    is_text = long >= 0.5 * len(lines) and len(lines) >= max(8, 0.5 * before)
    return is_text and options <= 0.15 * len(lines)


def _gutter_width(lines: Sequence[_Line], x: float) -> float:
    before = max([line.right for line in lines if line.right <= x], default=x)
    after = min([line.left for line in lines if line.left >= x], default=x)
    return after - before


def _gutter(lines: Sequence[_Line], em: float) -> tuple[float, float] | None:
    """(score, x) of the best gutter in ``lines``, None when they are one column."""
    if len(lines) < 2 * _MIN_LINES:
        return None
    extent = _Extent(lines, em)
    best: tuple[float, float] | None = None
    x = extent.left + 6 * em
    step = max(em / 2, (extent.right - extent.left) / _MAX_STEPS)
    while x < extent.right - 6 * em:
        score = _score(extent, x, em)
        if score is not None and (best is None or score > best[0] + 1e-9):
            best = (score, x)
        x += step
    return best


def _score(extent: _Extent, x: float, em: float) -> float | None:
    """How well a gutter at ``x`` divides the lines; None when it does not."""
    band = extent.free_band(x)
    if band[1] - band[0] < _MIN_HEIGHT_SHARE * extent.height:
        return None
    top, base, middle = band[0] - em, band[1] + em, (x + em / 2, x - em / 2)
    within = [line for line in extent.lines if top <= line.top and line.bottom <= base]
    before = sum([line.right <= middle[0] for line in within])
    if before < _MIN_LINES:
        return None
    after = [line for line in within if line.left >= middle[1]]
    if not _is_column(after, before, em):
        return None
    return (band[1] - band[0]) / extent.height + min(_gutter_width(within, x) / (10 * em), 0.5)


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


def _walls(lines: Sequence[_Line], x: float, em: float) -> tuple[float, ...]:
    """The gutter at ``x``, and that of the half which has one of its own."""
    halves = (
        [line for line in lines if line.right <= x + em / 2],
        [line for line in lines if line.left >= x - em / 2],
    )
    more = [found[1] for half in halves if (found := _gutter(half, em)) is not None]
    return tuple(sorted([x, *more])) if len(more) == 1 else (x,)


def find_columns(lines: Sequence[TextLine]) -> Columns:
    """The columns of a page, upright or, as on many photos, leaning."""
    if len(lines) < 2 * _MIN_LINES:
        return Columns()
    low, high = min(line.bbox[0] for line in lines), max(right(line.bbox) for line in lines)
    if sum(1 for line in lines if line.bbox[2] > _WIDE * (high - low)) > _MOSTLY * len(lines):
        return Columns()
    em = 0.8 * median((line.bbox[3] for line in lines), 20.0)
    known = [_Line.of(line) for line in lines]
    best: tuple[float, float, float] | None = None
    for slope in _SLOPES:
        found = _gutter([line.upright(slope) for line in known] if slope else known, em)
        score = found[0] - abs(slope) if found else 0.0
        if found and score > (best[0] if best else 0.0):
            best = (score, slope, found[1])
    if best is None:
        return Columns()
    _, slope, x = best
    leaning = [line.upright(slope) for line in known] if slope else known
    walls = _with_short_column(straightened(lines, slope), _walls(leaning, x, em), em)
    return Columns(slope, walls)


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
