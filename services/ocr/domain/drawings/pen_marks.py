"""Drawings in coloured ink: found apart from print, grouped, told by their shape.

Ink counts as coloured relative to the paper and to its own darkness (``page_ink``). Coloured print
is told from a pen by what pens do not do: fill areas, stay pale, or set whole lines of text.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.ink.raster import Grey, Mask, PixelBox, Rgb
from services.ocr.domain.ink.stroke_shapes import Shape, ShapeFit, classify, stroke_width
from shared.contract.reading import InkColour

#: A drawing's larger side, in text heights.
MIN_SIZE, MAX_SIZE = 0.42, 9.0
#: ... and a line's.
MAX_LENGTH = 50.0
#: A pen's stroke is at most this wide, in text heights; wider is a printed area.
MAX_STROKE = 0.34
#: Mean darkness (0..255) of pen ink; printed tints are paler.
MIN_DARKNESS = 70.0
#: Strokes nearer than this, in text heights, belong to one drawing.
JOIN = 0.16
#: Gap between the digits of one number, in their height.
DIGIT_GAP = 0.35
#: A coloured line of print has at least this many drawings of one height side by side.
MIN_PRINT_RUN = 6
#: ... of which fewer than this share look like ticks and crosses.
MAX_MARK_SHARE = 0.7
#: A straight stroke; a word in small letters is a line, too, but not so clearly.
MIN_STRIKE_QUALITY = 0.78
#: Gap between characters of print, in their height.
PRINT_GAP = 0.8


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing in coloured ink: its box (x, y, width, height), colour and shape.

    ``mask`` is its ink (255), ``darkness`` the same with soft edges: 0 is paper, 255 black.
    """

    box: PixelBox
    mask: Mask
    darkness: Grey
    colour: InkColour
    fit: ShapeFit


def find_drawings(image: Rgb, ink: PageInk, text_height: float) -> list[Drawing]:
    """Pen drawings in red and in other colours on a page whose text is ``text_height`` px high."""
    red = find_red_drawings(image, ink, text_height, MIN_SIZE)
    return [*red, *_drawings(image, ink, ink.coloured, (text_height, MIN_SIZE))]


def find_red_drawings(
    image: Rgb, ink: PageInk, text_height: float, min_size: float
) -> list[Drawing]:
    """Those in red alone whose larger side is at least ``min_size`` text heights."""
    return _drawings(image, ink, ink.red, (text_height, min_size))


def _drawings(image: Rgb, ink: PageInk, mask: Mask, sizes: tuple[float, float]) -> list[Drawing]:
    """What is drawn in ``mask``; ``sizes`` are the text's height and the least size in these."""
    text_height, min_size = sizes
    pen = _without_areas(mask, text_height)
    drawn = [
        drawing
        for box in _groups(pen, text_height, min_size)
        if (drawing := _drawing(image, ink, pen, box, text_height)) is not None
    ]
    return _without_print(drawn)


def _without_areas(mask: Mask, text_height: float) -> Mask:
    """``mask`` without filled areas and what is connected to them: tints, bars, logos."""
    side = max(5, round(MAX_STROKE * text_height * 1.3))
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    if not thick.any():
        return mask
    near = cv2.dilate(thick, np.ones((5, 5), np.uint8))
    kept: Mask = cv2.bitwise_and(mask, cv2.bitwise_not(near))
    return kept


def _groups(mask: Mask, text_height: float, min_size: float) -> list[PixelBox]:
    """Boxes of strokes that stand close together."""
    reach = max(3, round(2 * JOIN * text_height) | 1)
    joined = cv2.dilate(mask, np.ones((reach, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    half = reach // 2
    boxes = []
    for x, y, width, height, _ in stats[1:].tolist():
        left, top = max(0, x + half), max(0, y + half)
        box = (left, top, width - 2 * half, height - 2 * half)
        if min_size * text_height <= max(box[2:]) <= MAX_LENGTH * text_height and min(box[2:]) > 0:
            boxes.append(box)
    return _side_by_side(boxes)


def _side_by_side(boxes: list[PixelBox]) -> list[PixelBox]:
    """``boxes`` with the digits of one number joined: of like height, level, hardly apart."""
    joined: list[PixelBox] = []
    for box in sorted(boxes):
        left = next((b for b in joined if _is_next_digit(b, box)), None)
        if left is None:
            joined.append(box)
            continue
        top, bottom = min(left[1], box[1]), max(left[1] + left[3], box[1] + box[3])
        right = max(left[0] + left[2], box[0] + box[2])
        joined[joined.index(left)] = (left[0], top, right - left[0], bottom - top)
    return joined


def _is_next_digit(left: PixelBox, box: PixelBox) -> bool:
    height = min(left[3], box[3])
    overlap = min(left[1] + left[3], box[1] + box[3]) - max(left[1], box[1])
    return (
        overlap > 0.6 * height
        and height > 0.6 * max(left[3], box[3])
        and box[0] - left[0] - left[2] < DIGIT_GAP * height
        and max(left[2], box[2]) < 2.5 * height
    )


def _without_print(drawings: list[Drawing]) -> list[Drawing]:
    """Drawings that are not characters of a line of coloured print.

    Such a line has many of one height, close in a row, and few of them look like marks.
    """
    runs: list[list[Drawing]] = []
    for drawing in sorted(drawings, key=lambda d: d.box):
        run = next((r for r in runs if _is_next_in_print(r[-1].box, drawing.box)), None)
        if run is None:
            runs.append([drawing])
        else:
            run.append(drawing)
    return [drawing for run in runs if not _is_print(run) for drawing in run]


def _is_print(run: list[Drawing]) -> bool:
    marks = sum(d.fit.shape in {Shape.TICK, Shape.BARRED_TICK, Shape.CROSS} for d in run)
    return len(run) >= MIN_PRINT_RUN and marks < MAX_MARK_SHARE * len(run)


def _is_next_in_print(last: PixelBox, box: PixelBox) -> bool:
    height = max(last[3], box[3])
    return (
        abs(last[1] + last[3] - box[1] - box[3]) < 0.3 * height
        and abs(last[3] - box[3]) < 0.4 * height
        and -0.2 * height < box[0] - last[0] - last[2] < PRINT_GAP * height
    )


def _drawing(
    image: Rgb, ink: PageInk, pen: Mask, box: PixelBox, text_height: float
) -> Drawing | None:
    x, y, width, height = box
    window = (slice(y, y + height), slice(x, x + width))
    mask = pen[window]
    if np.count_nonzero(mask) < 12 or stroke_width(mask) > MAX_STROKE * text_height:
        return None
    if float(np.percentile(ink.darkness[window][mask > 0], 60)) < MIN_DARKNESS:
        return None
    fit = classify(mask)
    if max(width, height) > MAX_SIZE * text_height and fit.shape is not Shape.LINE:
        return None
    near = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    soft = cv2.bitwise_and(ink.darkness[window], near)
    return Drawing(box, mask, soft, _colour(image[window][mask > 0]), fit)


def _colour(pixels: Rgb) -> InkColour:
    """The ink's colour: red, blue, green or another."""
    red, green, blue = (float(v) for v in np.median(pixels.reshape(-1, 3), axis=0))
    strongest = max(red, green, blue)
    if strongest == red and red - max(green, blue) > 20:
        return InkColour.RED
    if strongest == blue and blue - max(red, green) > 8:
        return InkColour.BLUE
    is_green = strongest == green and green - max(red, blue) > 12
    return InkColour.GREEN if is_green else InkColour.OTHER


def is_strike(drawing: Drawing, black: Mask, text_height: float) -> bool:
    """Whether a line runs through writing rather than under or beside it."""
    x, y, width, height = drawing.box
    is_line = drawing.fit.shape is Shape.LINE and drawing.fit.quality >= MIN_STRIKE_QUALITY
    if not is_line or width < 1.2 * height:
        return False
    reach = round(0.45 * text_height)
    above = black[max(0, y - reach) : y + height // 2, x : x + width]
    below = black[y + height // 2 : y + height + reach, x : x + width]
    share = [np.count_nonzero(part.any(axis=0)) / max(1, width) for part in (above, below)]
    return float(min(share)) > 0.25
