"""Whether lines of text run across the page or up it, and by how much they are skewed.

The angle comes from projection profiles (Postl, 1986). At the right angle the rows of a page are
either full of ink or empty, so neighbouring sums differ most. But equal lines under one another
make columns as sharp as rows. So a second witness counts: a character's nearest neighbour stands on
its own line (O'Gorman's docstrum, 1993). This does not tell whether the page stands on its head,
and sparse sheets stay doubtful. The ocr stage settles both by reading.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ingest.domain.raster import Floats, Grey, Mask, ink_mask, shrink_side

#: Longer side that the analysis works on, in pixels.
_WORKING_SIDE = 1400
_MAX_SKEW_DEGREES = 20.0
#: Longer side of a character, in pixels of the working size.
_MIN_SIDE = 5
#: Ink points used. More do not change the angle.
_MAX_POINTS = 40_000
#: Evidence that it takes to turn a page by a quarter, as a logarithm of odds. Pages of text have
#: over 1.3. Grids of bubbles or lone letters stay below and are left to the ocr stage.
_TURN_EVIDENCE = 0.8
#: From this many characters on, their lines and neighbours count in full.
_ENOUGH_CHARACTERS = 150
#: Characters whose neighbours are looked up, and those among which they are sought.
_MAX_ASKED, _MAX_CHARACTERS = 600, 2000


@dataclass(frozen=True, slots=True)
class TextDirection:
    """``quarters`` is 1 when the lines run up or down; ``skew_degrees`` is what then remains.

    ``skew_degrees`` is the clockwise turn that makes the lines level.
    """

    quarters: int
    skew_degrees: float


def text_direction(grey: Grey) -> TextDirection:
    """The direction of the text lines of a page; a page without ink is taken to be level."""
    small, _ = shrink_side(grey, _WORKING_SIDE)
    ink = _without_blobs(ink_mask(small))
    points = _sample(ink)
    if len(points) < 50:
        return TextDirection(0, 0.0)
    text = _without_rules(ink)
    text_points = _sample(text)
    if len(text_points) < 50:
        text_points = points
    level, level_sharpness = _best_angle(text_points)
    upright, upright_sharpness = _best_angle(_on_its_side(text_points))
    boxes = _characters(text)
    # Few characters weigh less: a dotted margin is sharper than the few lines of an answer sheet.
    weight = min(1.0, len(boxes) / _ENOUGH_CHARACTERS)
    evidence = weight * np.log(upright_sharpness / level_sharpness) - _neighbours_across(boxes)
    if evidence > _TURN_EVIDENCE:
        return TextDirection(1, _refine(_on_its_side(points), upright))
    return TextDirection(0, _refine(points, level))


def _on_its_side(points: Floats) -> Floats:
    turned: Floats = points[:, ::-1] * np.array([1.0, -1.0])
    return turned


def _characters(text: Mask) -> Floats:
    """Boxes of the pieces as large as characters: x, y, width, height, area."""
    joined = cv2.morphologyEx(text, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = stats[1:]
    large: Floats = boxes[(boxes[:, 2:4].max(axis=1) >= _MIN_SIDE) & (boxes[:, 4] >= 8)]
    return large.astype(np.float64)


def _neighbours_across(boxes: Floats) -> float:
    """Logarithm of how much oftener characters have their nearest neighbour beside than below."""
    boxes = boxes[:: max(1, len(boxes) // _MAX_CHARACTERS)]
    if len(boxes) < 2:
        return 0.0
    x, y, right, bottom = boxes[:, 0], boxes[:, 1], boxes[:, :3:2].sum(1), boxes[:, 1:4:2].sum(1)
    asked = np.arange(0, len(boxes), max(1, len(boxes) // _MAX_ASKED))
    beside = np.maximum(x[None] - right[asked, None], x[asked, None] - right[None])
    below = np.maximum(y[None] - bottom[asked, None], y[asked, None] - bottom[None])
    gap = np.hypot(np.maximum(beside, 0), np.maximum(below, 0))
    gap[np.arange(len(asked)), asked] = np.inf
    nearest = np.argmin(gap, axis=1)
    across = np.abs((x + right)[asked] - (x + right)[nearest])
    down = np.abs((y + bottom)[asked] - (y + bottom)[nearest])
    level = np.count_nonzero(across > 1.5 * down)
    upright = np.count_nonzero(down > 1.5 * across)
    weight = min(1.0, (level + upright) / _ENOUGH_CHARACTERS)
    return float(weight * np.log((level + 15) / (upright + 15)))


def _without_blobs(ink: Mask) -> Mask:
    """Ink without desk edges, shadows and pictures: components thicker than any stroke."""
    thick = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((15, 15), np.uint8))
    if not thick.any():
        return ink
    thick = cv2.dilate(thick, np.ones((9, 9), np.uint8))
    kept: Mask = cv2.bitwise_and(ink, cv2.bitwise_not(thick))
    return kept


def _without_rules(ink: Mask) -> Mask:
    """Ink without what is far larger than characters, such as frames, or as small as dots."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    if count <= 1:
        return ink
    widths, heights = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    limit = max(ink.shape) / 14
    keep = (widths < limit) & (heights < limit) & (np.maximum(widths, heights) >= _MIN_SIDE)
    keep[0] = False
    kept: Mask = np.where(keep[labels], np.uint8(255), np.uint8(0))
    return kept


def _sample(ink: Mask) -> Floats:
    """Coordinates (x, y) of at most _MAX_POINTS ink pixels, evenly taken."""
    rows, columns = np.nonzero(ink)
    step = max(1, len(rows) // _MAX_POINTS)
    return np.stack([columns[::step], rows[::step]], axis=1).astype(np.float64)


def _sharpness(points: Floats, degrees: float, bin_px: float = 1.0) -> float:
    """How sharply rows of ink and gaps alternate when the page is turned by ``degrees``."""
    angle = np.deg2rad(degrees)
    rows = (points[:, 0] * np.sin(angle) + points[:, 1] * np.cos(angle)) / bin_px
    counts = np.bincount((rows - rows.min()).astype(np.int64)).astype(np.float64)
    return float(np.sum(np.diff(counts) ** 2)) / len(points)


def _peak(points: Floats, angles: Floats, bin_px: float) -> float:
    scores = [_sharpness(points, float(angle), bin_px) for angle in angles]
    return float(angles[int(np.argmax(scores))])


def _best_angle(points: Floats) -> tuple[float, float]:
    """The angle of sharpest rows to 0.2°, and how far its sharpness stands out."""
    few = points[:: max(1, len(points) // 10_000)]
    angle = _peak(few, np.arange(-_MAX_SKEW_DEGREES, _MAX_SKEW_DEGREES + 0.1, 0.5), 4.0)
    angle = _peak(points, np.arange(angle - 0.6, angle + 0.61, 0.2), 2.0)
    return angle, _sharpness(points, angle, 2.0)


def _refine(points: Floats, angle: float) -> float:
    """``angle`` to 0.05°, using rules as well as text."""
    fine = _peak(points, np.arange(angle - 0.4, angle + 0.41, 0.05), 1.0)
    return 0.0 if abs(fine) < 0.05 else round(fine, 2)
