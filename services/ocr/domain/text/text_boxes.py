"""Boxes of text lines from a detector's probability map.

The map is that of Differentiable Binarization (Liao et al., AAAI 2020): text kernels that shrank
towards the middle of their line, to be grown back by area over perimeter.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Floats, Mask, Quad

MIN_SIDE_PX = 3.0
#: Rows that so much of a kernel's widest row stands in are the line's; a fraction sticks out.
MAIN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class BoxRule:
    """Thresholds of the map's pixels and of a text's mean, and how far kernels grow.

    The mean is taken over the text's box, or over its ``outline``: a line with a fraction in it
    leaves most of its box empty.
    """

    pixel: float = 0.3
    box: float = 0.5
    outline: float = 0.62
    growth: float = 1.6
    max_boxes: int = 1500


def find_boxes(probability: Floats, rule: BoxRule) -> list[Quad]:
    """Quads of text lines, in pixels of ``probability`` (height × width, 0..1)."""
    mask = cv2.dilate((probability > rule.pixel).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [
        _grown(rectangle, rule.growth)
        for contour in contours[: rule.max_boxes]
        if (rectangle := _rectangle(probability, contour[:, 0], rule)) is not None
    ]
    return [box for box in boxes if box is not None]


def _rectangle(
    probability: Floats, contour: Floats, rule: BoxRule
) -> cv2.typing.RotatedRect | None:
    """The box of a kernel; None for what is too small or too unsure to be text."""
    rectangle = cv2.minAreaRect(contour)
    if min(rectangle[1]) < MIN_SIDE_PX:
        return None
    corners = cv2.boxPoints(rectangle)
    if _mean_inside(probability, corners) >= rule.box:
        return rectangle
    if _mean_inside(probability, contour) < rule.outline:
        return None
    return _main_rows(contour)


def _main_rows(contour: Floats) -> cv2.typing.RotatedRect:
    """The box of the rows that most of a level kernel covers, without what sticks out of it."""
    corner = contour.min(axis=0)
    width, height = contour.max(axis=0) - corner + 1
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [contour - corner], 1)
    used = np.count_nonzero(inside, axis=1)
    rows = np.flatnonzero(used >= MAIN_SHARE * used.max())
    middle = corner[1] + (rows[0] + rows[-1]) / 2
    centre = (float(corner[0] + (width - 1) / 2), float(middle))
    return centre, (float(width), float(rows[-1] - rows[0] + 1)), 0.0


def _mean_inside(probability: Floats, corners: Floats) -> float:
    height, width = probability.shape
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, (width - 1, height - 1)).astype(int)
    inside: Mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(inside, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(probability[top : bottom + 1, left : right + 1], inside)[0])


def _grown(rectangle: cv2.typing.RotatedRect, growth: float) -> Quad | None:
    """``rectangle`` grown on all sides; the same as offsetting its polygon with round joins."""
    centre, (width, height), angle = rectangle
    distance = width * height * growth / (2 * (width + height))
    grown = (centre, (width + 2 * distance, height + 2 * distance), angle)
    if min(grown[1]) < MIN_SIDE_PX + 2:
        return None
    return in_reading_order(cv2.boxPoints(grown))


def in_reading_order(corners: Floats) -> Quad:
    """Four corners as top left, top right, bottom right, bottom left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    left = left[np.argsort(left[:, 1])]
    right = right[np.argsort(right[:, 1])]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def sort_boxes(boxes: list[Quad]) -> list[Quad]:
    """Boxes from top to bottom, and from left to right where they share a line."""
    ordered = sorted(boxes, key=lambda box: float(box[:, 1].mean()))
    rows: list[list[Quad]] = []
    for box in ordered:
        height = float(box[:, 1].max() - box[:, 1].min())
        middle = float(box[:, 1].mean())
        if rows and abs(middle - float(rows[-1][-1][:, 1].mean())) < 0.4 * height:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda b: float(b[:, 0].min()))]
