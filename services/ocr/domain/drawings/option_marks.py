"""Options that a pen chose, sought at their labels.

A black pen's ticks and rings run into the label's own letter, so they are told by what no printed
label has: a long stroke that rises over it from the left, or a loop around it. Of a coloured pen
any ink at a label is a mark, whatever is left of its shape.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.ink.raster import Mask, PixelBox
from services.ocr.domain.ink.stroke_shapes import Shape
from services.ocr.domain.places.page_characters import OptionLabel

#: Angles of a tick's long arm in degrees, and its length in heights of a Chinese character.
ANGLES, MIN_ARM_EM = (32, 39, 46, 53, 60, 67), 0.85
#: The box of the arm that is left when all shorter strokes are taken away.
MIN_WIDE_EM, MIN_HIGH_EM = 0.55, 0.72
#: How far over the middle of the label the arm ends, and the reach of the short arm.
MIN_RISE_EM, SHORT_ARM_EM = 0.5, 0.28
#: Where the ink of a ring is: its distance from the label's middle, how much flatter than a circle
#: it may be, and the share of the directions that it covers, text to the right left out.
RING_EM, RING_FLATNESS, MIN_AROUND = (0.5, 1.1), 0.9, 0.86
SECTOR_DEGREES, TEXT_DEGREES = 10, 50
#: How far from the label's middle a mark may reach: left, right, up, down.
LEFT_EM, RIGHT_EM, UP_EM, DOWN_EM = 2.0, 1.4, 1.5, 1.2
#: Of a tick with both its arms, of a coloured mark of any shape, and at most of a ring.
CERTAINTY = 0.9
#: A coloured mark's distance from the label's middle down and across, its least height, largest
#: width and least ink.
ASIDE_EM, REACH_EM, MIN_MARK_EM, MAX_MARK_EM, MIN_INK_EM2 = 0.75, 1.1, 0.45, 2.4, 0.06
#: Zones of a label, in heights of a Chinese character: left and right of where it begins, above and
#: below its middle. Most marks have ink beside it or above it.
BESIDE, ABOVE, AROUND = (
    (-0.6, -0.12, -0.55, 0.55),
    (-0.3, 1.3, -0.85, -0.54),
    (-0.6, 1.3, -0.9, 0.6),
)
#: Ink that is no more than a speck, in squares of that height.
MAX_FREE = 0.012
#: An unmarked label has at most so many times the ink of most others; one with so much more, in a
#: narrower zone, may be marked in a way that has no clear shape.
MAX_USUAL, MIN_ODD, ODD_CERTAINTY = 1.45, 1.55, 0.75
ODD = (-0.6, 0.75, -0.9, 0.6)

Zone = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class OptionMark:
    """A mark at a label: its shape (OTHER for any), box in page pixels and certainty, 0..1."""

    shape: Shape
    box: PixelBox
    certainty: float


def option_marks(ink: PageInk, labels: Sequence[OptionLabel], em_px: float) -> list[OptionMark]:
    """Marks at ``labels`` in any ink but red, which is the teacher's."""
    found = _marks(ink, labels, em_px)
    return list({mark.box: mark for mark in found}.values())


def unmarked(ink: PageInk, labels: Sequence[OptionLabel], em_px: float) -> list[PixelBox]:
    """The boxes of labels beside which there is nothing but paper: nobody chose these options."""
    written = cv2.subtract(ink.any, ink.red)
    usual = _usual_ink(written, labels, AROUND, em_px)
    return [
        (round(label.x - 0.5 * em_px), round(label.y - 0.5 * em_px), round(em_px), round(em_px))
        for label in labels
        if label.is_read
        and _ink_in(written, label, BESIDE, em_px) <= MAX_FREE
        and _ink_in(written, label, ABOVE, em_px) <= MAX_FREE
        and _ink_in(written, label, AROUND, em_px) <= MAX_USUAL * usual
    ]


def _usual_ink(written: Mask, labels: Sequence[OptionLabel], zone: Zone, em_px: float) -> float:
    """The ink of most labels, of which few are marked."""
    amounts = [_ink_in(written, label, zone, em_px) for label in labels if label.is_read]
    return float(np.median(amounts)) if amounts else 0.0


def _place(label: OptionLabel, left: int, top: int, em_px: float) -> PixelBox:
    """The box of a label's letter within a window that begins at ``left``, ``top``."""
    corner = (round(label.x - 0.5 * em_px) - left, round(label.y - 0.5 * em_px) - top)
    return (*corner, round(em_px), round(em_px))


def _ink_in(written: Mask, label: OptionLabel, zone: Zone, em_px: float) -> float:
    """The ink in a zone of a label, in squares of a Chinese character's height."""
    left, right, top, bottom = (round(side * em_px) for side in zone)
    x, y = round(label.left), round(label.y)
    window = written[max(0, y + top) : max(0, y + bottom), max(0, x + left) : max(0, x + right)]
    return float(np.count_nonzero(window)) / em_px**2


def _marks(ink: PageInk, labels: Sequence[OptionLabel], em_px: float) -> Iterator[OptionMark]:
    rows, columns = ink.black.shape
    written = cv2.subtract(ink.any, ink.red)
    usual = _usual_ink(written, labels, ODD, em_px)
    for label in labels:
        left = max(0, round(label.x - LEFT_EM * em_px))
        right = min(columns, round(label.x + RIGHT_EM * em_px))
        top, bottom = max(0, round(label.y - UP_EM * em_px)), round(label.y + DOWN_EM * em_px)
        window = (slice(top, min(rows, bottom)), slice(left, right))
        centre = (label.x - left, label.y - top)
        black, coloured = ink.black[window], ink.coloured[window]
        mark = _coloured(coloured, centre, em_px) if coloured.any() else None
        if mark is None and black.any():
            # A ring may be drawn around the letter or around the label with its bracket.
            middle = (label.left - left + 0.5 * em_px, centre[1])
            mark = (
                _tick(black, centre, em_px)
                or _ring(black, centre, em_px)
                or _ring(black, middle, em_px)
            )
        if mark is None and label.is_read and _ink_in(written, label, ODD, em_px) > MIN_ODD * usual:
            mark = OptionMark(Shape.OTHER, _place(label, left, top, em_px), ODD_CERTAINTY)
        if mark is not None:
            mx, my, width, height = mark.box
            yield OptionMark(mark.shape, (left + mx, top + my, width, height), mark.certainty)


def _coloured(window: Mask, centre: tuple[float, float], em_px: float) -> OptionMark | None:
    """What a coloured pen drew at a label, as one mark of no shape."""
    _, labels, _, centres = cv2.connectedComponentsWithStats(window, connectivity=8)
    is_near = (np.abs(centres[:, 1] - centre[1]) <= ASIDE_EM * em_px) & (
        np.abs(centres[:, 0] - centre[0] + 0.3 * em_px) <= REACH_EM * em_px
    )
    is_near[0] = False
    drawn = is_near[labels]
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if np.count_nonzero(drawn) < MIN_INK_EM2 * em_px**2 or len(rows) == 0:
        return None
    height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    if height < MIN_MARK_EM * em_px or width > MAX_MARK_EM * em_px:
        return None
    return OptionMark(Shape.OTHER, (int(columns[0]), int(rows[0]), width, height), CERTAINTY)


def _tick(window: Mask, centre: tuple[float, float], em_px: float) -> OptionMark | None:
    rising = np.zeros_like(window)
    length = round(MIN_ARM_EM * em_px)
    for angle in ANGLES:
        rising |= cv2.morphologyEx(window, cv2.MORPH_OPEN, _line(length, angle))
    _, _, stats, _ = cv2.connectedComponentsWithStats(rising, connectivity=8)
    for x, y, width, height, _ in stats[1:].tolist():
        # From its corner left of the letter's middle it rises over the label.
        is_over = x <= centre[0] and y <= centre[1] - MIN_RISE_EM * em_px
        if not is_over or width < MIN_WIDE_EM * em_px or height < MIN_HIGH_EM * em_px:
            continue
        if min(x, y) == 0 or x + width == window.shape[1] or y + height == window.shape[0]:
            # It goes on: a line of a figure.
            continue
        reach = max(2, round(SHORT_ARM_EM * em_px))
        corner = (x, y + height - 1)
        beside = window[
            max(0, corner[1] - 2 * reach) : max(1, corner[1] - reach // 2),
            max(0, corner[0] - reach) : max(1, corner[0] - reach // 3),
        ]
        if beside.any():
            start = max(0, x - reach)
            return OptionMark(Shape.TICK, (start, y, x + width - start, height), CERTAINTY)
    return None


def _line(length: int, angle: float) -> Mask:
    """A straight stroke that rises to the right, one pixel wide."""
    across = max(1, round(length * np.cos(np.radians(angle))))
    up = max(1, round(length * np.sin(np.radians(angle))))
    kernel = np.zeros((up + 1, across + 1), np.uint8)
    cv2.line(kernel, (0, up), (across, 0), 1, 1)
    return kernel


def _ring(window: Mask, centre: tuple[float, float], em_px: float) -> OptionMark | None:
    """Ink all around the label but where its text follows: the letter and the text may touch it."""
    rows, columns = np.nonzero(window)
    x, y = (columns - centre[0]) / em_px, (rows - centre[1]) / em_px
    distance = np.hypot(x, y / RING_FLATNESS)
    is_near = (distance >= RING_EM[0]) & (distance <= RING_EM[1])
    angle = np.degrees(np.arctan2(y, x))[is_near]
    around = angle[np.abs(angle) > TEXT_DEGREES]
    sectors = np.unique(np.floor(around / SECTOR_DEGREES).astype(int))
    covered = len(sectors) * SECTOR_DEGREES / (360 - 2 * TEXT_DEGREES)
    if covered < MIN_AROUND:
        return None
    left, top = (round(centre[n] - RING_EM[1] * em_px) for n in (0, 1))
    side = round(2 * RING_EM[1] * em_px)
    return OptionMark(Shape.RING, (left, top, side, side), CERTAINTY)
