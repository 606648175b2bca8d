"""Figures: parts of a page with ink that is neither text, nor table, nor rule."""

from collections.abc import Iterable

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Grey, Mask
from services.ocr.domain.ink.ruled_lines import ink_mask
from shared.contract.model import BBox

#: Longer side on which figures are sought.
WORKING_SIDE = 1200
#: A figure's sides, in text heights, at least; and the gap within which its parts belong together.
MIN_SIDES, JOIN = (2.2, 3.2), 0.9
#: A stroke of a figure is this long, in text heights; what is shorter are specks and lost letters.
MIN_STROKE = 1.6
#: Text inside this share of a figure's box would make it a text block that was read badly.
MAX_TEXT_SHARE = 0.5


def find_figures(grey: Grey, text: Iterable[BBox], tables: Iterable[BBox]) -> list[BBox]:
    """Boxes (x, y, width, height) of figures in pixels of the page, from top to bottom.

    ``text`` are the boxes of lines, ``tables`` those of ruled tables.
    """
    lines = list(text)
    scale = min(1.0, WORKING_SIDE / max(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    ink = ink_mask(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    heights = [min(box[2:]) * scale for box in lines]
    text_height = float(np.median(heights)) if heights else 0.014 * max(size)
    for box in [*lines, *tables]:
        _erase(ink, [side * scale for side in box], 0.1 * text_height)
    strokes = _long_strokes(ink, MIN_STROKE * text_height)
    reach = max(3, round(2 * JOIN * text_height)) | 1
    joined = cv2.dilate(strokes, np.ones((reach, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    half = reach // 2
    shorter, longer = (side * text_height for side in MIN_SIDES)
    boxes = [
        ((x + half) / scale, (y + half) / scale, (w - 2 * half) / scale, (h - 2 * half) / scale)
        for x, y, w, h, _ in stats[1:].tolist()
        if min(w, h) - 2 * half >= shorter and max(w, h) - 2 * half >= longer
    ]
    kept = [box for box in boxes if _text_share(box, lines) < MAX_TEXT_SHARE]
    page = grey.shape[0] * grey.shape[1]
    return sorted((b for b in kept if b[2] * b[3] < 0.6 * page), key=lambda b: (b[1], b[0]))


def _erase(ink: Mask, box: list[float], margin: float) -> None:
    left, top = max(0, int(box[0] - margin)), max(0, int(box[1] - margin))
    ink[top : int(box[1] + box[3] + margin) + 1, left : int(box[0] + box[2] + margin) + 1] = 0


def _long_strokes(ink: Mask, length: float) -> Mask:
    """Components that are longer than ``length`` and no straight rule."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    widths, heights = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    keep = (np.maximum(widths, heights) >= length) & (np.minimum(widths, heights) > 0.25 * length)
    keep[0] = False
    kept: Mask = np.where(keep[labels], np.uint8(255), np.uint8(0))
    return kept


def _text_share(box: BBox, lines: list[BBox]) -> float:
    """Share of ``box`` that lines of text cover."""
    x, y, width, height = box
    covered = 0.0
    for line in lines:
        across = min(x + width, line[0] + line[2]) - max(x, line[0])
        down = min(y + height, line[1] + line[3]) - max(y, line[1])
        covered += max(0.0, across) * max(0.0, down)
    return covered / max(1.0, width * height)
