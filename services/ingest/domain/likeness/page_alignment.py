"""Lays one page's view over another's: a homography from corners, then small local shifts."""

import cv2
import numpy as np

from services.ingest.domain.likeness.ink_difference import vertex
from services.ingest.domain.likeness.page_view import PageView
from services.ingest.domain.raster import Floats, Grey

#: A match must be this much nearer than the second nearest (Lowe, 2004).
_MATCH_RATIO = 0.85
#: Corners that must agree on one homography, and how far from it they may lie, in pixels.
_MIN_INLIERS = 12
_MAX_ERROR_PX = 5.0
#: Paper bends. Each tile of the page is shifted by up to _REACH_PX, smoothed over its neighbours.
_TILE_PX, _REACH_PX = 160, 12


def homography(first: PageView, second: PageView) -> tuple[Floats, int] | None:
    """The matrix that maps pixels of ``second`` to ``first``, and how many corners agree on it.

    None when too few corners agree on anything that could happen to a sheet of paper.
    """
    if min(len(first.points), len(second.points)) < _MIN_INLIERS:
        return None
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    pairs = matcher.knnMatch(second.descriptors, first.descriptors, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _MATCH_RATIO * p[1].distance]
    if len(good) < _MIN_INLIERS:
        return None
    source = second.points[[match.queryIdx for match in good]]
    target = first.points[[match.trainIdx for match in good]]
    matrix, mask = cv2.findHomography(
        source, target, cv2.USAC_MAGSAC, _MAX_ERROR_PX, maxIters=2000, confidence=0.999
    )
    if matrix is None or mask is None or int(mask.sum()) < _MIN_INLIERS:
        return None
    return (matrix, int(mask.sum())) if _is_plausible(matrix, second.ink.shape) else None


def lay_over(first: Grey, second: Grey, matrix: Floats) -> Grey:
    """``second`` in the pixels of ``first``."""
    height, width = first.shape
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    warped = cv2.warpPerspective(second, matrix, (width, height), flags=cv2.INTER_LINEAR)
    across, down = _local_shifts(first, warped)
    grid = np.stack([columns + across, rows + down], axis=-1).reshape(1, -1, 2)
    source = cv2.perspectiveTransform(grid, np.linalg.inv(matrix)).reshape(height, width, 2)
    laid: Grey = cv2.remap(
        second, source[..., 0], source[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT
    )
    return laid


def _is_plausible(matrix: Floats, shape: tuple[int, ...]) -> bool:
    """Whether the matrix keeps a page a page: no mirror, no fold, no great change of size."""
    height, width = shape
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    moved = cv2.perspectiveTransform(corners, matrix)[0]
    area = cv2.contourArea(moved.astype(np.float32), oriented=True)
    share = area / (width * height)
    return bool(0.25 < share < 4.0 and cv2.isContourConvex(moved.astype(np.float32)))


def _local_shifts(first: Grey, warped: Grey) -> tuple[Floats, Floats]:
    """Where each pixel of ``first`` lies in ``warped``, relative to itself: across and down."""
    height, width = first.shape
    a = cv2.GaussianBlur(first, (0, 0), 2.0)
    b = cv2.GaussianBlur(warped, (0, 0), 2.0)
    rows, columns = max(2, round(height / _TILE_PX)), max(2, round(width / _TILE_PX))
    shifts = np.full((rows, columns, 2), np.nan, np.float32)
    for row in range(rows):
        for column in range(columns):
            centre = ((column + 0.5) * width / columns, (row + 0.5) * height / rows)
            shifts[row, column] = _tile_shift(a, b, centre)
    smooth = _smooth(shifts)
    size = (width, height)
    across = cv2.resize(smooth[..., 0], size, interpolation=cv2.INTER_LINEAR)
    down = cv2.resize(smooth[..., 1], size, interpolation=cv2.INTER_LINEAR)
    return across, down


def _tile_shift(a: Grey, b: Grey, centre: tuple[float, float]) -> tuple[float, float]:
    """The shift of the tile around ``centre`` from ``a`` to ``b``; not a number where unknown."""
    reach = _TILE_PX * 0.6
    height, width = a.shape
    left, right = (
        max(_REACH_PX, int(centre[0] - reach)),
        min(width - _REACH_PX, int(centre[0] + reach)),
    )
    top, bottom = (
        max(_REACH_PX, int(centre[1] - reach)),
        min(height - _REACH_PX, int(centre[1] + reach)),
    )
    if right - left < 40 or bottom - top < 40:
        return np.nan, np.nan
    tile = a[top:bottom, left:right]
    if np.count_nonzero(tile > 40) < 150:
        return np.nan, np.nan
    window = b[top - _REACH_PX : bottom + _REACH_PX, left - _REACH_PX : right + _REACH_PX]
    score = cv2.matchTemplate(window, tile, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(score)
    if best < 0.4:
        return np.nan, np.nan
    return x + vertex(score[y], x) - _REACH_PX, y + vertex(score[:, x], y) - _REACH_PX


def _smooth(shifts: Floats) -> Floats:
    """Shifts of tiles, each the median of its neighbourhood. One tile alone cannot bend a page."""
    rows, columns = shifts.shape[:2]
    smooth = np.zeros_like(shifts)
    known = ~np.isnan(shifts[..., 0])
    overall = np.median(shifts[known], axis=0) if known.any() else np.zeros(2)
    for row in range(rows):
        for column in range(columns):
            around = shifts[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
            valid = around[~np.isnan(around[..., 0])]
            smooth[row, column] = np.median(valid, axis=0) if len(valid) else overall
    return smooth
