"""Rules of dots or dashes to write on, also where writing hides some of the dots."""

from dataclasses import replace

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import EDGE_LEVEL, Pieces
from services.ocr.domain.ink.raster import Grey, Mask
from services.ocr.domain.ink.ruled_lines import Rule

#: Dots and dashes: size of one, and the gap between two, in heights of a Chinese character.
DOT_EM, DASH_EM, DOT_GAP_EM = 0.2, 1.1, 0.7
MIN_DOTS, MANY_DOTS = 6, 15
#: A row of dots is at least this long; the six of an ellipsis take two characters.
MIN_DOTTED_EM = 2.8


def dotted_rules(pieces: Pieces, darkness: Grey, em_px: float) -> list[Rule]:
    """Rows of evenly spaced dots or dashes, as rules; writing may hide some of the dots."""
    labels, stats = pieces.labels, pieces.stats
    is_small = (stats[:, cv2.CC_STAT_HEIGHT] <= max(3.0, DOT_EM * em_px)) & (
        stats[:, cv2.CC_STAT_WIDTH] <= DASH_EM * em_px
    )
    is_small[0] = False
    marks = np.where(is_small, np.uint8(255), np.uint8(0))[labels]
    gap = max(3, round(DOT_GAP_EM * em_px))
    joined = cv2.morphologyEx(marks, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    joined = cv2.dilate(joined, np.ones((3, 1), np.uint8))
    _, _, rows, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for x, y, width, height, _ in rows[1:]:
        if width < MIN_DOTTED_EM * em_px or height > max(6, 2 * DOT_EM * em_px):
            continue
        inside = np.unique(labels[y : y + height, x : x + width])
        dots = stats[[n for n in inside if is_small[n]]]
        rule = _through(dots, em_px)
        if rule is not None:
            found.append(_reaching(rule, _dot_step(dots), darkness))
    return found


def _dot_step(dots: Mask) -> float:
    """The distance between the middles of neighbouring dots."""
    middles = np.sort(dots[:, cv2.CC_STAT_LEFT] + dots[:, cv2.CC_STAT_WIDTH] / 2)
    return float(np.median(np.diff(middles)))


def _reaching(rule: Rule, step: float, darkness: Grey) -> Rule:
    """The rule with the dots beyond its ends, which stand apart or lie under writing."""
    half = rule.thickness_px / 2
    start, end = rule.start, rule.end
    while _has_dot(rule, start + half - step, darkness):
        start -= step
    while _has_dot(rule, end - half + step, darkness):
        end += step
    return replace(rule, start=start, end=end, dot_step_px=step)


def _has_dot(rule: Rule, x: float, darkness: Grey) -> bool:
    """Whether ink is where a dot of the rule would be."""
    row, column = round(rule.at(x)), round(x)
    if not 0 <= column < darkness.shape[1]:
        return False
    near = darkness[max(0, row - 1) : row + 2, max(0, column - 2) : column + 3]
    return bool(near.size and near.max() >= EDGE_LEVEL)


def _through(dots: Mask, em_px: float) -> Rule | None:
    """The rule through a row of dots (their statistics), None when they are no even row."""
    if len(dots) < MIN_DOTS:
        return None
    dots = dots[np.argsort(dots[:, cv2.CC_STAT_LEFT])]
    left, width = dots[:, cv2.CC_STAT_LEFT], dots[:, cv2.CC_STAT_WIDTH]
    middle = dots[:, cv2.CC_STAT_TOP] + dots[:, cv2.CC_STAT_HEIGHT] / 2
    gaps = left[1:] - (left + width)[:-1]
    typical = float(np.median(gaps))
    # In a short row chance is likelier: the feet of characters beside an ellipsis.
    even_share = 0.7 if len(dots) >= MANY_DOTS else 0.8
    is_even = np.mean(np.abs(gaps - typical) <= max(1.5, 0.45 * typical)) >= even_share
    if not is_even or typical > DOT_GAP_EM * em_px:
        return None
    centre = left + width / 2
    curve = np.polyfit(centre, middle, 1)
    if float(np.abs(np.polyval(curve, centre) - middle).max()) > max(1.5, 0.12 * em_px):
        return None
    thickness = float(np.median(dots[:, cv2.CC_STAT_HEIGHT]))
    return Rule(
        float(left[0]), float(left[-1] + width[-1]), tuple(float(c) for c in curve), thickness
    )
