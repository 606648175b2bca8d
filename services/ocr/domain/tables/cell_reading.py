"""What to show a recogniser of a table cell, and which of several readings to believe."""

from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Mask, Rgb
from services.ocr.domain.tables.ruled_tables import Cell
from services.ocr.domain.text.ctc import Reading

#: Below this share of ink a cell is empty: dust and shadows of rules.
EMPTY_INK_SHARE = 0.0015
#: A stroke is at least this many pixels, or this share of the cell's height, long.
MIN_STROKE_PX, MIN_STROKE_SHARE = 5, 0.12
#: Blank border around the ink, as a share of its height, in the order that crops are tried.
#: Recognisers were trained on tight lines: with much air a lone T is read as 1 or 丁.
MARGINS = (0.15, 0.3, 0.22)
#: A reading this sure needs no second look.
SURE = 0.93


def _strokes(image: Rgb, cell: Cell) -> Mask | None:
    """The writing inside a cell (255), in the cell's box; None when there is none."""
    x, y, width, height = cell.box
    piece = image[y : y + height, x : x + width]
    if cell.ink_share < EMPTY_INK_SHARE or piece.size == 0:
        return None
    grey = cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY)
    inside = cell.inside[: grey.shape[0], : grey.shape[1]] > 0
    if not inside.any():
        return None
    paper = float(np.percentile(grey[inside], 75))
    darkest = float(np.percentile(grey[inside], 0.1))
    if paper - darkest < 35:
        return None
    dark = ((grey < paper - 0.4 * (paper - darkest)) & inside).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    longest = stats[:, 2:4].max(axis=1)
    limit = max(MIN_STROKE_PX, MIN_STROKE_SHARE * min(height, width))
    keep = longest >= limit
    keep[0] = False
    if not keep.any():
        return None
    # Dots belong to writing when they stand near it: i, j, decimal points, 、
    near = cv2.dilate(keep[labels].astype(np.uint8), np.ones((1 + 2 * int(limit),) * 2, np.uint8))
    close = np.unique(labels[near > 0])
    small = [n for n in close if n and not keep[n] and stats[n, 4] >= 4]
    keep[small] = True
    strokes: Mask = np.where(keep[labels], np.uint8(255), np.uint8(0))
    return strokes


def crop_of(image: Rgb, cell: Cell, margin: float) -> Rgb | None:
    """The cell's writing on clean paper with a blank border of ``margin`` of its height.

    Rules and neighbours never show, however near the writing comes to them. None when empty.
    """
    strokes = _strokes(image, cell)
    if strokes is None:
        return None
    x, y = cell.box[:2]
    piece = image[y : y + strokes.shape[0], x : x + strokes.shape[1]]
    paper = np.percentile(piece.reshape(-1, 3), 80, axis=0).astype(np.uint8)
    near = cv2.dilate(strokes, np.ones((5, 5), np.uint8)) > 0
    clean = np.where(near[..., None], piece, paper)
    rows, columns = np.nonzero(strokes)
    top, bottom = int(rows.min()), int(rows.max()) + 1
    left, right = int(columns.min()), int(columns.max()) + 1
    border = max(3, round(margin * (bottom - top)))
    cut: Rgb = cv2.copyMakeBorder(
        clean[top:bottom, left:right],
        border,
        border,
        border,
        border,
        cv2.BORDER_CONSTANT,
        value=tuple(int(v) for v in paper),
    )
    return cut


def line_count(image: Rgb, cell: Cell) -> int:
    """How many lines of writing a cell holds, by the blank rows between them."""
    strokes = _strokes(image, cell)
    if strokes is None:
        return 0
    filled = strokes.any(axis=1)
    edges = np.diff(filled.astype(np.int8), prepend=0, append=0)
    runs = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    tallest = int(runs.max())
    return int(np.count_nonzero(runs >= 0.5 * tallest))


def vote(readings: Sequence[Reading]) -> Reading:
    """The reading with most confidence summed over all tries, its confidence their mean share."""
    votes: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        votes[reading.text.strip()].append(reading)
    text, supporters = max(votes.items(), key=lambda item: sum(r.confidence for r in item[1]))
    confidence = sum(r.confidence for r in supporters) / len(readings)
    best = max(supporters, key=lambda r: r.confidence)
    return Reading(text, min(1.0, confidence), best.chars)
