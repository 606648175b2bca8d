"""Tells crossed-out writing: a level stroke right through it that sticks out on both sides."""

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Mask

#: Slopes that a crossing-out stroke has.
SLOPES = np.linspace(-0.55, 0.55, 23)
#: Share of the writing's width that one stroke must cover without a break.
MIN_COVER = 0.93
#: The middle of the stroke runs in this part of the writing's height.
HIGHEST, LOWEST = 0.22, 0.78
#: How far the stroke sticks out of the rest, both sides together and each, in widths.
MIN_OUT, MIN_OUT_EACH = 0.1, 0.02
#: The rest reaches this far above and below the stroke, in the writing's height.
MIN_REST = 0.1


def is_struck(strokes: Mask) -> bool:
    """Whether the writing (255) that fills ``strokes`` is crossed out.

    True for some signs that are drawn so, t, 4 and 十 among them: what the writing reads as, and
    what stands beside it, has to decide there.
    """
    ink = strokes > 0
    height, width = ink.shape
    if width < 6 or height < 6:
        return False
    stroke = _stroke_width(strokes)
    for slope in SLOPES:
        sheared = _sheared(ink, float(slope))
        # A line now is a level row: thickened by a pixel it may waver a little.
        rows = cv2.dilate(sheared.astype(np.uint8), np.ones((3, 1), np.uint8)).mean(axis=1)
        row = int(rows.argmax())
        if rows[row] >= MIN_COVER and _crosses(sheared, row, stroke, float(slope)):
            return True
    return False


def _stroke_width(strokes: Mask) -> float:
    padded = cv2.copyMakeBorder(strokes, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    ridge = distance[(distance > 0) & (distance >= cv2.dilate(distance, np.ones((3, 3))) - 1e-3)]
    return float(2 * np.median(ridge))


def _sheared(ink: Mask, slope: float) -> Mask:
    """``ink`` with every column moved so that lines of ``slope`` become level."""
    height, width = ink.shape
    shifts = np.rint(slope * (np.arange(width) - width / 2)).astype(int)
    margin = int(np.abs(shifts).max())
    out = np.zeros((height + 2 * margin, width), bool)
    for column, shift in enumerate(shifts):
        out[margin - shift : margin - shift + height, column] = ink[:, column]
    return out


def _crosses(sheared: Mask, row: int, stroke: float, slope: float) -> bool:
    """Whether the stroke on ``row`` runs through the rest and sticks out of it."""
    reach = max(1, round(0.75 * stroke))
    rest = sheared.copy()
    rest[max(0, row - reach) : row + reach + 1] = False
    used = np.flatnonzero(rest.any(axis=1))
    columns = np.flatnonzero(rest.any(axis=0))
    if len(used) == 0 or len(columns) == 0:
        return False
    width = sheared.shape[1]
    filled = np.flatnonzero(sheared.any(axis=1))
    height = filled[-1] - filled[0] + 1
    place = (row - filled[0]) / height
    above, below = row - reach - used[0], used[-1] - row - reach
    left, right = columns[0], width - 1 - columns[-1]
    return bool(
        HIGHEST <= place <= LOWEST
        and min(above, below) >= MIN_REST * height
        and left + right >= MIN_OUT * width
        and min(left, right) >= MIN_OUT_EACH * width
        # Two strokes of a cross lie far from level.
        and abs(slope) * width < 0.75 * height
    )
