"""Reads machine answer sheets: bubbles at the places a template names, after aligning to its marks.

The sheet is laid flat by four round marks with rings (fiducials) near its corners; every block of
bubbles is then shifted a little to where its bubbles really are.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Floats, Grey

#: Longer side on which corner marks are sought, their diameters there, and the least correlation.
MARK_SIDE = 1000
MARK_DIAMETERS = (18, 21, 25, 29, 34, 40, 47, 55, 64, 75)
MIN_MATCH = 0.5
#: A block may be this share of a bubble's size away from where the template has it.
MAX_SHIFT = 0.45
#: Darkness (0..1) that a filled bubble has over the sheet's empty ones, at least.
MIN_CONTRAST = 0.18


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

    ``confidence`` falls to 0 as a bubble's darkness nears the line between filled and empty;
    ``box`` (x, y, width, height in page pixels) is around the field's bubbles.
    """

    label: str
    text: str
    confidence: float
    box: tuple[float, float, float, float]


def read_bubbles(grey: Grey, template: BubbleTemplate) -> tuple[FilledField, ...] | None:
    """Every field of ``template`` on the page, or None when its four marks are not found."""
    corners = find_marks(grey)
    if corners is None:
        return None
    width, height = (round(v) for v in template.size)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    flat = cv2.warpPerspective(grey, matrix, (width, height), borderValue=255)
    darkness = _darkness(flat, template)
    shifts = {
        block: _shift(darkness, [f for f in template.fields if f.block == block], template)
        for block in dict.fromkeys(f.block for f in template.fields)
    }
    levels = [
        [_level(darkness, bubble, shifts[f.block], template) for bubble in f.bubbles]
        for f in template.fields
    ]
    line = _dividing_line(np.concatenate([np.array(row) for row in levels]))
    back = np.linalg.inv(matrix)
    return tuple(
        _filled(field, row, line, _box(field, template, back))
        for field, row in zip(template.fields, levels, strict=True)
    )


def find_marks(grey: Grey) -> Floats | None:
    """Centres (x, y) of the four corner marks from top left, clockwise; None without four.

    Each mark is the best match for a target of rings in its quarter of the page, which holds when
    a mark was scribbled on.
    """
    scale = MARK_SIDE / max(grey.shape)
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    best: list[tuple[float, Floats]] = [(0.0, np.zeros(2))] * 4
    for diameter in MARK_DIAMETERS:
        match = cv2.matchTemplate(small, _ring_mark(diameter), cv2.TM_CCOEFF_NORMED)
        for quarter, (score, centre) in enumerate(_quarter_peaks(match, diameter, size)):
            if score > best[quarter][0]:
                best[quarter] = score, centre
    if min(score for score, _ in best) < MIN_MATCH:
        return None
    corners: Floats = np.array([centre for _, centre in best]) / scale
    return corners


def _ring_mark(diameter: int) -> Grey:
    """A target: a black disc, a ring and an outer ring of equal widths on white."""
    offset = np.arange(diameter + 5) - (diameter + 4) / 2
    radius = np.hypot(*np.meshgrid(offset, offset)) / (diameter / 2)
    is_black = (radius < 0.2) | ((radius > 0.4) & (radius < 0.6)) | ((radius > 0.8) & (radius < 1))
    mark = np.where(is_black, np.uint8(20), np.uint8(250))
    smooth: Grey = cv2.GaussianBlur(mark, (3, 3), 0)
    return smooth


def _quarter_peaks(
    match: Floats, diameter: int, size: tuple[int, int]
) -> list[tuple[float, Floats]]:
    """The best match and its centre in each quarter: top left, top right, bottom right, left."""
    half = (diameter + 4) / 2
    middle_x, middle_y = round(size[0] / 2 - half), round(size[1] / 2 - half)
    peaks = []
    for x, y in ((0, 0), (middle_x, 0), (middle_x, middle_y), (0, middle_y)):
        part = match[y : None if y else middle_y, x : None if x else middle_x]
        _, score, _, place = cv2.minMaxLoc(part)
        peaks.append((float(score), np.array([place[0] + x + half, place[1] + y + half])))
    return peaks


def _darkness(flat: Grey, template: BubbleTemplate) -> Floats:
    """0 on the paper around, 1 for black; smoothed over half a bubble."""
    window = round(4 * max(template.bubble)) | 1
    paper = cv2.morphologyEx(flat, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    paper = cv2.blur(paper, (window, window)).astype(np.float32)
    dark = np.clip(1.0 - flat / np.maximum(paper, 1.0), 0.0, 1.0)
    width, height = (max(1, round(0.55 * side)) for side in template.bubble)
    smooth: Floats = cv2.blur(dark.astype(np.float32), (width, height))
    return smooth


def _level(
    darkness: Floats, bubble: Bubble, shift: tuple[int, int], template: BubbleTemplate
) -> float:
    x = min(max(0, round(bubble.centre[0]) + shift[0]), round(template.size[0]) - 1)
    y = min(max(0, round(bubble.centre[1]) + shift[1]), round(template.size[1]) - 1)
    return float(darkness[y, x])


def _shift(
    darkness: Floats, fields: list[BubbleField], template: BubbleTemplate
) -> tuple[int, int]:
    """The shift of a block at which its bubbles are darkest, small shifts preferred."""
    reach_x, reach_y = (round(MAX_SHIFT * side) for side in template.bubble)
    bubbles = [bubble for field in fields for bubble in field.bubbles]

    def score(shift: tuple[int, int]) -> float:
        levels = [_level(darkness, bubble, shift, template) for bubble in bubbles]
        distance = np.hypot(shift[0] / reach_x, shift[1] / reach_y)
        return float(np.sum(np.square(levels))) * (1.0 - 0.08 * float(distance))

    shifts = [
        (x, y) for x in range(-reach_x, reach_x + 1, 3) for y in range(-reach_y, reach_y + 1, 3)
    ]
    return max(shifts, key=score)


def _dividing_line(levels: Floats) -> float:
    """The darkness between empty and filled bubbles: Otsu's, with a least distance to empty."""
    scaled = np.clip(levels * 255, 0, 255).astype(np.uint8).reshape(1, -1)
    line, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return max(float(line) / 255, float(np.median(levels)) + MIN_CONTRAST)


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
    field: BubbleField,
    levels: list[float],
    line: float,
    box: tuple[float, float, float, float],
) -> FilledField:
    text = "".join(
        bubble.value for bubble, level in zip(field.bubbles, levels, strict=True) if level > line
    )
    nearest = min(abs(level - line) for level in levels)
    return FilledField(field.label, text, min(1.0, nearest / (0.5 * MIN_CONTRAST)), box)
