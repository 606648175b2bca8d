"""Reads machine answer sheets: bubbles at the places a template names, after aligning to its marks.

The sheet is laid flat by its four corner marks; every block of bubbles is then shifted a little to
where its bubbles really are. What is filled is told as on answer cards without a template.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.bubbles.fill_levels import Choice, choices_of, darkness_of
from services.ocr.domain.bubbles.option_grids import OptionGrid
from services.ocr.domain.bubbles.sheet_marks import sheet_corners
from services.ocr.domain.ink.raster import Floats, Grey

#: A block may be this share of a bubble's size away from where the template has it.
MAX_SHIFT = 0.45
#: What lies in an ellipse of this share of a bubble's sides is in it: pens go over the rim.
PLACE = 1.3
#: Ink is as dark as this share of the darkest hundredth, which one filled bubble of many reaches.
INK = 0.5
#: The least share of the ink that is in bubbles, beyond chance. Sheets that lie as the
#: template says have 0.73 to 1, drawn and photographed ones; turned upside down 0.42 to 0.84.
MIN_FIT = 0.6


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble: what it stands for and its centre (x, y) in template units."""

    value: str
    centre: tuple[float, float]


@dataclass(frozen=True, slots=True)
class BubbleField:
    """One thing to fill in: a question or a digit of a number. ``block`` moves as one piece."""

    label: str
    block: str
    bubbles: tuple[Bubble, ...]


@dataclass(frozen=True, slots=True)
class BubbleTemplate:
    """A sheet between the centres of its four corner marks.

    ``size`` (width, height) and ``bubble`` (width, height) are in template units.
    """

    size: tuple[float, float]
    bubble: tuple[float, float]
    fields: tuple[BubbleField, ...]


@dataclass(frozen=True, slots=True)
class FilledField:
    """What is filled in: the values of dark bubbles, joined; "" when none is.

    ``confidence`` is that of the choice among the field's bubbles; ``box`` (x, y, width, height in
    page pixels) is around them.
    """

    label: str
    text: str
    confidence: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class _FlatSheet:
    """A sheet in template units: how dark it is (0..255), where its blocks are, the way back."""

    darkness: Grey
    grids: tuple[OptionGrid, ...]
    back: Floats
    fit: float


def read_bubbles(grey: Grey, template: BubbleTemplate) -> tuple[FilledField, ...] | None:
    """Every field of ``template`` on the page, or None when its sheet is not found there.

    That is without four marks that agree, and when no bubbles lie where the template has them.
    """
    blocks = _blocks(template)
    sheets = [
        _laid_flat(grey, corners, template, blocks)
        for corners in sheet_corners(grey, template.size)
    ]
    sheet = max(sheets, key=lambda sheet: sheet.fit, default=None)
    if sheet is None or sheet.fit < MIN_FIT:
        return None
    values = sorted({bubble.value for field in template.fields for bubble in field.bubbles})
    levels = [
        _by_value(darkness_of(grid, sheet.darkness), block, values)
        for grid, block in zip(sheet.grids, blocks, strict=True)
    ]
    choices = choices_of(levels, [np.isfinite(level) for level in levels])
    return tuple(
        _filled(field, choice, _box(field, template, sheet.back))
        for block, rows in zip(blocks, choices, strict=True)
        for field, choice in zip(block, rows, strict=True)
    )


def _by_value(levels: Floats, block: Sequence[BubbleField], values: Sequence[str]) -> Floats:
    """``levels`` with a column for each of the sheet's ``values``: equal print is compared."""
    found = np.full((len(block), len(values)), np.nan)
    for row, field in enumerate(block):
        columns = [values.index(bubble.value) for bubble in field.bubbles]
        found[row, columns] = levels[row]
    return found


def _blocks(template: BubbleTemplate) -> list[list[BubbleField]]:
    """The fields of each block; those with other numbers of bubbles are blocks of their own."""
    blocks: dict[tuple[str, int], list[BubbleField]] = {}
    for field in template.fields:
        blocks.setdefault((field.block, len(field.bubbles)), []).append(field)
    return list(blocks.values())


def _laid_flat(
    grey: Grey,
    corners: Floats,
    template: BubbleTemplate,
    blocks: Sequence[Sequence[BubbleField]],
) -> _FlatSheet:
    width, height = (round(v) for v in template.size)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    flat = cv2.warpPerspective(grey, matrix, (width, height), borderValue=255)
    darkness = _darkness(flat, template)
    smooth = cv2.blur(darkness, tuple(max(1, round(0.55 * side)) for side in template.bubble))
    grids = []
    for block in blocks:
        centres = np.array([[bubble.centre for bubble in field.bubbles] for field in block])
        shift = _shift(smooth, centres.reshape(-1, 2), template)
        everywhere = np.ones(centres.shape[:2], bool)
        grids.append(OptionGrid(centres + shift, template.bubble, everywhere, everywhere))
    fit = _fit(smooth, grids)
    return _FlatSheet(darkness, tuple(grids), np.linalg.inv(matrix), fit)


def _darkness(flat: Grey, template: BubbleTemplate) -> Grey:
    """How much darker each pixel is than the paper around, 0..255."""
    window = round(4 * max(template.bubble)) | 1
    paper = cv2.morphologyEx(flat, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    paper = np.maximum(cv2.blur(paper, (window, window)), 1)
    dark: Grey = (255 * np.clip(1.0 - flat / paper.astype(np.float32), 0.0, 1.0)).astype(np.uint8)
    return dark


def _at(darkness: Grey, places: Floats) -> Floats:
    """The darkness at ``places`` (…, 2); that of the margin for those outside."""
    height, width = darkness.shape
    x = np.clip(np.rint(places[..., 0]).astype(int), 0, width - 1)
    y = np.clip(np.rint(places[..., 1]).astype(int), 0, height - 1)
    levels: Floats = darkness[y, x] / 255
    return levels


def _shift(darkness: Grey, centres: Floats, template: BubbleTemplate) -> Floats:
    """The shift of a block at which its bubbles are darkest, small shifts preferred."""
    reach_x, reach_y = (max(1, round(MAX_SHIFT * side)) for side in template.bubble)
    shifts = [
        np.array((x, y))
        for x in range(-reach_x, reach_x + 1, 3)
        for y in range(-reach_y, reach_y + 1, 3)
    ]

    def score(shift: Floats) -> float:
        distance = float(np.hypot(shift[0] / reach_x, shift[1] / reach_y))
        return float(np.square(_at(darkness, centres + shift)).sum()) * (1.0 - 0.08 * distance)

    return max(shifts, key=score)


def _fit(darkness: Grey, grids: Sequence[OptionGrid]) -> float:
    """How much of the ink among the bubbles is in them, beyond what chance would put there.

    1 when all of it is, 0 when it is spread as if no bubbles were here.
    """
    around, places = np.zeros_like(darkness), np.zeros_like(darkness)
    for grid in grids:
        (x, y, width, height), (right, down) = grid.box, grid.pitch
        reach = abs(right) / 2, abs(down) / 2
        low = max(0, round(x - reach[0])), max(0, round(y - reach[1]))
        high = round(x + width + reach[0]), round(y + height + reach[1])
        around[low[1] : high[1], low[0] : high[0]] = 1
        axes = round(PLACE * grid.sides[0] / 2), round(PLACE * grid.sides[1] / 2)
        for middle in grid.middles.reshape(-1, 2):
            cv2.ellipse(places, np.rint(middle).astype(int).tolist(), axes, 0, 0, 360, 1, -1)
    levels = darkness[around > 0]
    if not levels.size:
        return 0.0
    ink = levels > INK * np.quantile(levels, 0.99)
    chance = float(places[around > 0].mean())
    share = float(places[around > 0][ink].mean()) if ink.any() else 0.0
    return (share - chance) / max(1.0 - chance, 0.01)


def _box(
    field: BubbleField, template: BubbleTemplate, back: Floats
) -> tuple[float, float, float, float]:
    """The field's bubbles on the page; ``back`` leads there from template units."""
    half = np.array(template.bubble) / 2
    centres = np.array([bubble.centre for bubble in field.bubbles])
    corners = [centres + half * sides for sides in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    flat = np.concatenate(corners).astype(np.float32)[None]
    placed = cv2.perspectiveTransform(flat, back)[0]
    (left, top), (right, bottom) = placed.min(axis=0), placed.max(axis=0)
    return float(left), float(top), float(right - left), float(bottom - top)


def _filled(
    field: BubbleField, choice: Choice, box: tuple[float, float, float, float]
) -> FilledField:
    values = sorted(bubble.value for bubble in field.bubbles)
    chosen = {values[option] for option in choice.options}
    text = "".join(bubble.value for bubble in field.bubbles if bubble.value in chosen)
    return FilledField(field.label, text, choice.confidence, box)
