"""Takes a place's own print, brackets and rule, out of the ink around it."""

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Floats, Grey, Mask
from services.ocr.domain.ink.ruled_lines import Rule
from services.ocr.domain.places.answer_places import AnswerPlace
from services.ocr.domain.places.bracket_shapes import Bracket

#: Crumbs that are left of a rule lie so near to it, in heights of a Chinese character.
CRUMB_EM = 0.1
#: By how much a dot's blur makes it larger, and how far it may stand from its place.
DOT_RIM_PX = 3
#: How far beside a rule its blur reaches.
RIM_PX = 2
#: Grey levels by which writing is darker than the rule's blur, and from which the rule is dark
#: itself.
CLEARLY_DARKER, CORE_DARKNESS = 45, 110


def without_print(
    pen: Mask, darkness: Grey, coloured: Mask, place: AnswerPlace, corner: tuple[int, int]
) -> Mask:
    """``pen`` without the brackets and the rule of ``place``.

    All three are a window of the page whose top left is ``corner`` (x, y). Coloured ink stays: a
    pen that crosses the print is known by its colour.
    """
    cleared = pen.copy()
    if place.brackets is not None:
        for bracket in (place.brackets.opening, place.brackets.closing):
            _erase_bracket(cleared, coloured, bracket, corner)
    if place.rule is not None:
        _erase_rule(cleared, darkness, coloured, place.rule, corner)
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
    dots: Mask = near & _is_dot(width, height, across, place.rule)
    return np.logical_or(crumbs, dots)


def _is_dot(width: Mask, height: Mask, across: Floats, rule: Rule) -> Mask:
    """Which pieces are dots of a dotted rule: as large, and where its next dot is."""
    if rule.dot_step_px == 0:
        return np.zeros(len(width), bool)
    steps = (across - rule.start - rule.thickness_px / 2) / rule.dot_step_px
    miss = np.abs(steps - np.rint(steps)) * rule.dot_step_px
    limit = rule.thickness_px + DOT_RIM_PX
    dots: Mask = (miss <= DOT_RIM_PX) & (width <= limit) & (height <= limit)
    return dots


def stamp(mask: Mask, bracket: Bracket, corner: tuple[int, int]) -> None:
    """Set the pixels of ``bracket`` in a window of the page whose top left is ``corner``."""
    x, y, width, height = bracket.box
    left, top = x - corner[0], y - corner[1]
    rows = slice(max(0, top), min(mask.shape[0], top + height))
    columns = slice(max(0, left), min(mask.shape[1], left + width))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return
    mask[rows, columns] |= bracket.strokes[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]


def _erase_bracket(pen: Mask, coloured: Mask, bracket: Bracket, corner: tuple[int, int]) -> None:
    stamped = np.zeros_like(pen)
    stamp(stamped, bracket, corner)
    # One pixel more all round, two at the tips, which are paler than the stroke.
    stamped = cv2.dilate(stamped, np.ones((5, 3), np.uint8))
    pen[(stamped > 0) & (coloured == 0)] = 0


def _erase_rule(
    pen: Mask, darkness: Grey, coloured: Mask, rule: Rule, corner: tuple[int, int]
) -> None:
    """Clears the rule but not the strokes that stand on it, cross it or end in it.

    How dark the rule and its blur are at each distance from its middle shows where it is free; what
    is clearly darker is writing. On the rule itself nothing shows: there a stroke goes on as it
    comes from above.
    """
    rows, columns = pen.shape
    across = np.arange(columns)
    on_rule = (across + corner[0] >= rule.start - 4) & (across + corner[0] <= rule.end + 4)
    across = across[on_rule]
    if len(across) == 0:
        return
    middle = np.asarray(rule.offset((across + corner[0]).astype(float))) - corner[1]
    reach = int(np.ceil(rule.thickness_px / 2)) + RIM_PX
    steps = np.arange(-reach, reach + 1)
    band = np.rint(middle).astype(int)[:, None] + steps
    is_valid = (band >= 0) & (band < rows)
    band = np.clip(band, 0, rows - 1)
    there = darkness[band, across[:, None]]
    usual = np.median(there, axis=0)
    is_own = coloured[band, across[:, None]] > 0
    keep = (there >= usual + CLEARLY_DARKER) | is_own
    core = usual >= CORE_DARKNESS
    if core.any():
        first = int(np.argmax(core))
        above = keep[:, max(0, first - 1)]
        keep[:, core] = above[:, None] | is_own[:, core]
    pen[band[is_valid & ~keep], np.broadcast_to(across[:, None], band.shape)[is_valid & ~keep]] = 0
