"""Shapes that a pen makes: ticks, crosses, rings and lines, told apart by fitting them.

Each fit asks two things of a drawing: how far its ink lies from the ideal lines, and how much of
these lines has ink on it. Both hold at any size and stroke width.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Floats, Mask

#: Ink may lie this share of the drawing's size away from its lines, on average.
MAX_MISS = 0.075
#: Share of the ideal lines that must have ink.
MIN_COVER = 0.82
#: A cross is not much higher than wide; a slim one is a digit.
MIN_CROSS_ASPECT = 0.6
MIN_TICK_ASPECT = 0.5
#: A ring's hole takes at least this share of its box.
MIN_HOLE_SHARE = 0.42
#: Without a hole it is one when so much of an ellipse's sectors has ink and hardly any is within.
SECTORS, MIN_ROUND = 40, 0.85
INNER_RADIUS, MAX_INNER_SHARE = 0.62, 0.1


class Shape(StrEnum):
    """What a drawing was recognised as."""

    TICK = "tick"
    #: A tick with a bar through its long arm.
    BARRED_TICK = "barred_tick"
    CROSS = "cross"
    RING = "ring"
    LINE = "line"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ShapeFit:
    """A shape and how well it fits, 0..1."""

    shape: Shape
    quality: float


def classify(mask: Mask) -> ShapeFit:
    """The shape of the ink (255) that fills ``mask``, a tight crop of one drawing."""
    rows, columns = np.nonzero(mask)
    if len(rows) < 12:
        return ShapeFit(Shape.OTHER, 0.0)
    points = np.stack([columns, rows], axis=1).astype(np.float64)
    stroke = stroke_width(mask)
    fits = [_line(points, stroke), _cross(points, mask, stroke), _tick(points, mask, stroke)]
    fits.append(_ring(mask))
    best = max(fits, key=lambda fit: fit.quality)
    return best if best.quality > 0 else ShapeFit(Shape.OTHER, 0.0)


def stroke_width(mask: Mask) -> float:
    """Mean width of the strokes in pixels: area over length of the middle line."""
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    ridge = distance[(distance > 0) & (distance >= cv2.dilate(distance, np.ones((3, 3))) - 1e-3)]
    return float(2 * np.median(ridge)) if ridge.size else 0.0


def _size(points: Floats) -> float:
    return float(max(1.0, *np.ptp(points, axis=0)))


def _line(points: Floats, stroke: float) -> ShapeFit:
    """One straight stroke of any direction, at least five times as long as wide."""
    centred = points - points.mean(axis=0)
    spread, axes = np.linalg.eigh(np.cov(centred.T))
    length = float(np.ptp(centred @ axes[:, 1]))
    thickness = float(np.sqrt(12 * max(0.0, spread[0])))
    if length < 5 * max(thickness, stroke):
        return ShapeFit(Shape.LINE, 0.0)
    return ShapeFit(Shape.LINE, 1.0 - thickness / length * 2)


def _cross(points: Floats, mask: Mask, stroke: float) -> ShapeFit:
    """Two strokes between opposite corners that cross near the middle."""
    falling = _extreme(points, (-1, -1)), _extreme(points, (1, 1))
    rising = _extreme(points, (-1, 1)), _extreme(points, (1, -1))
    crossing = _intersection(falling, rising)
    size = _size(points)
    if crossing is None or not _is_one_open_piece(mask):
        return ShapeFit(Shape.CROSS, 0.0)
    shares = [_share_along(crossing, arm) for arm in (falling, rising)]
    lengths = [float(np.hypot(*(b - a))) for a, b in (falling, rising)]
    aspect = mask.shape[1] / mask.shape[0]
    if not all(0.22 < share < 0.78 for share in shares) or min(lengths) < 0.45 * max(lengths):
        return ShapeFit(Shape.CROSS, 0.0)
    if not MIN_CROSS_ASPECT < aspect < 1 / MIN_CROSS_ASPECT:
        return ShapeFit(Shape.CROSS, 0.0)
    angle = _angle_between(falling[1] - falling[0], rising[1] - rising[0])
    if not 35 < angle < 145:
        return ShapeFit(Shape.CROSS, 0.0)
    return ShapeFit(Shape.CROSS, _quality(points, mask, [falling, rising], size, stroke))


def _is_one_open_piece(mask: Mask) -> bool:
    """Whether the ink hangs together and encloses nothing, unlike 4, 8 or 28."""
    contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    areas = [(cv2.contourArea(c), links[3] < 0) for c, links in zip(contours, tree[0], strict=True)]
    outer = [area for area, is_outer in areas if is_outer]
    holes = [area for area, is_outer in areas if not is_outer]
    has_hole = max(holes, default=0.0) > 0.03 * mask.size
    return not has_hole and max(outer) > 0.85 * sum(outer)


def _tick(points: Floats, mask: Mask, stroke: float) -> ShapeFit:
    """A short stroke down and a longer one up to the right, perhaps with a bar through it."""
    nothing = ShapeFit(Shape.TICK, 0.0)
    size = _size(points)
    end = _extreme(points, (1, -1.2))
    corner = _extreme(points, (-0.25, 1))
    left_part = points[points[:, 0] <= corner[0] + stroke]
    start = _extreme(left_part, (-1, -0.6)) if len(left_part) else corner
    short, long = corner - start, end - corner
    if long[0] < 0.25 * size or -long[1] < 0.3 * size or short[1] < 0.12 * size:
        return nothing
    if mask.shape[1] < MIN_TICK_ASPECT * mask.shape[0] or not _is_one_open_piece(mask):
        return nothing
    if np.hypot(*long) < 1.15 * np.hypot(*short) or start[0] > corner[0] + 0.05 * size:
        return nothing
    arms = [(start, corner), (corner, end)]
    clean = _quality(points, mask, arms, size, stroke)
    far = points[_miss(points, arms) > max(stroke, 0.07 * size)]
    if len(far) > 0.05 * len(points) and _is_bar(far, (corner, end), size):
        near = points[_miss(points, arms) <= max(stroke, 0.07 * size)]
        return ShapeFit(Shape.BARRED_TICK, _quality(near, mask, arms, size, stroke))
    return ShapeFit(Shape.TICK, clean)


def _is_bar(far: Floats, arm: tuple[Floats, Floats], size: float) -> bool:
    """Whether the ink off a tick's lines is a stroke across its long arm."""
    along = (arm[1] - arm[0]) / max(1.0, float(np.hypot(*(arm[1] - arm[0]))))
    offset = far - arm[0]
    position = offset @ along / max(1.0, float(np.hypot(*(arm[1] - arm[0]))))
    side = offset @ np.array([-along[1], along[0]])
    on_both = min(np.count_nonzero(side > 0), np.count_nonzero(side < 0)) > 0.15 * len(far)
    return bool(
        on_both
        and 0.2 < float(np.median(position)) < 0.95
        and float(np.ptp(position)) < 0.6
        and float(np.max(np.abs(side))) < 0.5 * size
    )


def _ring(mask: Mask) -> ShapeFit:
    """A closed or nearly closed loop around something."""
    height, width = mask.shape
    if not 0.35 < width / height < 4.5:
        return ShapeFit(Shape.RING, 0.0)
    return ShapeFit(Shape.RING, max(_hole(mask), _loop(mask)))


def _hole(mask: Mask) -> float:
    """How round the hole of a closed loop is, 0..1; 0 without a large one."""
    height, width = mask.shape
    reach = max(3, round(0.08 * max(height, width))) | 1
    padded = cv2.copyMakeBorder(mask, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    contours, tree = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    holes = [c for c, links in zip(contours, tree[0], strict=True) if links[3] >= 0]
    largest = max(holes, key=cv2.contourArea, default=None)
    if largest is None:
        return 0.0
    share = cv2.contourArea(largest) / (height * width)
    hull = cv2.contourArea(cv2.convexHull(largest))
    roundness = cv2.contourArea(largest) / max(1.0, hull)
    if share < MIN_HOLE_SHARE or roundness < 0.85:
        return 0.0
    return float(min(1.0, roundness))


def _loop(mask: Mask) -> float:
    """How much of the ellipse that fills ``mask`` is drawn, gaps and all; 0 below MIN_ROUND."""
    height, width = mask.shape
    rows, columns = np.nonzero(mask)
    x = (columns - (width - 1) / 2) / (width / 2)
    y = (rows - (height - 1) / 2) / (height / 2)
    radius = np.hypot(x, y)
    if float(np.mean(radius < INNER_RADIUS)) > MAX_INNER_SHARE:
        return 0.0
    around = np.floor((np.arctan2(y, x) + np.pi) / (2 * np.pi) * SECTORS).astype(int) % SECTORS
    drawn = len(np.unique(around[radius >= INNER_RADIUS])) / SECTORS
    return drawn if drawn >= MIN_ROUND else 0.0


def _extreme(points: Floats, direction: tuple[float, float]) -> Floats:
    """The point farthest out in ``direction``, in a box of unit sides."""
    scaled = points / np.maximum(1.0, np.ptp(points, axis=0))
    point: Floats = points[int(np.argmax(scaled @ np.array(direction)))]
    return point


def _miss(points: Floats, lines: list[tuple[Floats, Floats]]) -> Floats:
    """Distance of each point from the nearest of ``lines`` (segments)."""
    distances = []
    for start, end in lines:
        step = end - start
        share = np.clip((points - start) @ step / max(1e-9, float(step @ step)), 0, 1)
        distances.append(np.hypot(*(points - start - share[:, None] * step).T))
    nearest: Floats = np.min(distances, axis=0)
    return nearest


def _quality(
    points: Floats, mask: Mask, lines: list[tuple[Floats, Floats]], size: float, stroke: float
) -> float:
    """How well ``lines`` explain the drawing, 0 when they do not."""
    miss = float(np.mean(np.maximum(0.0, _miss(points, lines) - stroke / 2))) / size
    thick = cv2.dilate(mask, np.ones((2 * max(2, round(0.07 * size)) + 1,) * 2, np.uint8))
    covers = []
    for start, end in lines:
        samples = np.round(np.linspace(start, end, 24)).astype(int)
        covers.append(np.count_nonzero(thick[samples[:, 1], samples[:, 0]]) / len(samples))
    cover = float(min(covers))
    if miss > MAX_MISS or cover < MIN_COVER:
        return 0.0
    return (1.0 - miss / MAX_MISS * 0.4) * cover


def _intersection(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Floats | None:
    matrix = np.stack([first[1] - first[0], second[0] - second[1]], axis=1)
    if abs(float(np.linalg.det(matrix))) < 1e-6:
        return None
    share = np.linalg.solve(matrix, second[0] - first[0])
    point: Floats = first[0] + share[0] * (first[1] - first[0])
    return point


def _share_along(point: Floats, line: tuple[Floats, Floats]) -> float:
    step = line[1] - line[0]
    return float((point - line[0]) @ step / max(1e-9, float(step @ step)))


def _angle_between(first: Floats, second: Floats) -> float:
    cosine = float(first @ second) / max(1e-9, float(np.hypot(*first) * np.hypot(*second)))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
