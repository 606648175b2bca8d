"""Arithmetic on boxes: x, y, width, height in pixels, origin top left."""

from collections.abc import Iterable

from shared.contract.model import BBox


def right(box: BBox) -> float:
    """The x of the right edge."""
    return box[0] + box[2]


def bottom(box: BBox) -> float:
    """The y of the lower edge."""
    return box[1] + box[3]


def centre(box: BBox) -> tuple[float, float]:
    """The x and y of the middle."""
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def overlap(start: float, stop: float, other_start: float, other_stop: float) -> float:
    """Length that two intervals share; 0 when they are apart."""
    return max(0.0, min(stop, other_stop) - max(start, other_start))


def x_overlap(one: BBox, other: BBox) -> float:
    """Pixels that both boxes share horizontally."""
    return overlap(one[0], right(one), other[0], right(other))


def y_overlap(one: BBox, other: BBox) -> float:
    """Pixels that both boxes share vertically."""
    return overlap(one[1], bottom(one), other[1], bottom(other))


def shared_area(one: BBox, other: BBox) -> float:
    """Square pixels that both boxes cover."""
    return x_overlap(one, other) * y_overlap(one, other)


def is_inside(inner: BBox, outer: BBox, margin: float = 0.0) -> bool:
    """Whether the middle of ``inner`` lies in ``outer``, widened by ``margin`` pixels."""
    x, y = centre(inner)
    return (
        outer[0] - margin <= x <= right(outer) + margin
        and outer[1] - margin <= y <= bottom(outer) + margin
    )


def union(boxes: Iterable[BBox]) -> BBox:
    """The smallest box around all; ValueError when there are none."""
    some = tuple(boxes)
    left, top = min(box[0] for box in some), min(box[1] for box in some)
    width = max(right(box) for box in some) - left
    return left, top, width, max(bottom(box) for box in some) - top


def median(values: Iterable[float], default: float) -> float:
    """The middle value, the upper one of two; ``default`` when there are none."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else default
