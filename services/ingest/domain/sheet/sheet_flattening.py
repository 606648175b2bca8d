"""Takes a sheet of paper out of a photo: flat, its bent edges straight, slivers of desk cleared."""

import cv2
import numpy as np

from services.ingest.domain.raster import WHITE, Floats, Rgb, to_grey
from services.ingest.domain.sheet.page_outline import Outline

#: Degree of the curve that a bent edge is followed with.
BEND_DEGREE = 4
#: A bend is a share of the sheet's size; less is a straight edge, more is not a bend.
MIN_BEND, MAX_BEND = 0.004, 0.12
#: What is darker than this, in grey levels, is desk; paper is evened out to 248.
DARK_LEVEL = 140
#: Depth of a sliver as a share of the page: a character of 12 pt is 0.014 of an A4 page high.
MAX_SLIVER = 0.02


def flatten_sheet(image: Rgb, outline: Outline) -> Rgb:
    """The sheet cut out of ``image``, without perspective, its bent edges made straight.

    The inside follows the edges linearly (a Coons patch over the homography's residual).
    """
    width, height = _sheet_size(outline.corners)
    rectangle = np.array(
        [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32
    )
    to_sheet = cv2.getPerspectiveTransform(outline.corners.astype(np.float32), rectangle)
    edge = cv2.perspectiveTransform(outline.contour[None].astype(np.float64), to_sheet)[0]
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    across, down = _bends(edge, width, height)
    grid = np.stack([columns + across, rows + down], axis=-1).reshape(1, -1, 2)
    source = cv2.perspectiveTransform(grid, np.linalg.inv(to_sheet))
    source = source.reshape(height, width, 2).astype(np.float32)
    flat: Rgb = cv2.remap(
        image,
        source[..., 0],
        source[..., 1],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=WHITE,
    )
    return flat


def clear_dark_border(image: Rgb) -> Rgb:
    """``image`` with dark slivers of the desk along its edges painted white.

    A sliver is as thin as a character, but runs on along its edge for longer than one is wide.
    """
    dark = (to_grey(image) < DARK_LEVEL).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    height, width = dark.shape
    left, top, across, down = stats[:, :4].T
    reach = max(6, round(MAX_SLIVER * max(height, width)))
    upright = ((left == 0) | (left + across == width)) & (across < reach) & (down > 2 * reach)
    level = ((top == 0) | (top + down == height)) & (down < reach) & (across > 2 * reach)
    slivers = upright | level
    slivers[0] = False
    cleared = image.copy()
    mask = cv2.dilate(slivers[labels].astype(np.uint8), np.ones((5, 5), np.uint8))
    cleared[mask > 0] = 255
    return cleared


def _sheet_size(corners: Floats) -> tuple[int, int]:
    """Width and height of the flat sheet in pixels: the longer of opposite sides."""
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    return max(2, round(max(sides[0], sides[2]))), max(2, round(max(sides[1], sides[3])))


def _bends(edge: Floats, width: int, height: int) -> tuple[Floats, Floats]:
    """How far each pixel of the flat sheet is moved by bent edges: across and down, in pixels."""
    u, v = np.linspace(0, 1, width), np.linspace(0, 1, height)
    x, y = edge[:, 0], edge[:, 1]
    top = _bend(x / width, y / height, u)
    bottom = _bend(x / width, 1 - y / height, u)
    left = _bend(y / height, x / width, v)
    right = _bend(y / height, 1 - x / width, v)
    down = height * (np.outer(1 - v, top) - np.outer(v, bottom))
    across = width * (np.outer(left, 1 - u) - np.outer(right, u))
    return across.astype(np.float32), down.astype(np.float32)


def _bend(along: Floats, off: Floats, at: Floats) -> Floats:
    """The distance of one edge from its straight line, at positions ``at`` along it (0..1).

    ``off`` are all contour points' distances; those of this edge lie near 0. The curve is zero at
    both corners, and zero everywhere when the edge is straight or its points do not fit a curve.
    """
    near = (np.abs(off) < 1.5 * MAX_BEND) & (along > 0.03) & (along < 0.97)
    flat = np.zeros_like(at)
    if np.count_nonzero(near) < 20:
        return flat
    a, o = along[near], off[near]
    for _ in range(3):
        basis = np.stack([a**k - a for k in range(2, BEND_DEGREE + 1)], axis=1)
        weights, *_ = np.linalg.lstsq(basis, o, rcond=None)
        residual = np.abs(o - basis @ weights)
        good = residual <= max(0.004, 2.5 * float(np.median(residual)))
        a, o = a[good], o[good]
        if len(a) < 20:
            return flat
    curve = np.stack([at**k - at for k in range(2, BEND_DEGREE + 1)], axis=1) @ weights
    largest = float(np.max(np.abs(curve)))
    fits = float(np.median(np.abs(residual))) < 0.006 and MIN_BEND < largest < MAX_BEND
    return curve if fits else flat
