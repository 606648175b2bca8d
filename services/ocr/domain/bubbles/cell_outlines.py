"""Finds what may be the outline of one option on an answer card: rings, boxes, pairs of brackets.

An outline is one piece of ink, compact like a disc or a box. The two brackets of ``[A]`` become
one piece when the gaps inside are closed; how wide those are is not known, so several are tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.bubbles.bracket_outlines import bracket_pairs
from services.ocr.domain.ink.raster import Floats, Grey, Mask

#: Small pages are enlarged towards this longer side: a ring of 13 pixels closes in its blur.
MIN_LONG_SIDE, MAX_ENLARGEMENT = 2000, 2.0
#: Ink is by so many levels darker than the mean of a window of so many pixels, and so dark at
#: least: pencil and pink print have 40 and more, boxes bleached by a scanner's app 12.
WINDOW_PX, OVER_MEAN = 41, 10
LEVEL, FAINT_LEVEL, FAINT_OVER_MEAN = 28, 12, 5
#: Gaps inside ``[A]`` that are closed, in pixels; prints of 100 to 300 dpi have 3 to 25.
GAPS_PX = (0, 5, 9, 14, 20, 28)
#: Sides of an outline: pixels at least, and share of the page's longer side at most.
MIN_SIDE_PX, MAX_SIDE_SHARE = 11, 0.1
#: Width by height: brackets stand around wide letters, never around high ones.
ASPECT = (0.5, 2.8)
#: Share of its box, and of its convex hull, that lies inside an outline: a disc has 0.785 and 1.
MIN_EXTENT, MIN_SOLIDITY = 0.6, 0.82
#: The same of brackets around a letter, which may be half as high as they are.
BRACKET_EXTENT, BRACKET_SOLIDITY = 0.5, 0.6
#: Share of its box that the hull of a pair of brackets with a stroke between them takes.
MIN_HULL = 0.85
#: Two pieces are rim and hole of one ring when their middles lie so near, in shares of a side.
SAME_MIDDLE = 0.3
#: Brackets stand in these outer shares of the width, over so much of the height.
BRACKET_SHARE, BRACKET_HEIGHT = 0.25, 0.7
#: A closed outline has holes of this share of its box, or is filled to that share.
MIN_HOLE, MIN_FILLED = 0.25, 0.7
#: The rim around a hole is so many times as large at most.
MAX_RIM = 1.6
#: Pieces that are compared with each other at most: 200 questions have 1000, a page of text 600.
MAX_PIECES = 2500


@dataclass(frozen=True, slots=True)
class Outlines:
    """Compact pieces of ink: middles and sides (x, y, width, height), n × 4, and the ink itself.

    ``is_outline`` tells the pieces that are rims, fills or pairs of brackets from letters and
    blots that are only compact.
    """

    boxes: Floats
    is_outline: Floats
    ink: Mask


def enlarged(darkness: Grey) -> tuple[Grey, float]:
    """The page's ink at a size where small rings are open, and how many times larger it is."""
    height, width = darkness.shape
    scale = min(MAX_ENLARGEMENT, MIN_LONG_SIDE / max(height, width))
    if scale <= 1:
        return darkness, 1.0
    size = (round(width * scale), round(height * scale))
    return cv2.resize(darkness, size, interpolation=cv2.INTER_CUBIC), scale


def find_outlines(darkness: Grey) -> list[Outlines]:
    """The outlines of a page, once for each way to see them; ``darkness`` is 0 on paper."""
    plain = _ink(darkness, LEVEL, OVER_MEAN)
    found = [_outlines(plain, gap) for gap in GAPS_PX]
    found.append(_outlines(_ink(darkness, FAINT_LEVEL, FAINT_OVER_MEAN), 0))
    found.append(_paired(plain))
    found.append(_together(found, plain))
    return [outlines for outlines in found if 0 < len(outlines.boxes) <= MAX_PIECES]


def _paired(ink: Mask) -> Outlines:
    """Pairs of brackets, however far apart the halves are."""
    boxes = bracket_pairs(ink)
    boxes[:, :2] += boxes[:, 2:] / 2
    return Outlines(boxes, np.ones(len(boxes), bool), ink)


def _together(views: list[Outlines], ink: Mask) -> Outlines:
    """Every outline that any view shows: of brackets, each may close at another gap."""
    boxes = np.concatenate([view.boxes[view.is_outline] for view in views])
    return _outermost(Outlines(boxes, np.ones(len(boxes), bool), ink))


def _ink(darkness: Grey, level: int, over_mean: int) -> Mask:
    mean = cv2.blur(darkness, (WINDOW_PX, WINDOW_PX))
    limit = np.maximum(cv2.convertScaleAbs(mean, beta=over_mean), np.uint8(level))
    ink: Mask = cv2.compare(darkness, limit, cv2.CMP_GT)
    return ink


def _outlines(ink: Mask, gap_px: int) -> Outlines:
    closed = ink
    if gap_px:
        closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, gap_px), np.uint8))
    contours, links = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    limit = MAX_SIDE_SHARE * max(ink.shape)
    boxes, outlines = [], []
    for index, contour in enumerate(contours):
        box = _sized_box(contour, limit)
        if box is None or _is_of_table(contours, links[0][index], box):
            continue
        if not _is_compact(contour, box, has_gaps=gap_px > 0):
            # A stroke from one bracket to the other makes one piece of both.
            if gap_px or not (_is_hull_full(contour, box) and _has_brackets(ink, box)):
                continue
            outlines.append(True)
        elif gap_px:
            outlines.append(_has_brackets(ink, box))
        else:
            outlines.append(_is_closed(contours, links[0], index, box))
        boxes.append(box)
    found = np.array(boxes, float).reshape(-1, 4)
    found[:, :2] += found[:, 2:] / 2
    return _outermost(Outlines(found, np.array(outlines, bool), ink))


def _sized_box(contour: Floats, limit: float) -> tuple[int, int, int, int] | None:
    """The box of a contour that is as large as an option may be."""
    x, y, width, height = cv2.boundingRect(contour)
    if min(width, height) < MIN_SIDE_PX or max(width, height) > limit:
        return None
    return (x, y, width, height) if ASPECT[0] <= width / height <= ASPECT[1] else None


def _is_of_table(contours: Sequence[Floats], link: Floats, box: tuple[int, int, int, int]) -> bool:
    """Whether a contour is a hole in something far larger: a cell between rules."""
    if link[3] < 0:
        return False
    _, _, width, height = cv2.boundingRect(contours[link[3]])
    return bool(width > MAX_RIM * box[2] or height > MAX_RIM * box[3])


def _is_compact(contour: Floats, box: tuple[int, int, int, int], *, has_gaps: bool) -> bool:
    extent, solidity = (
        (BRACKET_EXTENT, BRACKET_SOLIDITY) if has_gaps else (MIN_EXTENT, MIN_SOLIDITY)
    )
    area = cv2.contourArea(contour)
    if area < extent * box[2] * box[3]:
        return False
    return bool(area >= solidity * cv2.contourArea(cv2.convexHull(contour)))


def _is_hull_full(contour: Floats, box: tuple[int, int, int, int]) -> bool:
    return bool(cv2.contourArea(cv2.convexHull(contour)) >= MIN_HULL * box[2] * box[3])


def _has_brackets(ink: Mask, box: tuple[int, int, int, int]) -> bool:
    """Whether ink stands along both ends of a box, or all over it."""
    x, y, width, height = box
    inside = ink[y : y + height, x : x + width] > 0
    side = max(2, round(BRACKET_SHARE * width))
    ends = [inside[:, :side], inside[:, -side:]]
    is_filled = inside.mean() >= MIN_FILLED
    return bool(is_filled or all(end.any(axis=1).mean() >= BRACKET_HEIGHT for end in ends))


def _is_closed(
    contours: Sequence[Floats], links: Floats, index: int, box: tuple[int, int, int, int]
) -> bool:
    """Whether a contour is the hole of a rim, or an outer edge with holes, or solid."""
    if links[index][3] >= 0:
        return True
    area = cv2.contourArea(contours[index])
    holes, child = 0.0, links[index][2]
    while child >= 0:
        holes += cv2.contourArea(contours[child])
        child = links[child][0]
    whole = box[2] * box[3]
    return bool(holes >= MIN_HOLE * whole or area - holes >= MIN_FILLED * MIN_EXTENT * whole)


def _outermost(found: Outlines) -> Outlines:
    """Without pieces that lie in the middle of a larger one: the hole of a rim, or its letter."""
    boxes = found.boxes
    order = np.argsort(-boxes[:, 2] * boxes[:, 3], kind="stable")
    kept: list[int] = []
    cells: dict[tuple[int, int], list[int]] = {}
    reach = max(1.0, 2.0 * float(np.median(boxes[:, 2]))) if len(boxes) else 1.0
    for index in order.tolist():
        x, y = boxes[index, :2]
        place = int(x // reach), int(y // reach)
        near = [
            other
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for other in cells.get((place[0] + dx, place[1] + dy), ())
        ]
        if any(_is_middle(boxes[other], x, y) for other in near):
            continue
        kept.append(index)
        cells.setdefault(place, []).append(index)
    return Outlines(boxes[kept], found.is_outline[kept], found.ink)


def _is_middle(box: Floats, x: float, y: float) -> bool:
    is_near_x = abs(box[0] - x) <= SAME_MIDDLE * box[2]
    return bool(is_near_x and abs(box[1] - y) <= SAME_MIDDLE * box[3])
