"""Signs that were written into printed rings between two quantities: 3 dm ○ 3 cm.

A line's reading leaves rings out. What is in one is a sign of comparison, which its strokes tell.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import faint_ink, pieces_of
from services.ocr.domain.ink.raster import Grey, Mask
from services.ocr.domain.numbers.circled_numbers import RIMS, UNREAD
from services.ocr.domain.numbers.number_rings import PixelBox, is_ring, standing_alone
from shared.contract.notation.numerals import RINGED
from shared.contract.reading import Region, TextChar, TextLine

#: Sides of a ring to write in, in heights of a Chinese character.
SIDE_EM = (0.65, 1.8)
#: How much longer than wide a ring with a speck at its rim is.
MAX_LONGER = 1.3
#: Behind the first character of its line, where no number stands.
BEHIND_EM = 1.0
#: What lies within so much of the radius is no rim.
INNER = 0.72
#: Share of that which is ink: less is none but noise, less than the second no stroke for sure.
EMPTY_SHARE, STROKE_SHARE = 0.04, 0.07
#: How far strokes run outwards (<) or inwards (>) from the middle of their height: a correlation.
MIN_SLOPE, CLEAR_SLOPE = 0.2, 0.45
#: Smaller pieces of the ink in a ring are rests of its rim.
MIN_PIECE = 0.15
#: The strokes of =: how many, width by height, and what they share of their width.
BARS, BAR_ASPECT, MIN_BAR = 2, 1.5, 0.6
#: A number with its unit, if it has one.
QUANTITY_BEFORE = re.compile(r"\d[\u4e00-\u9fffa-zA-Z]{0,3}$")
# On a real drill all 16 such signs are right: too few to be sure (.8) of one.
CLEAR, UNCLEAR = 0.78, 0.6


@dataclass(frozen=True, slots=True)
class SignReadings:
    """Lines parted at rings, with the signs in these as lines of their own; empty rings."""

    lines: tuple[TextLine, ...]
    regions: tuple[Region, ...]


def read_signs(lines: Sequence[TextLine], darkness: Grey, em_px: float) -> SignReadings:
    """Reads the rings inside ``lines``.

    ``darkness`` is the page's ink, 0 for paper; ``em_px`` is the height of a Chinese character.
    """
    ink = faint_ink(darkness)
    rings = _rings(ink, em_px)
    read: list[TextLine] = []
    regions = []
    for line in lines:
        rest: TextLine | None = line
        for ring in sorted(ring for ring in rings if _is_between(line, ring, em_px)):
            sign, confidence = _sign_in(ink, ring)
            before, rest = _parted(rest or line, ring)
            read += [part for part in (before, _line(sign, ring, confidence)) if part is not None]
            if sign == UNREAD:
                kind = "empty" if confidence == CLEAR else "ink"
                regions.append(Region(kind=kind, bbox=tuple(map(float, ring))))
            if rest is None:
                break
        read += [rest] if rest is not None else []
    return SignReadings(tuple(read), tuple(regions))


def _rings(ink: Mask, em_px: float) -> list[PixelBox]:
    pieces = pieces_of(ink)
    found = []
    for piece, (x, y, width, height, _) in enumerate(pieces.stats[1:].tolist(), start=1):
        if not all(SIDE_EM[0] * em_px <= side <= SIDE_EM[1] * em_px for side in (width, height)):
            continue
        ring = _ring_of(pieces.labels[y : y + height, x : x + width] == piece)
        if ring is not None:
            left, top, across, down = ring
            found.append((x + left, y + top, across, down))
    return standing_alone(found, em_px)


def _ring_of(piece: Mask) -> PixelBox | None:
    """The box within ``piece`` of the ring that it is, or that a speck makes longer at one side."""
    height, width = piece.shape
    if is_ring(piece):
        return 0, 0, width, height
    side = min(height, width)
    if max(height, width) > MAX_LONGER * side:
        return None
    squares = [
        (across, down, side, side)
        for down in range(height - side + 1)
        for across in range(width - side + 1)
        if is_ring(piece[down : down + side, across : across + side])
    ]
    # Several fit, a little off: the ring is in the middle of them.
    return squares[len(squares) // 2] if squares else None


def _is_between(line: TextLine, ring: PixelBox, em_px: float) -> bool:
    """Whether a ring stands in a line, behind its beginning and where nothing else was read."""
    x, y = ring[0] + ring[2] / 2, ring[1] + ring[3] / 2
    left, top, width, height = line.bbox
    if not (left + BEHIND_EM * em_px <= ring[0] and x <= left + width and top <= y <= top + height):
        return False
    return bool(line.chars) and all(
        _is_rim(line, at) or not char.bbox[0] <= x <= char.bbox[0] + char.bbox[2]
        for at, char in enumerate(line.chars)
    )


def _is_rim(line: TextLine, at: int) -> bool:
    """Whether a character is what readers make of a ring: between two quantities 7dm②7cm, too."""
    spelled = [char.text for char in line.chars]
    if spelled[at] not in RINGED:
        return spelled[at] in RIMS
    is_quantity = QUANTITY_BEFORE.search("".join(spelled[:at])) is not None
    return is_quantity and "".join(spelled[at + 1 :])[:1].isdecimal()


def _sign_in(ink: Mask, ring: PixelBox) -> tuple[str, float]:
    """The sign in a ring and how sure it is; ``UNREAD`` for none, or none that is known."""
    x, y, width, height = ring
    down, across = np.mgrid[:height, :width]
    radius = np.hypot((down + 0.5) / height * 2 - 1, (across + 0.5) / width * 2 - 1)
    inside = (ink[y : y + height, x : x + width] > 0) & (radius < INNER)
    share = np.count_nonzero(inside) / np.count_nonzero(radius < INNER)
    if share < STROKE_SHARE:
        return UNREAD, CLEAR if share < EMPTY_SHARE else UNCLEAR
    pieces = pieces_of(np.where(inside, np.uint8(255), np.uint8(0)))
    is_stroke = pieces.stats[:, cv2.CC_STAT_AREA] >= MIN_PIECE * np.count_nonzero(inside)
    is_stroke[0] = False
    if _are_bars(pieces.stats[is_stroke]):
        return "=", CLEAR
    slope = _slope(is_stroke[pieces.labels])
    if abs(slope) < MIN_SLOPE:
        return UNREAD, UNCLEAR
    return "<" if slope > 0 else ">", CLEAR if abs(slope) >= CLEAR_SLOPE else UNCLEAR


def _are_bars(stats: Mask) -> bool:
    """Whether there are two level strokes, one above the other."""
    if len(stats) != BARS:
        return False
    (left, _, width, height, _), (other, _, broad, high, _) = stats.tolist()
    shared = min(left + width, other + broad) - max(left, other)
    is_level = width >= BAR_ASPECT * height and broad >= BAR_ASPECT * high
    return bool(is_level and shared >= MIN_BAR * max(width, broad))


def _slope(strokes: Mask) -> float:
    """How far to the right strokes lie the farther they are from the middle of their height."""
    rows, columns = np.nonzero(strokes)
    away = np.abs(rows - (rows.min() + rows.max()) / 2)
    if np.ptp(away) == 0 or np.ptp(columns) == 0:
        return 0.0
    return float(np.corrcoef(away, columns)[0, 1])


def _line(sign: str, ring: PixelBox, confidence: float) -> TextLine:
    box = tuple(map(float, ring))
    likely = ((sign, confidence),) if sign != UNREAD else ()
    char = TextChar(text=sign, bbox=box, confidence=confidence, likely=likely)
    return TextLine(text=sign, bbox=box, confidence=confidence, chars=(char,))


def _parted(line: TextLine, ring: PixelBox) -> tuple[TextLine | None, TextLine | None]:
    """What of a line stands before a ring and behind it, without what was read of its rim."""
    middle = ring[0] + ring[2] / 2
    centres = [char.bbox[0] + char.bbox[2] / 2 for char in line.chars]
    is_rim = [
        _is_rim(line, at) and char.bbox[0] <= middle <= char.bbox[0] + char.bbox[2]
        for at, char in enumerate(line.chars)
    ]
    before = [at for at, x in enumerate(centres) if x < middle and not is_rim[at]]
    behind = [at for at, x in enumerate(centres) if x >= middle and not is_rim[at]]
    left, top, width, height = line.bbox
    right = left + width
    return (
        _part(line, before, (left, top, max(1.0, ring[0] - left), height)),
        _part(line, behind, (float(ring[0] + ring[2]), top, right - ring[0] - ring[2], height)),
    )


def _part(
    line: TextLine, indexes: list[int], box: tuple[float, float, float, float]
) -> TextLine | None:
    if not indexes or box[2] <= 0:
        return None
    chars = tuple(line.chars[at] for at in indexes)
    spelled = "".join(char.text for char in chars)
    return line.model_copy(update={"text": spelled, "bbox": box, "chars": chars})
