"""Finds the sheet of paper in a photo with a desk around it, and takes it out flat.

A clean scan is white up to its edge, so nothing is found there and nothing is cut.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ingest.domain.raster import WHITE, Floats, Grey, Mask, Rgb, shrink_side, to_grey

_WORKING_SIDE = 800
#: Share of the image that a sheet covers at least, and at most.
_MIN_SHARE, _MAX_SHARE = 0.12, 0.97
#: Paper is at least this much brighter than what lies around it, in grey levels.
_MIN_CONTRAST = 40.0
#: Share of the four-sided outline that must be paper, and of the paper that must lie in it.
_MIN_FILL = 0.88
#: Share of the image along its sides that is desk, where there is one.
_RIM_SHARE = 0.012
#: How much lightness and the two colour axes (CIE Lab) count in telling desk from paper. Light
#: falls unevenly, colour does not.
_RIM_WEIGHTS = np.array([0.6, 1.5, 1.5], np.float32)
#: Degree of the curve that a bent edge is followed with.
_BEND_DEGREE = 4
#: Bounds of a bend, as shares of the sheet's size. Less is a straight edge, more is no bend.
_MIN_BEND, _MAX_BEND = 0.004, 0.12


@dataclass(frozen=True, slots=True)
class Outline:
    """A sheet in a photo. ``corners`` are 4 × (x, y) from top left, clockwise.

    ``contour`` is the sheet's edge as N × (x, y), with its bends. Both in pixels of the photo.
    """

    corners: Floats
    contour: Floats


def find_outline(image: Rgb) -> Outline | None:
    """The outline of the sheet in ``image``; None when no darker desk lies around one."""
    grey, scale = shrink_side(to_grey(image), _WORKING_SIDE)
    colours = cv2.resize(image, grey.shape[::-1], interpolation=cv2.INTER_AREA)
    masks = (_brighter_part(grey), _mask_unlike_rim(colours))
    sheets = [sheet for mask in masks if (sheet := _sheet(grey, mask)) is not None]
    if not sheets:
        return None
    # The more four-sided one: where a mask takes a shadow for desk, a side lacks a piece.
    _, contour, corners = max(sheets, key=lambda sheet: sheet[0])
    points = contour.reshape(-1, 2).astype(np.float64)
    return Outline((corners + 0.5) / scale - 0.5, (points + 0.5) / scale - 0.5)


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
    """``image`` with dark slivers of the desk along its edges painted white."""
    dark = (to_grey(image) < 140).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    height, width = dark.shape
    reach = max(6, round(0.02 * max(height, width)))
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right = left + stats[:, cv2.CC_STAT_WIDTH]
    bottom = top + stats[:, cv2.CC_STAT_HEIGHT]
    touches = (left == 0) | (top == 0) | (right == width) | (bottom == height)
    thin = (right < reach) | (bottom < reach) | (left > width - reach) | (top > height - reach)
    slivers = touches & thin
    slivers[0] = False
    if count <= 1 or not slivers.any():
        return image
    mask = cv2.dilate(slivers[labels].astype(np.uint8), np.ones((5, 5), np.uint8))
    cleared = image.copy()
    cleared[mask > 0] = 255
    return cleared


def _sheet(grey: Grey, mask: Mask) -> tuple[float, Floats, Floats] | None:
    """Share, contour and corners of the largest piece of ``mask``; None when it is no sheet.

    The share (0..1) is what the contour and its four sides have in common.
    """
    contour = _largest_contour(mask)
    if contour is None or not _MIN_SHARE < cv2.contourArea(contour) / grey.size < _MAX_SHARE:
        return None
    corners = _corners(contour)
    if corners is None:
        return None
    inside, bright = _filled(grey, corners), _filled(grey, contour)
    if not _is_sheet(grey, inside, bright):
        return None
    return _shared(inside, bright), contour, corners


def _mask_unlike_rim(image: Rgb) -> Mask:
    """What differs in colour from the rim of ``image``: a sheet, its shaded parts as well."""
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    rim = max(3, round(_RIM_SHARE * max(image.shape)))
    inner = np.zeros(image.shape[:2], bool)
    inner[rim:-rim, rim:-rim] = True
    away = (colours - np.median(colours[~inner], axis=0)) * _RIM_WEIGHTS
    distance = np.clip(2 * np.linalg.norm(away, axis=-1), 0, 255)
    return _brighter_part(distance.astype(np.uint8))


def _brighter_part(grey: Grey) -> Mask:
    """The brighter part of ``grey`` (Otsu), print closed over and specks taken out."""
    smooth = cv2.medianBlur(grey, 7)
    closed = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    _, mask = cv2.threshold(closed, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    opened: Mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    return opened


def _largest_contour(mask: Mask) -> Floats | None:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(contours, key=cv2.contourArea, default=None)


def _corners(contour: Floats) -> Floats | None:
    """The four corners of a contour, from top left clockwise; None when it has no four sides."""
    hull = cv2.convexHull(contour)
    length = cv2.arcLength(hull, closed=True)
    for tolerance in np.arange(0.01, 0.12, 0.01):
        polygon = cv2.approxPolyDP(hull, tolerance * length, closed=True)
        if len(polygon) == 4:
            return _in_order(polygon.reshape(4, 2).astype(np.float64))
        if len(polygon) < 4:
            return None
    return None


def _in_order(corners: Floats) -> Floats:
    centre = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0])
    clockwise = corners[np.argsort(angles)]
    first = int(np.argmin(clockwise.sum(axis=1)))
    return np.roll(clockwise, -first, axis=0)


def _filled(grey: Grey, polygon: Floats) -> Mask:
    mask = np.zeros(grey.shape, np.uint8)
    cv2.fillPoly(mask, [polygon.astype(np.int32)], 255)
    return mask


def _shared(inside: Mask, bright: Mask) -> float:
    both = float(np.count_nonzero(cv2.bitwise_and(inside, bright)))
    return both / max(1.0, float(np.count_nonzero(cv2.bitwise_or(inside, bright))))


def _is_sheet(grey: Grey, inside: Mask, bright: Mask) -> bool:
    """Whether the four sides hold the contour, and what lies outside is clearly darker."""
    both = np.count_nonzero(inside & bright)
    if both < _MIN_FILL * np.count_nonzero(inside) or both < _MIN_FILL * np.count_nonzero(bright):
        return False
    around = cv2.dilate(cv2.bitwise_or(inside, bright), np.ones((9, 9), np.uint8)) == 0
    if np.count_nonzero(around) < (1 - _MAX_SHARE) * grey.size / 2:
        return False
    paper = float(np.percentile(grey[bright > 0], 60))
    return paper - float(np.percentile(grey[around], 80)) > _MIN_CONTRAST


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

    ``off`` are the distances of all contour points. Those of this edge lie near 0. The curve is
    zero at both corners. It is zero everywhere when the edge is straight or its points fit no
    curve.
    """
    near = (np.abs(off) < 1.5 * _MAX_BEND) & (along > 0.03) & (along < 0.97)
    flat = np.zeros_like(at)
    if np.count_nonzero(near) < 20:
        return flat
    a, o = along[near], off[near]
    for _ in range(3):
        basis = np.stack([a**k - a for k in range(2, _BEND_DEGREE + 1)], axis=1)
        weights, *_ = np.linalg.lstsq(basis, o, rcond=None)
        residual = np.abs(o - basis @ weights)
        good = residual <= max(0.004, 2.5 * float(np.median(residual)))
        a, o = a[good], o[good]
        if len(a) < 20:
            return flat
    curve = np.stack([at**k - at for k in range(2, _BEND_DEGREE + 1)], axis=1) @ weights
    largest = float(np.max(np.abs(curve)))
    fits = float(np.median(np.abs(residual))) < 0.006 and _MIN_BEND < largest < _MAX_BEND
    return curve if fits else flat
