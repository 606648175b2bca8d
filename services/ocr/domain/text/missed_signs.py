"""Finds single signs at the ends of rows that the detector of lines left out.

It looks for lines of text: a letter alone between brackets at the right edge is often none to it.
"""

import re
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import pieces_of
from services.ocr.domain.ink.raster import Mask, PixelBox
from shared.contract.model import BBox
from shared.contract.reading import TextLine

#: Height and width of a pen's sign with or without its brackets, in heights of a Chinese character;
#: print is lower: capital letters have .69.
HEIGHT_EM, WIDTH_EM = (0.8, 2.8), (0.4, 5.0)
#: Ink so near belongs to one sign; so far before it the row that it ends may end itself.
JOIN_EM, BEFORE_EM = 0.25, 16.0
#: A line's box ends so far behind its last character where something was not read; paper around it
#: takes less.
UNREAD_EM = 1.5
#: More than these are parts of drawings.
MAX_SIGNS = 40
#: What answers a choice or a statement, and brackets of which one may be lost. On real pages parts
#: of drawings and ticks read as letters up to .78.
SIGN, MIN_CONFIDENCE = re.compile(r"[（(]?\s*[A-H√×✓✗TF对错]\s*[)）]?[.。]?"), 0.9


def missed_boxes(ink: Mask, lines: Sequence[TextLine], em_px: float) -> list[PixelBox]:
    """Boxes of ink outside all lines, of a sign's size, behind a row of text.

    ``ink`` is 255 where ink is; ``em_px`` the height of a Chinese character.
    """
    rest = _without(ink, [_read_box(line, em_px) for line in lines])
    reach = 2 * round(JOIN_EM * em_px) + 1
    joined = pieces_of(cv2.dilate(rest, np.ones((reach, reach), np.uint8)))
    half = reach // 2
    found = [
        (x + half, y + half, width - 2 * half, height - 2 * half)
        for x, y, width, height, _ in joined.stats[1:].tolist()
        if _is_sized(width - 2 * half, height - 2 * half, em_px)
    ]
    ends = [
        box for box in found if any(_ends(box, _read_box(line, em_px), em_px) for line in lines)
    ]
    return ends if len(ends) <= MAX_SIGNS else []


def _read_box(line: TextLine, em_px: float) -> BBox:
    """The box of a line; up to its last character where room for a sign is left behind that."""
    left, top, width, height = line.bbox
    read = max((char.bbox[0] + char.bbox[2] for char in line.chars), default=left + width) - left
    return left, top, read if width - read >= UNREAD_EM * em_px else width, height


def _without(ink: Mask, boxes: Iterable[BBox]) -> Mask:
    rest = ink.copy()
    for x, y, width, height in boxes:
        rest[max(0, round(y)) : round(y + height), max(0, round(x)) : round(x + width)] = 0
    return rest


def _is_sized(width: float, height: float, em_px: float) -> bool:
    return (
        HEIGHT_EM[0] * em_px <= height <= HEIGHT_EM[1] * em_px
        and WIDTH_EM[0] * em_px <= width <= WIDTH_EM[1] * em_px
    )


def _ends(box: PixelBox, line: BBox, em_px: float) -> bool:
    """Whether a box stands behind a line, on its level or hardly off it."""
    x, y, _, height = box
    gap = x - line[0] - line[2]
    rise = abs(y + height / 2 - line[1] - line[3] / 2)
    return -em_px <= gap <= BEFORE_EM * em_px and rise <= 0.6 * max(height, line[3])
