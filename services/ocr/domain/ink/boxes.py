"""Arithmetic of boxes (x, y, width, height) in pixels of one picture."""

from collections.abc import Iterable

from shared.contract.model import BBox


def around(boxes: Iterable[BBox]) -> BBox:
    """The smallest box that holds all of ``boxes``, of which there is at least one."""
    listed = list(boxes)
    left, top = min(box[0] for box in listed), min(box[1] for box in listed)
    right = max(box[0] + box[2] for box in listed)
    bottom = max(box[1] + box[3] for box in listed)
    return left, top, right - left, bottom - top


def is_inside(box: BBox, area: BBox) -> bool:
    """Whether the middle of ``box`` lies in ``area``."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    return area[0] <= x <= area[0] + area[2] and area[1] <= y <= area[1] + area[3]
