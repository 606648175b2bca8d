"""Finds characters that stand in rows, on paper in any light: what no cut may lose.

A coarse cousin of the ocr stage's detector: pieces of ink of like size, stroke and contrast that
follow one another, the witnesses of Epshtein et al. (stroke width transform, 2010).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ingest.domain.raster import Floats, Grey, Mask, shrink_side

#: Longer side of the picture in which characters are sought: print of 8 pt on A4 is 15 px high.
WORKING_SIDE = 1600
#: Ink is at least this share darker than the paper around it; pencil has 0.2, print over 0.5.
MIN_CONTRAST = 0.18
#: Longer side of a character, in working pixels.
MIN_SIDE, MAX_SIDE = 7, 80
#: Characters of a row differ less than so many times in height and contrast.
ALIKE = 2.2
#: Gap to the next character, and the steps in which it is sought, in heights.
MAX_GAP, GAP_STEP = 2.0, 0.15
#: More pieces than this are a texture or noise; only so many are looked at.
MAX_PIECES = 6000


@dataclass(frozen=True, slots=True)
class Characters:
    """Characters in rows: ``centres`` N × (x, y) in pixels of the picture, the rest N each.

    ``heights`` are in pixels, too; ``contrasts`` are shares of ``papers``, the levels behind.
    """

    centres: Floats
    heights: Floats
    contrasts: Floats
    papers: Floats


def characters_in_rows(grey: Grey) -> Characters:
    """All characters of ``grey`` that stand in a row, level or upright, with others like them."""
    small, scale = shrink_side(grey, WORKING_SIDE)
    paper = _paper(small)
    ink = (small < (1 - MIN_CONTRAST) * paper).astype(np.uint8)
    boxes, contrasts, papers = _pieces(small, paper, ink)
    kept = _in_rows(boxes, contrasts) | _in_rows(boxes[:, [1, 0, 3, 2]], contrasts)
    return Characters(
        (boxes[kept, :2] + boxes[kept, 2:] / 2) / scale,
        boxes[kept, 2:].max(axis=1) / scale,
        contrasts[kept],
        papers[kept],
    )


def _paper(small: Grey) -> Floats:
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((31, 31), np.uint8))
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), 8), np.float32)


def _pieces(small: Grey, paper: Floats, ink: Mask) -> tuple[Floats, Floats, Floats]:
    """Boxes (x, y, width, height), contrasts and papers of the pieces as large as characters."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    sides = stats[:, 2:4]
    fill = stats[:, 4] / np.maximum(1, sides.prod(axis=1))
    large, slim = sides.max(axis=1), sides.min(axis=1)
    fits = (large >= MIN_SIDE) & (large <= MAX_SIDE) & (slim >= 2) & (fill > 0.12) & (fill < 0.95)
    fits[0] = False
    darkness = 1 - small.ravel() / np.maximum(1, paper.ravel())
    flat = labels.ravel()
    area = np.maximum(1, stats[:, 4])
    contrasts = np.bincount(flat, darkness, count) / area
    papers = np.bincount(flat, paper.ravel(), count) / area
    chosen = np.flatnonzero(fits)
    chosen = chosen[:: max(1, -(-len(chosen) // MAX_PIECES))]
    return stats[chosen, :4].astype(np.float64), contrasts[chosen], papers[chosen]


def _in_rows(boxes: Floats, contrasts: Floats) -> Floats:
    """Which pieces stand in a level row of three or more that are alike."""
    right, bottom = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    painted = np.full((int(bottom.max(initial=0)) + 1, int(right.max(initial=0)) + 1), -1)
    for index, (x, y, width, height) in enumerate(boxes.astype(int).tolist()):
        painted[y : y + height, x : x + width] = index
    following = np.full(len(boxes), -1)
    row = (boxes[:, 1] + bottom).astype(int) // 2
    for gap in np.arange(0.0, MAX_GAP, GAP_STEP):
        column = np.minimum((right + gap * boxes[:, 3]).astype(int), painted.shape[1] - 1)
        met = painted[row, column]
        following = np.where((following < 0) & _are_alike(boxes, contrasts, met), met, following)
    second = np.where(following >= 0, following[following], -1)
    kept = np.zeros(len(boxes), bool)
    first = np.flatnonzero(second >= 0)
    kept[np.concatenate([first, following[first], second[first]])] = True
    return kept


def _are_alike(boxes: Floats, contrasts: Floats, met: Floats) -> Floats:
    """Whether each piece is like the one of index ``met``; a piece is not like itself, or -1."""
    height, contrast = boxes[met, 3] / boxes[:, 3], contrasts[met] / contrasts
    different = (met >= 0) & (met != np.arange(len(met)))
    alike = (np.maximum(height, 1 / height) < ALIKE) & (np.maximum(contrast, 1 / contrast) < ALIKE)
    both: Floats = different & alike
    return both
