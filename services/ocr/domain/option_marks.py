"""Ticks and rings of a black pen at the labels of options, where colour does not tell them.

They run into the label's own letter, so they are sought by what no printed label has: a long
stroke that rises over it from the left, or a loop around it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.raster import Mask
from services.ocr.domain.stroke_shapes import Shape, classify

#: Angles of a tick's long arm in degrees, and its length in heights of a Chinese character.
ANGLES, MIN_ARM_EM = (32, 39, 46, 53, 60, 67), 1.0
#: The box of the arm that is left when all shorter strokes are taken away.
MIN_WIDE_EM, MIN_HIGH_EM = 0.7, 0.95
#: How far over the middle of the label the arm ends, and the reach of the short arm.
MIN_RISE_EM, SHORT_ARM_EM = 0.6, 0.28
#: Sides of a ring around one letter.
MIN_RING_EM, MAX_RING_EM = 1.15, 2.8
#: How far from the label's middle a mark may reach: left, right, up, down.
LEFT_EM, RIGHT_EM, UP_EM, DOWN_EM = 2.0, 1.4, 1.5, 1.2
#: Of a tick with both its arms, and at most of a ring.
CERTAINTY = 0.9

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class OptionMark:
    """A mark at a label: its shape (tick or ring), box in page pixels and certainty, 0..1."""

    shape: Shape
    box: Box
    certainty: float


def option_marks(
    black: Mask, labels: Iterable[tuple[float, float]], em_px: float
) -> list[OptionMark]:
    """Marks at the labels whose letters' middles (x, y) are given; ``black`` is uncoloured ink."""
    found = _marks(black, labels, em_px)
    return list({mark.box: mark for mark in found}.values())


def _marks(
    black: Mask, labels: Iterable[tuple[float, float]], em_px: float
) -> Iterator[OptionMark]:
    rows, columns = black.shape
    for x, y in labels:
        left, right = max(0, round(x - LEFT_EM * em_px)), min(columns, round(x + RIGHT_EM * em_px))
        top, bottom = max(0, round(y - UP_EM * em_px)), min(rows, round(y + DOWN_EM * em_px))
        window = black[top:bottom, left:right]
        if not window.any():
            continue
        centre = (x - left, y - top)
        mark = _tick(window, centre, em_px) or _ring(window, centre, em_px)
        if mark is not None:
            mx, my, width, height = mark.box
            yield OptionMark(mark.shape, (left + mx, top + my, width, height), mark.certainty)


def _tick(window: Mask, centre: tuple[float, float], em_px: float) -> OptionMark | None:
    rising = np.zeros_like(window)
    length = round(MIN_ARM_EM * em_px)
    for angle in ANGLES:
        rising |= cv2.morphologyEx(window, cv2.MORPH_OPEN, _line(length, angle))
    _, _, stats, _ = cv2.connectedComponentsWithStats(rising, connectivity=8)
    for x, y, width, height, _ in stats[1:].tolist():
        # From its corner left of the letter's middle it rises over the label.
        is_over = x <= centre[0] and y <= centre[1] - MIN_RISE_EM * em_px
        if not is_over or width < MIN_WIDE_EM * em_px or height < MIN_HIGH_EM * em_px:
            continue
        if min(x, y) == 0 or x + width == window.shape[1] or y + height == window.shape[0]:
            # It goes on: a line of a figure.
            continue
        reach = max(2, round(SHORT_ARM_EM * em_px))
        corner = (x, y + height - 1)
        beside = window[
            max(0, corner[1] - 2 * reach) : max(1, corner[1] - reach // 2),
            max(0, corner[0] - reach) : max(1, corner[0] - reach // 3),
        ]
        if beside.any():
            start = max(0, x - reach)
            return OptionMark(Shape.TICK, (start, y, x + width - start, height), CERTAINTY)
    return None


def _line(length: int, angle: float) -> Mask:
    """A straight stroke that rises to the right, one pixel wide."""
    across = max(1, round(length * np.cos(np.radians(angle))))
    up = max(1, round(length * np.sin(np.radians(angle))))
    kernel = np.zeros((up + 1, across + 1), np.uint8)
    cv2.line(kernel, (0, up), (across, 0), 1, 1)
    return kernel


def _ring(window: Mask, centre: tuple[float, float], em_px: float) -> OptionMark | None:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(window, connectivity=8)
    for label, (x, y, width, height, _) in enumerate(stats.tolist()):
        sides = (min(width, height), max(width, height))
        is_around = x < centre[0] < x + width and y < centre[1] < y + height
        is_large = sides[0] >= MIN_RING_EM * em_px and sides[1] <= MAX_RING_EM * em_px
        if label == 0 or not is_around or not is_large:
            continue
        own = np.where(labels[y : y + height, x : x + width] == label, 255, 0).astype(np.uint8)
        fit = classify(own)
        if fit.shape is Shape.RING:
            return OptionMark(Shape.RING, (x, y, width, height), min(CERTAINTY, fit.quality))
    return None
