"""Parts the boxes of lines that run through a gutter between columns of short questions.

A detector joins what stands on one level with little room between. Where a column begins is known
from its other lines, which were found alone, and from numbers in rings that stand below each other.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from services.ocr.domain.ink.raster import Mask, Quad, bounding_box
from shared.contract.model import BBox

#: Left edges of one column lie so near to each other, in heights of a Chinese character.
SPREAD_EM = 0.6
#: So many of them are a column.
MIN_REPEATED = 3
#: Blank room before a column: where some lines begin; and where its place is known, by a ring or as
#: many more lines begin there than run across, by this factor.
GUTTER_EM, KNOWN_GUTTER_EM, MANY_MORE = 1.5, 0.15, 4
#: Where before and behind the edge of a column the blank room is sought.
BEFORE_EM, BEHIND_EM = 2.0, 0.45
#: What is left on both sides of a cut is at least so wide.
MIN_PIECE_EM = 1.5
#: Rows of a box that hold no line above or below it.
INNER_SHARE = 0.7


def cut_at_gutters(
    quads: Sequence[Quad], rings: Sequence[BBox], ink: Mask, em_px: float
) -> list[Quad]:
    """``quads``, those across a gutter in pieces.

    ``rings`` are boxes of what may be numbers in rings, ``ink`` is 255 where ink is, ``em_px`` the
    height of a Chinese character.
    """
    columns = [float(np.median(group)) for group in _repeated([r[0] for r in rings], em_px)]
    numbers = [ring for ring in rings if any(_is_near(ring[0], x, em_px) for x in columns)]
    parts = [
        part
        for quad in quads
        for part in _pieces(
            quad,
            [(ring[0], KNOWN_GUTTER_EM) for ring in numbers if _stands_in(ring, quad)],
            ink,
            em_px,
        )
    ]
    # Lines that a ring has parted tell where the others of their column begin.
    boxes = [bounding_box(part) for part in parts]
    edges = [
        (float(np.median(group)), _room(group, boxes, em_px))
        for group in _repeated([box[0] for box in boxes], em_px)
    ]
    return [piece for part in parts for piece in _pieces(part, edges, ink, em_px)]


def _room(group: Sequence[float], boxes: Sequence[BBox], em_px: float) -> float:
    """The blank room, in heights of a character, that parts a line where a column begins."""
    x = float(np.median(group))
    across = sum(box[0] < x - em_px and box[0] + box[2] > x + em_px for box in boxes)
    return KNOWN_GUTTER_EM if len(group) >= MANY_MORE * max(1, across) else GUTTER_EM


def _repeated(lefts: Iterable[float], em_px: float) -> list[list[float]]:
    """The groups of at least ``MIN_REPEATED`` positions that lie near to each other."""
    groups: list[list[float]] = []
    for left in sorted(lefts):
        if groups and left - groups[-1][0] <= SPREAD_EM * em_px:
            groups[-1].append(left)
        else:
            groups.append([left])
    return [group for group in groups if len(group) >= MIN_REPEATED]


def _is_near(one: float, other: float, em_px: float) -> bool:
    return abs(one - other) <= SPREAD_EM * em_px


def _pieces(
    quad: Quad, wanted: Sequence[tuple[float, float]], ink: Mask, em_px: float
) -> list[Quad]:
    """The quad, cut before each of the ``wanted`` (x, blank room in em) that has its room."""
    left, _, width, _ = bounding_box(quad)
    cuts: list[float] = []
    for x, gap_em in sorted(wanted, key=lambda item: item[1]):
        if any(_is_near(x, cut, 2 * em_px) for cut in cuts):
            continue
        if not left + MIN_PIECE_EM * em_px <= x <= left + width - MIN_PIECE_EM * em_px:
            continue
        cut = _blank(quad, x, gap_em * em_px, ink, em_px)
        if cut is not None:
            cuts.append(cut)
    shares = [0.0, *((cut - left) / width for cut in sorted(cuts)), 1.0]
    return [_part(quad, *ends) for ends in pairwise(shares)]


def _stands_in(ring: BBox, quad: Quad) -> bool:
    x, y = ring[0] + ring[2] / 2, ring[1] + ring[3] / 2
    left, _, width, _ = bounding_box(quad)
    if not left <= x <= left + width:
        return False
    top, bottom = _rows_at(quad, x, 1.0)
    return top <= y <= bottom


def _rows_at(quad: Quad, x: float, inner: float) -> tuple[int, int]:
    """The rows of a line's box at ``x``, without its margins."""
    left, _, width, _ = bounding_box(quad)
    share = (x - left) / width
    top = quad[0, 1] + share * (quad[1, 1] - quad[0, 1])
    bottom = quad[3, 1] + share * (quad[2, 1] - quad[3, 1])
    margin = (1 - inner) / 2 * (bottom - top)
    return max(0, round(top + margin)), max(0, round(bottom - margin))


def _blank(quad: Quad, x: float, gap_px: float, ink: Mask, em_px: float) -> float | None:
    """The middle of the last room before ``x`` that is blank and wide enough."""
    top, bottom = _rows_at(quad, x, INNER_SHARE)
    start = max(0, round(x - BEFORE_EM * em_px))
    window = ink[top:bottom, start : round(x + BEHIND_EM * em_px)]
    used = np.flatnonzero(window.any(axis=0)) if window.size else np.zeros(0, int)
    ends = np.concatenate([[-1], used, [window.shape[1]]])
    gaps = np.flatnonzero(np.diff(ends) - 1 >= max(2.0, gap_px))
    if len(gaps) == 0:
        return None
    return float(start + (ends[gaps[-1]] + ends[gaps[-1] + 1]) / 2)


def _part(quad: Quad, start: float, stop: float) -> Quad:
    """What lies between two shares of a quad's width."""
    if (start, stop) == (0.0, 1.0):
        return quad
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    corners = [
        quad[0] + start * top,
        quad[0] + stop * top,
        quad[3] + stop * bottom,
        quad[3] + start * bottom,
    ]
    return np.array(corners, np.float32)
