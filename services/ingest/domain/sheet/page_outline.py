"""Finds the sheet of paper in a photo with a desk around it.

Cutting may lose what was written, and a desk around a page only disturbs. So a sheet is taken out
only when its edge is seen on all four sides and no print stands outside of it; otherwise the
picture stays whole. A clean scan is white up to its edge, so nothing is found there.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ingest.domain.raster import Floats, Grey, Mask, Rgb, shrink_side, to_grey
from services.ingest.domain.sheet.text_rows import Characters, characters_in_rows

WORKING_SIDE = 800
#: Share of the image that a sheet covers at least, and at most.
MIN_SHARE, MAX_SHARE = 0.12, 0.97
#: Paper is at least this much brighter than what lies around it: a share of the paper's level.
MIN_CONTRAST = 0.15
#: Share of the four sides around a sheet that is sheet: a bent one has less than a flat one.
MIN_FILL = 0.9
#: A sheet seen at an angle has opposite sides of different length; more is no sheet.
MAX_SIDES_RATIO = 1.4
#: How many times longer than its four sides a sheet's edge may be: pixels make a slanting one up to
#: 1.08 times longer; that of a texture meanders.
MAX_LENGTH = 1.2
#: Share of the sheet's edge that may lie on the edge of the picture, where no edge is seen.
MAX_CUT_OFF = 0.22
#: Share of the image along its sides that is desk, where there is one.
RIM_SHARE = 0.012
#: How much lightness and the two colour axes (CIE Lab) count in telling desk from paper: light
#: falls unevenly, colour does not.
RIM_WEIGHTS = np.array([0.6, 1.5, 1.5], np.float32)
#: Side of the window, as a share of the image, whose brightest paper says how much light falls.
LIGHT_SHARE = 0.3
#: Print outside has at least this share of the contrast of print inside; a grain of wood or cloth
#: has 0.4 to 0.7, and 19 in 20 characters of a page have over 0.85.
SAME_CONTRAST = 0.7
#: Print outside has between this share and its inverse of the size of print inside.
SAME_SIZE = 0.5
#: Paper outside, in shadow, has at least this share of the light that paper inside has.
SHADED = 0.45
#: Characters outside that are no chance.
STRAY_CHARACTERS = 3


@dataclass(frozen=True, slots=True)
class Outline:
    """A sheet in a photo. ``corners`` are 4 × (x, y) from top left, clockwise.

    ``contour`` is the sheet's edge as N × (x, y), with its bends. Both in pixels of the photo.
    """

    corners: Floats
    contour: Floats


def find_outline(image: Rgb) -> Outline | None:
    """The outline of the sheet in ``image``; None when it is not certain that all is on it."""
    whole = to_grey(image)
    grey, scale = shrink_side(whole, WORKING_SIDE)
    colours = cv2.resize(image, grey.shape[::-1], interpolation=cv2.INTER_AREA)
    lit = _evenly_lit(grey)
    masks = (_brighter_part(grey), _brighter_part(lit), _mask_unlike_rim(colours))
    sheets = [sheet for mask in masks if (sheet := _sheet(grey, mask)) is not None]
    if not sheets:
        return None
    print_ = characters_in_rows(whole)
    for _, contour, corners in sorted(sheets, key=lambda sheet: -sheet[0]):
        points = contour.reshape(-1, 2).astype(np.float64)
        outline = Outline((corners + 0.5) / scale - 0.5, (points + 0.5) / scale - 0.5)
        if not leaves_print_outside(print_, outline):
            return outline
    return None


def leaves_print_outside(characters: Characters, outline: Outline) -> bool:
    """Whether characters like those on the sheet stand outside of its sides and of its edge."""
    inside = _within(characters, outline.corners) | _within(characters, outline.contour)
    stray = ~inside
    if inside.any():
        size = characters.heights / np.median(characters.heights[inside])
        contrast = characters.contrasts / np.median(characters.contrasts[inside])
        paper = characters.papers / np.median(characters.papers[inside])
        stray &= (size > SAME_SIZE) & (size < 1 / SAME_SIZE)
        stray &= (contrast > SAME_CONTRAST) & (paper > SHADED)
    return int(np.count_nonzero(stray)) >= STRAY_CHARACTERS


def _within(characters: Characters, polygon: Floats) -> Mask:
    """Which characters have their centre within ``polygon``."""
    sides = polygon.astype(np.float32).reshape(-1, 1, 2)
    return np.array(
        [cv2.pointPolygonTest(sides, (x, y), False) >= 0 for x, y in characters.centres.tolist()],
        bool,
    )


def _sheet(grey: Grey, mask: Mask) -> tuple[float, Floats, Floats] | None:
    """The share that the largest piece of ``mask`` fills of its four sides, its contour, corners.

    None when it is no sheet with a desk all around.
    """
    contour = _largest_contour(mask)
    if contour is None or not MIN_SHARE < cv2.contourArea(contour) / grey.size < MAX_SHARE:
        return None
    corners = _corners(contour)
    if corners is None or _cut_off(contour, grey) > MAX_CUT_OFF:
        return None
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    if max(sides[:2] / sides[2:]) > MAX_SIDES_RATIO or max(sides[2:] / sides[:2]) > MAX_SIDES_RATIO:
        return None
    if cv2.arcLength(contour, closed=True) > MAX_LENGTH * sides.sum():
        return None
    fill = _shared(_filled(grey, corners), _filled(grey, contour))
    if fill < MIN_FILL or not _is_brighter(grey, contour, corners):
        return None
    return fill, contour, corners


def _cut_off(contour: Floats, grey: Grey) -> float:
    """Share of ``contour`` that runs along the edge of the picture."""
    x, y = contour.reshape(-1, 2).T
    height, width = grey.shape
    return float(np.mean((x < 4) | (y < 4) | (x > width - 5) | (y > height - 5)))


def _is_brighter(grey: Grey, contour: Floats, corners: Floats) -> bool:
    """Whether the sheet is brighter than what lies around it, along its edge."""
    outer = _filled(grey, corners)
    inner = cv2.erode(_filled(grey, contour), np.ones((21, 21), np.uint8))
    wide: Mask = cv2.dilate(outer, np.ones((31, 31), np.uint8))
    around: Mask = cv2.subtract(wide, cv2.dilate(outer, np.ones((7, 7), np.uint8)))
    if not around.any() or not inner.any():
        return False
    paper = float(np.percentile(grey[inner > 0], 60))
    return float(np.median(grey[around > 0])) < (1 - MIN_CONTRAST) * paper


def _evenly_lit(grey: Grey) -> Grey:
    """``grey`` divided by the brightest paper around each pixel: slopes of light vanish."""
    window = round(LIGHT_SHARE * max(grey.shape)) | 1
    light = cv2.dilate(cv2.medianBlur(grey, 7), np.ones((window, window), np.uint8))
    smooth = cv2.GaussianBlur(light, (0, 0), window / 4).astype(np.float32)
    floor = float(np.percentile(smooth, 95)) / 3
    even: Grey = np.clip(255.0 * grey / np.maximum(smooth, floor), 0, 255).astype(np.uint8)
    return even


def _mask_unlike_rim(image: Rgb) -> Mask:
    """What differs in colour from the rim of ``image``: a sheet, its shaded parts as well."""
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    rim = max(3, round(RIM_SHARE * max(image.shape)))
    inner = np.zeros(image.shape[:2], bool)
    inner[rim:-rim, rim:-rim] = True
    away = (colours - np.median(colours[~inner], axis=0)) * RIM_WEIGHTS
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
    both = float(np.count_nonzero(inside & bright))
    return both / max(1.0, float(np.count_nonzero(inside | bright)))
