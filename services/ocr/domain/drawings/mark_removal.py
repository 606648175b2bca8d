"""Takes a teacher's red marks out of a page, so that lines are found and read without them.

A tick that touches a line tilts the box that a detector draws around it, and a written score
beside a number reads as a part of that number.
"""

import cv2
import numpy as np

from services.ocr.domain.drawings.pen_marks import Drawing, find_red_drawings
from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.ink.raster import Rgb, to_grey
from services.ocr.domain.ink.stroke_shapes import Shape
from services.ocr.domain.text.detection_view import detection_view

#: Less red ink than this many pixels is no mark.
MIN_RED_PX = 40
#: Height of a line's box in that of its characters' strokes.
LINE_HEIGHT = 1.25
#: Smaller than marks have to be: here nobody has to read a figure.
MIN_SIZE = 0.3
#: Drawings of no known shape are digits, or marks of a page that lies, up to this size in line
#: heights; larger ones may be words of a student who writes in red.
MAX_SIZE = 2.2
#: Pale rims of strokes reach so far.
RIM_PX = 5
#: The paper is brighter than this share of what is around a mark.
PAPER_PERCENTILE = 85

MARKS = frozenset({Shape.TICK, Shape.BARRED_TICK, Shape.CROSS})


def without_red_marks(image: Rgb, ink: PageInk) -> Rgb:
    """``image`` with paper where a red pen drew; the same array when there is nothing of it."""
    if np.count_nonzero(ink.red) < MIN_RED_PX:
        return image
    line_px = LINE_HEIGHT * detection_view(to_grey(image)).character_px
    drawings = [
        drawing
        for drawing in find_red_drawings(image, ink, line_px, MIN_SIZE)
        if _is_mark(drawing, line_px)
    ]
    if not drawings:
        return image
    clean = image.copy()
    for drawing in drawings:
        _paint_over(clean, ink, drawing)
    return clean


def _is_mark(drawing: Drawing, line_px: float) -> bool:
    return drawing.fit.shape in MARKS or max(drawing.box[2:]) <= MAX_SIZE * line_px


def _paint_over(image: Rgb, ink: PageInk, drawing: Drawing) -> None:
    """Gives the strokes the colour of the paper, as far as no black ink crosses them."""
    x, y, width, height = drawing.box
    top, left = max(0, y - RIM_PX), max(0, x - RIM_PX)
    window = (slice(top, y + height + RIM_PX), slice(left, x + width + RIM_PX))
    piece = image[window]
    strokes = np.zeros(piece.shape[:2], np.uint8)
    strokes[y - top : y - top + height, x - left : x - left + width] = drawing.mask
    near = cv2.dilate(strokes, np.ones((RIM_PX, RIM_PX), np.uint8))
    is_painted = cv2.subtract(near, ink.black[window]) > 0
    paper = np.percentile(piece.reshape(-1, 3), PAPER_PERCENTILE, axis=0)
    piece[is_painted] = paper.astype(np.uint8)
