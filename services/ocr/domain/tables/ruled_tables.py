"""Ruled tables by geometry alone: rules that meet, the areas they close, rows and columns.

Nothing here reads text, so a misread header cannot move an answer to another question.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Floats, Grey, Mask
from services.ocr.domain.ink.ruled_lines import (
    PIECE_SHARE,
    Rule,
    ink_mask,
    level_rules,
    upright_rules,
)
from services.ocr.domain.tables.closed_areas import MIN_CELL_PX, REACH_PX, Area, closed_areas

#: Longer side on which tables are sought: rules of any scan are then 1 to 5 pixels thick.
WORKING_SIDE = 1800
#: Half the thickness of a rule as it is drawn to close cells.
HALF_RULE_PX = 4.0
#: Tables are mostly paper; bars of a chart are not.
MAX_INK_SHARE = 0.3
#: A rule with a larger share of a pen's ink is a stroke of that pen, unless so much of it is print:
#: marks may cover a good part of a row's rule.
MAX_PEN_SHARE, MIN_PRINTED_PX = 0.25, 100
#: Share of its own box that a cell fills when the table is laid straight.
MIN_CELL_FILL = 0.72


@dataclass(frozen=True, slots=True)
class Cell:
    """A closed area. ``box`` is x, y, width, height within its rules, in pixels of the page.

    ``inside`` are its pixels (255) in that box, without the rules. Rows and columns count from 0.
    """

    row: int
    column: int
    row_span: int
    column_span: int
    box: tuple[int, int, int, int]
    inside: Mask
    ink_share: float


@dataclass(frozen=True, slots=True)
class Table:
    """Cells that share rules; ``box`` is x, y, width, height in pixels of the page."""

    box: tuple[int, int, int, int]
    rows: int
    columns: int
    cells: tuple[Cell, ...]


def find_tables(grey: Grey, pen: Mask | None = None) -> list[Table]:
    """All ruled tables on a page, from top to bottom; lone boxes and page frames are left out.

    ``pen`` is ink (255) that draws no rules: a teacher's stroke would divide a cell.
    """
    scale = WORKING_SIDE / max(grey.shape)
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    ink = ink_mask(small)
    level, upright = level_rules(ink), upright_rules(ink)
    if pen is not None:
        drawn = cv2.resize(pen, size, interpolation=cv2.INTER_AREA)
        level = [rule for rule in level if not _is_drawn_by(rule, drawn)]
        upright = [rule for rule in upright if not _is_drawn_by(rule, drawn.T)]
    rules = _drawn(level, upright, ink.shape)
    tables = []
    for areas, net in closed_areas(rules):
        table = _table(areas, ink, _with_ragged_edges(net, ink), scale)
        if table is not None:
            tables.append(table)
    return sorted(tables, key=lambda t: (t.box[1], t.box[0]))


def _is_drawn_by(rule: Rule, pen: Mask) -> bool:
    """Whether a good part of a level ``rule`` is the ink of ``pen``, such as a 4 on the print."""
    along = np.arange(max(0, int(rule.start)), min(pen.shape[1], int(rule.end) + 1))
    across = np.clip(np.rint(rule.offset(along)).astype(int), 0, pen.shape[0] - 1)
    drawn = int(np.count_nonzero(pen[across, along] > 40))
    return drawn > MAX_PEN_SHARE * len(along) and len(along) - drawn < MIN_PRINTED_PX


def _with_ragged_edges(net: Mask, ink: Mask) -> Mask:
    """``net`` with the ink beside it that runs along it: a bent rule misses its smooth curve."""
    near = cv2.dilate(net, np.ones((9, 9), np.uint8))
    piece = max(9, round(PIECE_SHARE * max(ink.shape)))
    along = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((piece, 1), np.uint8))
    ragged = cv2.bitwise_and(cv2.bitwise_or(along, down), near)
    whole: Mask = cv2.dilate(cv2.bitwise_or(net, ragged), np.ones((3, 3), np.uint8))
    return whole


def _drawn(level: list[Rule], upright: list[Rule], shape: tuple[int, ...]) -> Mask:
    """The rules of nets, drawn as unbroken lines from their first crossing to their last.

    A rule of a table is crossed twice at least. The bar of a T is not, and when it is gone neither
    is its stem, even where that runs into the table's own rule.
    """
    met = np.array([[_meeting(rule, other) for other in upright] for rule in level])
    met = met.reshape(len(level), len(upright), 2)
    while True:
        count = np.count_nonzero(np.isnan(met))
        for axis in (1, 0):
            start, end = _spans(met, axis)
            np.moveaxis(met, 1 - axis, 0)[end - start < MIN_CELL_PX] = np.nan
        if np.count_nonzero(np.isnan(met)) == count:
            break
    canvas = np.zeros(shape[:2], np.uint8)
    for axis, rules in ((1, level), (0, upright)):
        for rule, start, end in zip(rules, *_spans(met, axis), strict=True):
            if start < end:
                _draw(canvas, rule, (float(start), float(end)), is_level=axis == 1)
    return canvas


def _spans(met: Floats, axis: int) -> tuple[Floats, Floats]:
    """Where each rule is first and last crossed by those that lie along ``axis`` of ``met``."""
    along = met[..., 1 - axis]
    return (
        np.fmin.reduce(along, axis=axis, initial=np.inf),
        np.fmax.reduce(along, axis=axis, initial=-np.inf),
    )


def _meeting(level: Rule, upright: Rule) -> tuple[float, float]:
    """The x and y where the two cross, or would when each were a little longer; NaN elsewhere."""
    x = upright.at((upright.start + upright.end) / 2)
    y = 0.0
    for _ in range(2):
        y = level.at(min(max(x, level.start), level.end))
        x = upright.at(min(max(y, upright.start), upright.end))
    if (
        level.start - REACH_PX <= x <= level.end + REACH_PX
        and upright.start - REACH_PX <= y <= upright.end + REACH_PX
    ):
        return x, y
    return np.nan, np.nan


def _draw(canvas: Mask, rule: Rule, span: tuple[float, float], *, is_level: bool) -> None:
    along = np.linspace(span[0], span[1], max(2, int(span[1] - span[0]) // 12))
    offsets = rule.offset(np.clip(along, rule.start, rule.end))
    points = np.stack([along, offsets] if is_level else [offsets, along], axis=1)
    thickness = max(2, round(rule.thickness_px) + 1)
    cv2.polylines(canvas, [np.round(points).astype(np.int32)], False, 255, thickness)


def _table(areas: list[Area], ink: Mask, rules: Mask, scale: float) -> Table | None:
    """The table of ``areas``; None when they are no grid of at least two four-sided cells."""
    straight = _straightened(areas)
    kept = [
        (area, edges)
        for area, edges in zip(areas, straight, strict=True)
        if _fill(area) >= MIN_CELL_FILL or edges[4] >= MIN_CELL_FILL
    ]
    if len(kept) < 2 or len(kept) < 0.6 * len(areas):
        return None
    edges = np.array([e[:4] for _, e in kept])
    columns, rows = _levels(edges[:, (0, 2)]), _levels(edges[:, (1, 3)])
    cells = []
    for index, (area, _) in enumerate(kept):
        left, right = int(columns[index, 0]), int(columns[index, 1])
        top, bottom = int(rows[index, 0]), int(rows[index, 1])
        if right <= left or bottom <= top:
            return None
        cells.append(_cell(area, (top, left, bottom - top, right - left), ink, rules, scale))
    if float(np.median([cell.ink_share for cell in cells])) > MAX_INK_SHARE:
        return None
    cells.sort(key=lambda c: (c.row, c.column))
    x0, y0 = min(c.box[0] for c in cells), min(c.box[1] for c in cells)
    x1 = max(c.box[0] + c.box[2] for c in cells)
    y1 = max(c.box[1] + c.box[3] for c in cells)
    return Table((x0, y0, x1 - x0, y1 - y0), int(rows.max()), int(columns.max()), tuple(cells))


def _fill(area: Area) -> float:
    return float(np.count_nonzero(area.inside)) / area.inside.size


def _straightened(areas: list[Area]) -> list[tuple[float, float, float, float, float]]:
    """Each area's left, top, right, bottom and fill after the table was laid straight.

    The table's own outline says how: a homography takes its corners to a rectangle, which undoes
    a photo's perspective and what skew is left.
    """
    contours = [_contour(area) for area in areas]
    corners = _extreme_corners(np.concatenate(contours))
    width = max(_distance(corners, 0, 1), _distance(corners, 3, 2))
    height = max(_distance(corners, 0, 3), _distance(corners, 1, 2))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    edges = []
    for contour in contours:
        flat = cv2.perspectiveTransform(contour[None].astype(np.float64), matrix)[0]
        # A few per cent at each end are bends and corners, not the edge.
        left, top = np.percentile(flat, 4, axis=0)
        right, bottom = np.percentile(flat, 96, axis=0)
        polygon_area = float(cv2.contourArea(flat.astype(np.float32)))
        box_area = max(1.0, float(np.prod(flat.max(axis=0) - flat.min(axis=0))))
        edges.append(
            (float(left), float(top), float(right), float(bottom), polygon_area / box_area)
        )
    return edges


def _contour(area: Area) -> Floats:
    outlines, _ = cv2.findContours(area.inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len).reshape(-1, 2)
    return np.asarray(outline + np.array(area.box[:2]), np.float64)


def _extreme_corners(points: Floats) -> Floats:
    """The points farthest out towards top left, top right, bottom right, bottom left."""
    spread = np.maximum(points.max(axis=0) - points.min(axis=0), 1.0)
    x, y = (points / spread).T
    picks = [np.argmin(x + y), np.argmax(x - y), np.argmax(x + y), np.argmin(x - y)]
    corners: Floats = points[picks]
    return corners


def _distance(corners: Floats, a: int, b: int) -> float:
    return max(1.0, float(np.hypot(*(corners[a] - corners[b]))))


def _levels(edges: Floats) -> Floats:
    """For each cell the numbers of the grid lines at its two edges (n × 2), counted from 0."""
    sizes = edges[:, 1] - edges[:, 0]
    # Two cells' facing edges are a rule apart; grown by half of one they meet.
    edges = edges + np.array([-HALF_RULE_PX, HALF_RULE_PX])
    tolerance = max(5.0, 0.45 * float(np.min(sizes)))
    values = np.sort(edges.ravel())
    middles: list[float] = []
    group: list[float] = [float(values[0])]
    for value in values[1:]:
        if value - group[-1] > tolerance / 2 or value - group[0] > tolerance:
            middles.append(float(np.mean(group)))
            group = []
        group.append(float(value))
    middles.append(float(np.mean(group)))
    distance = np.abs(edges[..., None] - np.array(middles))
    levels: Floats = np.argmin(distance, axis=2)
    return levels


def _cell(
    area: Area, place: tuple[int, int, int, int], ink: Mask, rules: Mask, scale: float
) -> Cell:
    x, y, width, height = area.box
    margin = 2
    inner = cv2.erode(
        cv2.copyMakeBorder(area.inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0),
        np.ones((2 * margin + 1, 2 * margin + 1), np.uint8),
    )[1:-1, 1:-1]
    window = (slice(y, y + height), slice(x, x + width))
    inner[rules[window] > 0] = 0
    dark = (ink[window] > 0) & (inner > 0)
    share = float(np.count_nonzero(dark)) / max(1, int(np.count_nonzero(inner)))
    left, top = round(x / scale), round(y / scale)
    right, bottom = round((x + width) / scale), round((y + height) / scale)
    box = (left, top, max(1, right - left), max(1, bottom - top))
    inside = cv2.resize(inner, box[2:], interpolation=cv2.INTER_NEAREST)
    row, column, row_span, column_span = place
    return Cell(
        row,
        column,
        row_span,
        column_span,
        box,
        inside,
        float(share),
    )
