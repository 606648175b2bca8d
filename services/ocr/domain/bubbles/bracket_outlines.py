"""Pairs of brackets around one option, [A] or (A), each half a piece of ink of its own."""

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Floats, Mask

#: A half is at least so high in pixels and, by its height, so wide at most.
MIN_HEIGHT_PX, MAX_WIDTH = 11, 0.55
#: Share of the page's longer side that a half is high at most.
MAX_HEIGHT_SHARE = 0.1
#: Ink is in this share of its rows; its ends reach so much further, by its width, than its middle.
FULL_ROWS, MIN_HOOK = 0.9, 0.1
#: Parts of a half's height that are its ends.
END_SHARE = 0.09
#: Halves of a pair: how much their heights and middles differ, by height, and how far apart they
#: are.
SAME_HEIGHT, SAME_LEVEL, APART = 0.15, 0.2, (0.8, 3.6)
#: Pairs of the same height from which the width of a pair is known.
MIN_PAIRS = 4


def bracket_pairs(ink: Mask) -> Floats:
    """Boxes around pairs, n × 4: left, top, width, height."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    limit = MAX_HEIGHT_SHARE * max(ink.shape)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    is_slim = (height >= MIN_HEIGHT_PX) & (height <= limit) & (width <= MAX_WIDTH * height)
    halves: tuple[list[Floats], list[Floats]] = ([], [])
    for label in np.flatnonzero(is_slim & (width >= 2)).tolist():
        if label == 0:
            continue
        x, y, across, down = (int(v) for v in stats[label, :4])
        hook = _hook(labels[y : y + down, x : x + across] == label)
        if abs(hook) >= MIN_HOOK:
            halves[int(hook < 0)].append(stats[label, :4])
    pairs = [pair for half in halves[0] if (pair := _paired(half, halves[1])) is not None]
    found = np.array(pairs, float).reshape(-1, 4)
    return np.concatenate([found, *(_lone(side, found, n) for n, side in enumerate(halves))])


def _lone(halves: list[Floats], pairs: Floats, side: int) -> Floats:
    """Boxes of halves whose other half a pen's mark joined to itself: as wide as other pairs.

    ``side`` is 0 for left halves and 1 for right ones.
    """
    boxes = []
    for half in halves:
        x, y, width, height = (float(v) for v in half)
        edge = x + side * width
        ends = pairs[:, 0] + side * pairs[:, 2]
        is_paired = (np.abs(ends - edge) <= 1) & (np.abs(pairs[:, 1] - y) <= height)
        alike = pairs[np.abs(pairs[:, 3] - height) <= SAME_HEIGHT * height]
        if len(alike) >= MIN_PAIRS and not is_paired.any():
            whole = float(np.median(alike[:, 2]))
            boxes.append((edge - side * whole, y, whole, height))
    return np.array(boxes, float).reshape(-1, 4)


def _hook(piece: Mask) -> float:
    """How far the ends lie right of the middle, by width; negative: left; 0 for no bracket."""
    rows, columns = piece.shape
    if piece.any(axis=1).mean() < FULL_ROWS:
        return 0.0
    end = max(1, round(END_SHARE * rows))
    parts = piece[:end], piece[rows // 3 : rows - rows // 3], piece[rows - end :]
    ends_and_middle = [float(np.nonzero(part)[1].mean()) for part in parts if part.any()]
    if len(ends_and_middle) < len(parts):
        return 0.0
    upper, middle, lower = ends_and_middle
    hooks = (upper - middle) / columns, (lower - middle) / columns
    same_way = hooks[0] * hooks[1] > 0
    return min(hooks, key=abs) if same_way else 0.0


def _paired(half: Floats, closing: list[Floats]) -> tuple[float, float, float, float] | None:
    """The box around a left half and the nearest right half on its level."""
    x, y, _, height = (float(v) for v in half)
    best: tuple[float, float, float, float] | None = None
    for other in closing:
        ox, oy, width, tall = (float(v) for v in other)
        whole = ox + width - x
        is_alike = abs(tall - height) <= SAME_HEIGHT * height
        is_level = abs(oy + tall / 2 - y - height / 2) <= SAME_LEVEL * height
        if not (is_alike and is_level and APART[0] * height <= whole <= APART[1] * height):
            continue
        if best is None or whole < best[2]:
            low = min(y, oy)
            best = x, low, whole, max(y + height, oy + tall) - low
    return best
