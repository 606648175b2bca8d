"""Finds the four round marks with rings at the corners of a machine answer sheet (fiducials)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Floats, Grey

#: Longer side on which marks are sought, and their diameters there, 11 % apart: a mark correlates
#: by 0.85 and more with the next size.
MARK_SIDE = 1000
MARK_DIAMETERS = tuple(round(d) for d in np.geomspace(16, 90, 17))
#: The least correlation. A scribbled mark has 0.6, a filled bubble up to 0.75.
MIN_MATCH = 0.5
#: Candidates of each quarter of the page.
CANDIDATES = 5
#: Marks of one sheet are of one size, and opposite sides as long, but for the perspective.
MAX_SIZE_RATIO, MAX_SIDE_RATIO = 1.35, 1.35
#: Width by height may differ so much from the template's, as a factor.
MAX_ASPECT_RATIO = 1.2


@dataclass(frozen=True, slots=True)
class _Mark:
    centre: Floats
    diameter: int
    match: float


def sheet_corners(grey: Grey, size: tuple[float, float]) -> Iterator[Floats]:
    """Where the sheet's corners may be: (x, y) of the four marks, from the sheet's top left on.

    ``size`` is the template's (width, height). One quadrilateral of marks that agree in size and
    form a page is followed in each direction in which it may lie; nothing when there is none.
    """
    scale = MARK_SIDE / max(grey.shape)
    shape = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    small = cv2.resize(grey, shape, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    sets = [four for four in product(*_candidates(small)) if _are_alike(four)]
    for four in sorted(sets, key=lambda four: -sum(mark.match for mark in four)):
        corners = np.array([mark.centre for mark in four])
        ways = [way for way in range(4) if _fits(np.roll(corners, -way, axis=0), size)]
        if ways:
            yield from (np.roll(corners, -way, axis=0) / scale for way in ways)
            return


def _candidates(small: Grey) -> list[list[_Mark]]:
    """The best matches in each quarter: top left, top right, bottom right, bottom left."""
    height, width = small.shape
    found: list[list[_Mark]] = [[], [], [], []]
    for diameter in MARK_DIAMETERS:
        match = cv2.matchTemplate(small, _ring_mark(diameter), cv2.TM_CCOEFF_NORMED)
        half = (diameter + 4) / 2
        x, y = max(1, round(width / 2 - half)), max(1, round(height / 2 - half))
        for quarter, (rows, columns) in enumerate(
            (
                (slice(0, y), slice(0, x)),
                (slice(0, y), slice(x, None)),
                (slice(y, None), slice(x, None)),
                (slice(y, None), slice(0, x)),
            )
        ):
            start = np.array([columns.start or 0, rows.start or 0]) + half
            found[quarter] += _peaks(match[rows, columns].copy(), start, diameter)
    return [_distinct(marks) for marks in found]


def _peaks(match: Floats, start: Floats, diameter: int) -> Iterator[_Mark]:
    for _ in range(CANDIDATES):
        _, score, _, (x, y) = cv2.minMaxLoc(match)
        if score < MIN_MATCH:
            return
        yield _Mark(start + np.array((x, y)), diameter, float(score))
        reach = diameter // 2
        match[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = 0


def _distinct(marks: list[_Mark]) -> list[_Mark]:
    """The best of all sizes, each place once."""
    kept: list[_Mark] = []
    for mark in sorted(marks, key=lambda mark: -mark.match):
        if all(np.hypot(*(mark.centre - k.centre)) > k.diameter / 2 for k in kept):
            kept.append(mark)
    return kept[:CANDIDATES]


def _ring_mark(diameter: int) -> Grey:
    """A target: a black disc, a ring and an outer ring of equal widths on white."""
    offset = np.arange(diameter + 5) - (diameter + 4) / 2
    radius = np.hypot(*np.meshgrid(offset, offset)) / (diameter / 2)
    is_black = (radius < 0.2) | ((radius > 0.4) & (radius < 0.6)) | ((radius > 0.8) & (radius < 1))
    mark = np.where(is_black, np.uint8(20), np.uint8(250))
    smooth: Grey = cv2.GaussianBlur(mark, (3, 3), 0)
    return smooth


def _are_alike(four: tuple[_Mark, ...]) -> bool:
    diameters = [mark.diameter for mark in four]
    return max(diameters) <= MAX_SIZE_RATIO * min(diameters)


def _fits(corners: Floats, size: tuple[float, float]) -> bool:
    """Whether four corners, clockwise from the top left, are a page of such proportions."""
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    top, right, bottom, left = (max(float(side), 1.0) for side in sides)
    for one, other in ((top, bottom), (left, right)):
        if max(one, other) > MAX_SIDE_RATIO * min(one, other):
            return False
    aspect = (top + bottom) / (left + right) / (size[0] / size[1])
    return 1 / MAX_ASPECT_RATIO <= aspect <= MAX_ASPECT_RATIO
