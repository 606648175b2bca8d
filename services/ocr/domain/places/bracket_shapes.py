"""Finds printed brackets by their shape: line recognisers drop them or misjudge where they are."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import Pieces
from services.ocr.domain.ink.raster import Floats, Grey, Mask

#: Height of a bracket in units of the height of a Chinese character, and its slimness.
MIN_HEIGHT_EM, MAX_HEIGHT_EM = 0.56, 1.75
MAX_WIDTH_SHARE = 0.5
#: How far a round bracket bulges, as a share of its height; straighter strokes are l, 1 and rules.
MIN_BULGE, MAX_BULGE = 0.055, 0.42
#: How far a stroke may miss its parabola, and lean, as shares of its height.
MAX_MISS, MAX_LEAN = 0.05, 0.34
#: Two brackets of a pair are about equally high and stand on one line.
MAX_GROWTH, MAX_RISE = 0.2, 0.3
#: By how much the pair with a farther closing bracket has to be better.
CLEARLY = 0.1


@dataclass(frozen=True, slots=True)
class Bracket:
    """A bracket glyph: its box (x, y, width, height) in page pixels, and whether it opens.

    ``strokes`` are its pixels (255) in that box; ``bulge`` is 0 for square brackets.
    """

    box: tuple[int, int, int, int]
    is_opening: bool
    bulge: float
    strokes: Mask

    @property
    def inner_edge(self) -> int:
        """The x where the room inside begins or ends, beyond the tips of the bracket."""
        return self.box[0] + (self.box[2] if self.is_opening else 0)

    @property
    def middle(self) -> float:
        """The y of the bracket's middle."""
        return self.box[1] + self.box[3] / 2


@dataclass(frozen=True, slots=True)
class BracketPair:
    """An opening and the closing bracket that belongs to it."""

    opening: Bracket
    closing: Bracket

    @property
    def inside(self) -> tuple[int, int, int, int]:
        """The room between the two: x, y, width, height."""
        left, right = self.opening.inner_edge, self.closing.inner_edge
        top = min(self.opening.box[1], self.closing.box[1])
        bottom = max(b.box[1] + b.box[3] for b in (self.opening, self.closing))
        return left, top, right - left, bottom - top


def find_brackets(pieces: Pieces, darkness: Grey, em_px: float) -> list[Bracket]:
    """Round and square brackets among ``pieces`` of black ink.

    ``em_px`` is the height of a Chinese character of the page's text, in pixels.
    """
    labels, stats = pieces.labels, pieces.stats
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    is_slim = (
        (height >= MIN_HEIGHT_EM * em_px)
        & (height <= MAX_HEIGHT_EM * em_px)
        & (width <= np.maximum(MAX_WIDTH_SHARE * height, 3))
        & (stats[:, cv2.CC_STAT_AREA] <= 0.75 * width * height)
    )
    is_slim[0] = False
    found = []
    for label in np.flatnonzero(is_slim):
        x, y, w, h = (int(v) for v in stats[label, :4])
        window = (slice(y, y + h), slice(x, x + w))
        own = np.where(labels[window] == label, darkness[window], 0)
        bracket = as_bracket(own, (x, y))
        if bracket is not None:
            found.append(bracket)
    return found


def as_bracket(strokes: Grey, corner: tuple[int, int]) -> Bracket | None:
    """The bracket that ``strokes`` (0 off the ink) draws with its box at ``corner``, or None."""
    height, width = strokes.shape
    weights = strokes.astype(np.float32)
    rows = weights.sum(axis=1)
    used = rows > 0
    if height < 8 or np.count_nonzero(used) < 0.9 * height:
        return None
    box = (corner[0], corner[1], width, height)
    columns = np.arange(width, dtype=np.float32)
    centres = (weights * columns).sum(axis=1)[used] / rows[used]
    extents = _row_extents(strokes)[used]
    thickness = float(np.median(extents))
    square = _square_side(strokes, thickness)
    if square is not None:
        return Bracket(box, square, 0.0, _mask(strokes))
    # The tips of a stroke are pale and short: their middle says little.
    t = np.flatnonzero(used) / (height - 1) * 2 - 1
    curve = np.polyfit(t, centres, 2)
    bow, lean = float(curve[0]), float(curve[1])
    missed = centres - np.polyval(curve, t)
    bulge = abs(bow) / height
    is_thin = thickness <= max(0.24 * height, 3.0) and extents.max() <= max(0.36 * height, 4.0)
    is_round = MIN_BULGE <= bulge <= MAX_BULGE and abs(bow) >= 0.8
    is_smooth = float(np.sqrt(np.mean(missed**2))) <= max(MAX_MISS * height, 0.5)
    # The vertex lies near the middle: a J or a comma bends at one end only.
    vertex = abs(-lean / (2 * bow)) if bow else 9.0
    if is_thin and is_round and is_smooth and abs(lean) / height <= MAX_LEAN and vertex <= 0.75:
        return Bracket(box, bool(bow > 0), float(bulge), _mask(strokes))
    return None


def _mask(strokes: Grey) -> Mask:
    return np.where(strokes > 0, np.uint8(255), np.uint8(0))


def _row_extents(strokes: Grey) -> Floats:
    """Per row, from the first to the last ink."""
    is_ink = strokes > 0
    first = is_ink.argmax(axis=1)
    last = strokes.shape[1] - is_ink[:, ::-1].argmax(axis=1)
    extents: Floats = np.where(is_ink.any(axis=1), last - first, 0)
    return extents


def _square_side(strokes: Grey, thickness: float) -> bool | None:
    """True for [, False for ], None for anything else."""
    height, width = strokes.shape
    is_ink = strokes > 0
    arm = max(1, round(0.12 * height))
    middle = is_ink[arm : height - arm]
    if width < 0.14 * height or width < 1.7 * thickness or len(middle) < 4:
        return None
    spans = _row_extents(strokes)
    has_arms = spans[:arm].max() >= 0.85 * width and spans[-arm:].max() >= 0.85 * width
    if not has_arms or float(np.quantile(spans[arm : height - arm], 0.9)) > 1.5 * thickness:
        return None
    stem = middle.mean(axis=0)
    near = max(1, round(thickness))
    if stem[:near].max() > 0.95 and stem[near + 1 :].max(initial=0.0) < 0.2:
        return True
    if stem[-near:].max() > 0.95 and stem[: -near - 1].max(initial=0.0) < 0.2:
        return False
    return None


def pair_brackets(
    brackets: Iterable[Bracket], em_px: float, max_inner_em: float
) -> list[BracketPair]:
    """Each closing bracket with the opening one before it that mirrors it best.

    Of equally good ones it is the nearest: 错 and C have strokes like brackets, too. So has D: of
    two closing brackets behind one opening one, the clearly better one counts.
    """
    ordered = sorted(brackets, key=lambda b: b.box[0])
    opening = [b for b in ordered if b.is_opening]
    closing = [b for b in ordered if not b.is_opening]

    def cost(one: Bracket, other: Bracket) -> float:
        return unlikeness(one, other) + 0.02 * (other.inner_edge - one.inner_edge) / em_px

    def reach(one: Bracket, other: Bracket) -> bool:
        return 0 < other.inner_edge - one.inner_edge <= max_inner_em * em_px

    chosen: dict[int, int] = {}
    for m, second in enumerate(closing):
        fitting = [
            (cost(first, second), n)
            for n, first in enumerate(opening)
            if n not in chosen and reach(first, second)
        ]
        if fitting and min(fitting)[0] < 1.0:
            chosen[min(fitting)[1]] = m
    free = set(range(len(closing))) - set(chosen.values())
    for n, m in list(chosen.items()):
        limit = _next_opening(opening, closing[m])
        behind = [
            (cost(opening[n], closing[other]), other)
            for other in free
            if reach(opening[n], closing[other])
            and closing[m].box[0] < closing[other].box[0] < limit
        ]
        if behind and min(behind)[0] < cost(opening[n], closing[m]) - CLEARLY:
            chosen[n] = min(behind)[1]
            free.remove(chosen[n])
    return [BracketPair(opening[n], closing[m]) for n, m in chosen.items()]


def _next_opening(opening: Iterable[Bracket], closing: Bracket) -> float:
    """The x of the first opening bracket behind ``closing`` on its line."""
    tall = closing.box[3]
    return min(
        (
            float(b.box[0])
            for b in opening
            if b.box[0] > closing.box[0] and abs(b.middle - closing.middle) < tall
        ),
        default=float("inf"),
    )


def unlikeness(opening: Bracket, closing: Bracket) -> float:
    """How far two brackets are from being a pair: 0 for mirror images, 1 and more for none."""
    if (opening.bulge == 0.0) != (closing.bulge == 0.0):
        return 2.0
    low, high = sorted((opening, closing), key=lambda b: b.box[3])
    rise = abs(opening.middle - closing.middle) / high.box[3]
    growth = max(0, high.box[3] - low.box[3] - 2) / high.box[3]
    if rise <= MAX_RISE and growth <= MAX_GROWTH:
        return rise + growth + 2 * abs(opening.bulge - closing.bulge)
    above = high.box[1] - low.box[1]
    below = low.box[1] + low.box[3] - high.box[1] - high.box[3]
    # A pen that crosses a bracket leaves a part of it, within the height of its partner.
    is_part = above <= 3 and below <= 3 and low.box[3] >= 0.5 * high.box[3]
    return 0.8 if is_part else 2.0
