"""Takes a place's own print, brackets and rule, out of the ink around it."""

import cv2
import numpy as np

from services.ocr.domain.answer_places import AnswerPlace
from services.ocr.domain.bracket_shapes import Bracket
from services.ocr.domain.raster import Mask
from services.ocr.domain.ruled_lines import Rule

#: Crumbs that are left of a rule lie so near to it, in heights of a Chinese character.
CRUMB_EM = 0.1


def without_print(
    pen: Mask, coloured: Mask, place: AnswerPlace, corner: tuple[int, int]
) -> Mask:
    """``pen`` without the brackets and the rule of ``place``.

    Both masks are a window of the page whose top left is ``corner`` (x, y). Coloured ink stays: a
    pen that crosses the print is known by its colour.
    """
    cleared = pen.copy()
    if place.brackets is not None:
        for bracket in (place.brackets.opening, place.brackets.closing):
            _erase_bracket(cleared, coloured, bracket, corner)
    if place.rule is not None:
        _erase_rule(cleared, coloured, place.rule, corner)
    return cleared


def is_crumb(stats: Mask, place: AnswerPlace, corner: tuple[int, int]) -> Mask:
    """For each connected piece of a window, by its statistics, whether the rule left it."""
    if place.rule is None:
        return np.zeros(len(stats), bool)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    across = stats[:, cv2.CC_STAT_LEFT] + width / 2 + corner[0]
    middle = stats[:, cv2.CC_STAT_TOP] + height / 2 + corner[1]
    foot = np.asarray(place.rule.offset(across.astype(float)))
    reach = max(2.5, CRUMB_EM * place.em_px)
    near = np.abs(middle - foot) <= reach + place.rule.thickness_px / 2
    # A decimal point on the rule is about as high as wide; a crumb of the rule is flat.
    is_flat = (height <= 1) | (width >= 2 * height)
    crumbs: Mask = near & is_flat & (height <= reach + 1)
    return crumbs


def _erase_bracket(pen: Mask, coloured: Mask, bracket: Bracket, corner: tuple[int, int]) -> None:
    x, y, width, height = bracket.box
    stamp = np.zeros_like(pen)
    left, top = x - corner[0], y - corner[1]
    rows = slice(max(0, top), min(pen.shape[0], top + height))
    columns = slice(max(0, left), min(pen.shape[1], left + width))
    stamp[rows, columns] = bracket.strokes[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    # One pixel more all round, two at the tips, which are paler than the stroke.
    stamp = cv2.dilate(stamp, np.ones((5, 3), np.uint8))
    pen[(stamp > 0) & (coloured == 0)] = 0


def _erase_rule(pen: Mask, coloured: Mask, rule: Rule, corner: tuple[int, int]) -> None:
    """Clears the rule except where a stroke crosses it from above to below."""
    rows, columns = pen.shape
    across = np.arange(columns)
    middle = np.asarray(rule.offset((across + corner[0]).astype(float))) - corner[1]
    down = np.rint(middle).astype(int)
    reach = int(np.ceil(rule.thickness_px / 2 + 0.5)) + 1
    band = np.clip(down[:, None] + np.arange(-reach, reach + 1), 0, rows - 1)
    above = pen[np.clip(down - reach - 1, 0, rows - 1), across] > 0
    below = pen[np.clip(down + reach + 1, 0, rows - 1), across] > 0
    crossing = (above & below).astype(np.uint8)[None]
    is_crossed = cv2.dilate(crossing, np.ones((1, 3), np.uint8))[0] > 0
    near = (across + corner[0] >= rule.start - 4) & (across + corner[0] <= rule.end + 4)
    for column in np.flatnonzero(near & ~is_crossed):
        cells = band[column]
        pen[cells[coloured[cells, column] == 0], column] = 0
