"""Teachers' ticks that run over several lines of writing.

A thin red stroke of three to ten lines' height is cut into pieces where it crosses black strokes:
there it is too dark to be red. The pieces are put together again by where they point, and the
whole is a tick when it runs down a little, or not at all, and then far up to the right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import PageInk, pieces_of
from services.ocr.domain.ink.raster import Floats, Mask, PixelBox

#: All lengths are in text heights. Pieces of a stroke, and the gap that print leaves between two.
MIN_PIECE, MAX_GAP = 0.2, 1.1
#: Where an arm goes on behind print that hides more than that, and looks like a tick of its own.
MAX_REST = 2.2
#: A gap rises so steeply at most, and falls so little, in degrees.
MAX_RISE, MAX_FALL = 75.0, 20.0
#: Length and rise of the long arm, and the short arm in lengths of the long one: a line without one
#: stresses something, as the one below a sum of points does.
LENGTH, RISE, SHORT = (1.8, 16.0), (14.0, 72.0), (0.05, 0.6)
#: Mean distance of the ink from the two arms, and the part of them with ink near, in the length of
#: the long arm: arms are drawn with a bow. Of 24 ticks on two real pages none misses by over .035.
MAX_MISS, NEAR, MIN_QUALITY = 0.06, 0.1, 0.6
#: So many ticks with a short arm show a hand that ticks: where print hides the arm the rest counts.
MIN_HOOKED = 2
#: A pen's stroke is at most this wide.
MAX_WIDTH = 0.25
#: Ink so near a tick is its own.
RIM_PX = 7


@dataclass(frozen=True, slots=True)
class LongTick:
    """A tick: its box in pixels of the page, its ink (255) there, how well it fits, 0..1."""

    box: PixelBox
    mask: Mask
    quality: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well ink fits a tick, 0..1, and whether it has a short arm."""

    quality: float
    is_hooked: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of red ink: pixels (x, y) of the page, and its ends.

    A stroke goes on at the ``right`` end or, where it is the short arm, at the ``foot``.
    """

    points: Floats
    left: Floats
    right: Floats
    foot: Floats

    def gap_to(self, other: "_Piece") -> Floats:
        """The way (across, down) from the nearer end to where the other piece begins."""
        gaps = (other.left - self.right, other.left - self.foot)
        return min(gaps, key=lambda gap: float(np.hypot(*gap)))


def find_long_ticks(red: Mask, text_height: float) -> list[LongTick]:
    """The long ticks in red ink of a page whose text is ``text_height`` pixels high."""
    hooked: list[LongTick] = []
    bare: list[LongTick] = []
    for chain in _chains(_pieces(red, text_height), text_height):
        points = np.concatenate([piece.points for piece in chain])
        fit = _fit(points, text_height)
        if fit is not None:
            (hooked if fit.is_hooked else bare).append(_tick(points, fit.quality))
    found = hooked + bare if len(hooked) >= MIN_HOOKED else hooked
    reach = MAX_REST * text_height
    return [tick for tick in found if not any(_goes_over_into(o, tick, reach) for o in found)]


def _goes_over_into(tick: LongTick, other: LongTick, reach: float) -> bool:
    """Whether ``other`` is the end of ``tick``'s long arm, which print hides in between."""
    (x, y, width, _), (left, top, _, height) = tick.box, other.box
    return 0 <= left - (x + width) <= reach and abs(top + height - y) <= reach


def without_ticks(ink: PageInk, ticks: Sequence[LongTick]) -> PageInk:
    """``ink`` without the ink of ticks and its rim, so that their pieces are no other marks."""
    if not ticks:
        return ink
    drawn = np.zeros_like(ink.red)
    for tick in ticks:
        x, y, width, height = tick.box
        drawn[y : y + height, x : x + width] |= tick.mask
    rim = cv2.bitwise_not(cv2.dilate(drawn, np.ones((RIM_PX, RIM_PX), np.uint8)))
    return replace(
        ink, red=cv2.bitwise_and(ink.red, rim), coloured=cv2.bitwise_and(ink.coloured, rim)
    )


def _pieces(red: Mask, text_height: float) -> list[_Piece]:
    pieces = pieces_of(red)
    found = []
    for number, (x, y, width, height, area) in enumerate(pieces.stats[1:].tolist(), start=1):
        longest = max(width, height)
        if longest < MIN_PIECE * text_height or area > MAX_WIDTH * text_height * 2 * longest:
            continue
        rows, columns = np.nonzero(pieces.labels[y : y + height, x : x + width] == number)
        points = np.stack([columns + x, rows + y], axis=1).astype(np.float64)
        left, right = _extreme(points, (-1.0, 0.3)), _extreme(points, (1.0, -0.3))
        found.append(_Piece(points, left, right, _extreme(points, (0.3, 1.0))))
    return found


def _chains(pieces: Sequence[_Piece], text_height: float) -> Iterator[list[_Piece]]:
    """Pieces that go on one another, from left to right; every piece is in one chain."""
    rest = sorted(pieces, key=lambda piece: piece.left[0])
    while rest:
        chain = [rest.pop(0)]
        while (following := _next(chain[-1], rest, text_height)) is not None:
            chain.append(rest.pop(following))
        yield chain


def _next(piece: _Piece, rest: Sequence[_Piece], text_height: float) -> int | None:
    gaps = {
        at: float(np.hypot(*piece.gap_to(other)))
        for at, other in enumerate(rest)
        if _goes_on(piece, other, text_height)
    }
    return min(gaps, key=lambda at: gaps[at]) if gaps else None


def _goes_on(piece: _Piece, other: _Piece, text_height: float) -> bool:
    across, down = piece.gap_to(other)
    length = float(np.hypot(across, down))
    if length > MAX_GAP * text_height or other.right[0] <= piece.right[0]:
        return False
    rise = float(np.degrees(np.arctan2(-down, max(across, 1e-9))))
    return length <= MIN_PIECE * text_height or -MAX_FALL <= rise <= MAX_RISE


def _fit(points: Floats, text_height: float) -> _Fit | None:
    """How well ink fits a long tick; None when it is none."""
    end, corner = _extreme(points, (1.0, -1.0)), _extreme(points, (-0.3, 1.0))
    before = points[points[:, 0] <= corner[0] + 1]
    start = _extreme(before, (-1.0, -0.6))
    long, short = end - corner, float(np.hypot(*(corner - start)))
    length = float(np.hypot(*long))
    rise = float(np.degrees(np.arctan2(-long[1], max(long[0], 1e-9))))
    if not LENGTH[0] <= length / text_height <= LENGTH[1] or not RISE[0] <= rise <= RISE[1]:
        return None
    arms = [(start, corner), (corner, end)]
    distances = np.min([_distances(points, *arm) for arm in arms], axis=0)
    miss = float(np.mean(distances)) / length
    samples = np.linspace(corner, end, 40)
    nearest = np.sqrt(((samples[:, None] - points[None, ::3]) ** 2).sum(axis=2)).min(axis=1)
    cover = float(np.mean(nearest <= NEAR * length))
    quality = (1.0 - 0.4 * miss / MAX_MISS) * cover
    if short > SHORT[1] * length or miss > MAX_MISS or quality < MIN_QUALITY:
        return None
    return _Fit(quality, is_hooked=short >= SHORT[0] * length)


def _distances(points: Floats, start: Floats, end: Floats) -> Floats:
    step = end - start
    share = np.clip((points - start) @ step / max(1e-9, float(step @ step)), 0, 1)
    distances: Floats = np.hypot(*(points - start - share[:, None] * step).T)
    return distances


def _extreme(points: Floats, direction: tuple[float, float]) -> Floats:
    point: Floats = points[int(np.argmax(points @ np.array(direction)))]
    return point


def _tick(points: Floats, quality: float) -> LongTick:
    pixels = points.astype(int)
    left, top = pixels.min(axis=0)
    width, height = np.ptp(pixels, axis=0) + 1
    mask = np.zeros((height, width), np.uint8)
    mask[pixels[:, 1] - top, pixels[:, 0] - left] = 255
    return LongTick((int(left), int(top), int(width), int(height)), mask, quality)
