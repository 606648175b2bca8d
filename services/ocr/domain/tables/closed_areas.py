"""The areas that nets of rules enclose: the cells of tables, as they are on a working image."""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Mask

#: How far a rule may end short of the rule it meets.
REACH_PX = 12
MIN_CELL_PX = 13
#: Characters such as 田 are grids, too, but smaller.
MIN_TABLE_PX = 120
#: A closed area that fills this share of the page is a frame around it, not a cell.
MAX_CELL_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Area:
    """A closed area: its box (x, y, width, height), and its pixels (255) in that box."""

    box: tuple[int, int, int, int]
    inside: Mask


def closed_areas(rules: Mask) -> list[tuple[list[Area], Mask]]:
    """Areas enclosed by rules, with the connected net of rules that encloses them.

    Letters such as T and F are small rules that meet, too; they enclose nothing.
    """
    count, nets, stats, _ = cv2.connectedComponentsWithStats(rules, connectivity=8)
    groups = []
    for net in range(1, count):
        x, y, width, height = (int(v) for v in stats[net, :4])
        if max(width, height) < MIN_TABLE_PX or min(width, height) < 1.5 * MIN_CELL_PX:
            continue
        own = np.zeros((height + 2, width + 2), np.uint8)
        own[1:-1, 1:-1] = nets[y : y + height, x : x + width] == net
        areas = _holes(own, (x - 1, y - 1))
        limit = MAX_CELL_SHARE * rules.size
        areas = [a for a in areas if a.box[2] * a.box[3] < limit]
        canvas = np.zeros_like(rules)
        canvas[y : y + height, x : x + width] = own[1:-1, 1:-1] * 255
        groups += [(some, canvas) for some in _side_by_side(areas) if len(some) >= 2]
    return groups


def _side_by_side(areas: list[Area]) -> list[list[Area]]:
    """The areas in groups that share rules.

    The stem of a letter between two tables may continue a rule of one to the other.
    """
    groups: list[list[Area]] = []
    for area in areas:
        near = [group for group in groups if any(_touch(area.box, other.box) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([area, *(other for group in near for other in group)])
    return groups


def _touch(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return all(
        one[axis] <= other[axis] + other[axis + 2] + REACH_PX
        and other[axis] <= one[axis] + one[axis + 2] + REACH_PX
        for axis in (0, 1)
    )


def _holes(lines: Mask, origin: tuple[int, int]) -> list[Area]:
    """The areas that ``lines`` enclose; the one that touches the border is the outside."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - lines, connectivity=4)
    areas = []
    for label in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[label])
        if x == 0 or y == 0 or width < MIN_CELL_PX or height < MIN_CELL_PX:
            continue
        if area < 0.5 * MIN_CELL_PX * MIN_CELL_PX:
            continue
        inside = np.where(labels[y : y + height, x : x + width] == label, 255, 0).astype(np.uint8)
        areas.append(Area((x + origin[0], y + origin[1], width, height), inside))
    return areas
