"""Finds the one, two or three text columns of a page."""

import re
from collections.abc import Sequence

from services.parse.domain.geometry import bottom, median, right
from shared.contract.reading import TextLine

_OPTION = re.compile(r"^\s*[（(\[]?[B-Hb-h][)）\].．、,，:：]")
_START = re.compile(
    r"^\s*(?:[（(]?\s*\d{1,3}\s*[.．、)）]|[一二三四五六七八九十]+、|[（(]?A[)）.．、]|[①-⑳第]|Q\d|Part|Section"
    r"|[（(]\s*\w?\s*[)）]\s*[（(]?\d)"
)
#: A gutter must divide at least this share of the text's height.
_MIN_HEIGHT_SHARE = 0.4
_MIN_LINES = 5


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
    first = [line for line in lines if line.bbox[0] < left + 1.5 * em]
    if not first:
        return False
    options = sum(1 for line in first if _OPTION.match(line.text))
    starts = sum(1 for line in first if _START.match(line.text))
    width = max(right(line.bbox) for line in lines) - left
    long = sum(1 for line in lines if line.bbox[2] > 0.55 * width)
    if options > 0.45 * len(first) and starts < options:
        return False
    # A column of nothing but running text is as full as the one before it.
    is_text = long >= 0.5 * len(lines) and len(lines) >= max(8, 0.5 * before)
    return starts >= 2 or (is_text and options <= 0.15 * len(lines))


def _gutter_width(lines: Sequence[TextLine], x: float) -> float:
    before = max((right(line.bbox) for line in lines if right(line.bbox) <= x), default=x)
    after = min((line.bbox[0] for line in lines if line.bbox[0] >= x), default=x)
    return after - before


def _gutter(lines: Sequence[TextLine], em: float) -> float | None:
    """The x of the best gutter in ``lines``, None when they are one column."""
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
        x += em / 2
    return best[1] if best else None


def gutters(lines: Sequence[TextLine]) -> tuple[float, ...]:
    """The x of the gaps between columns, from left to right; at most two."""
    if len(lines) < 2 * _MIN_LINES:
        return ()
    em = 0.8 * median((line.bbox[3] for line in lines), 20.0)
    first = _gutter(lines, em)
    if first is None:
        return ()
    halves = (
        [line for line in lines if right(line.bbox) <= first + em / 2],
        [line for line in lines if line.bbox[0] >= first - em / 2],
    )
    more = [x for half in halves if (x := _gutter(half, em)) is not None]
    return tuple(sorted([first, *more]))[:2] if len(more) == 1 else (first,)
