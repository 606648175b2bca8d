"""What a pen wrote at an answer place: its strokes without brackets, rule and neighbours."""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.answer_places import AnswerPlace, PlaceKind
from services.ocr.domain.bracket_shapes import Bracket
from services.ocr.domain.page_ink import PageInk
from services.ocr.domain.raster import Mask, Rgb
from services.ocr.domain.ruled_lines import Rule

#: How far around the room strokes are followed, in heights of a Chinese character.
REACH_X_EM, REACH_Y_EM = 0.5, 0.95
#: How far outside the room the middle of a stroke may lie: sideways, above, below.
STRAY_X_EM, STRAY_UP_EM, STRAY_DOWN_EM = 0.12, 0.3, 0.3
#: A stroke is at least this long; dots count beside strokes only.
MIN_STROKE_EM, MIN_DOT_EM, DOT_REACH_EM = 0.21, 0.05, 0.4
#: Writing whose parts are further apart stands in separate blobs.
BLOB_GAP_EM = 0.1
#: Print fills its bracket: less free room than this is left on both sides together.
MIN_FREE_EM = 0.7


@dataclass(frozen=True, slots=True)
class Writing:
    """Strokes (255) in their ``box``: x, y, width, height in page pixels.

    ``blobs`` are the runs of columns (start, stop) within the box that blank columns part.
    """

    box: tuple[int, int, int, int]
    strokes: Mask
    blobs: tuple[tuple[int, int], ...]
    is_red: bool = False

    def blob_box(self, index: int) -> tuple[int, int, int, int]:
        """The box of one blob in page pixels."""
        start, stop = self.blobs[index]
        rows = np.flatnonzero(self.strokes[:, start:stop].any(axis=1))
        x, y = self.box[:2]
        return x + start, y + int(rows[0]), stop - start, int(rows[-1] - rows[0]) + 1

    def without(self, indices: set[int], em_px: float) -> "Writing | None":
        """The writing without some of its blobs; None when nothing is left."""
        strokes = self.strokes.copy()
        for index in indices:
            start, stop = self.blobs[index]
            strokes[:, start:stop] = 0
        return _writing(strokes, self.box[:2], em_px, is_red=self.is_red)


def writing_at(ink: PageInk, place: AnswerPlace) -> Writing | None:
    """The writing at ``place``, None when it is empty or holds print.

    Red ink counts only where no other is: it is the teacher's, as a rule.
    """
    window = _window(ink, place)
    pen = cv2.subtract(ink.any[window], ink.red[window])
    strokes = _selected(_cleared(pen, ink, place, window), place, window)
    corner = (window[1].start, window[0].start)
    written = _writing(strokes, corner, place.em_px)
    if written is None:
        red = _selected(ink.red[window], place, window)
        return _writing(red, corner, place.em_px, is_red=True)
    return None if _is_print(written, place, ink) else written


def _window(ink: PageInk, place: AnswerPlace) -> tuple[slice, slice]:
    x, y, width, height = place.room
    across, down = round(REACH_X_EM * place.em_px), round(REACH_Y_EM * place.em_px)
    rows, columns = ink.any.shape
    return (
        slice(max(0, y - down), min(rows, y + height + down)),
        slice(max(0, x - across), min(columns, x + width + across)),
    )


def _cleared(pen: Mask, ink: PageInk, place: AnswerPlace, window: tuple[slice, slice]) -> Mask:
    """``pen`` without the place's own print."""
    cleared = pen.copy()
    # A coloured pen that crosses the print is seen through its colour.
    coloured = ink.coloured[window]
    corner = (window[1].start, window[0].start)
    if place.brackets is not None:
        for bracket in (place.brackets.opening, place.brackets.closing):
            _erase_bracket(cleared, coloured, bracket, corner)
    if place.rule is not None:
        _erase_rule(cleared, coloured, place.rule, corner)
    return cleared


def _erase_bracket(pen: Mask, coloured: Mask, bracket: Bracket, corner: tuple[int, int]) -> None:
    x, y, width, height = bracket.box
    stamp = np.zeros_like(pen)
    left, top = x - corner[0], y - corner[1]
    rows = slice(max(0, top), min(pen.shape[0], top + height))
    columns = slice(max(0, left), min(pen.shape[1], left + width))
    stamp[rows, columns] = bracket.strokes[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    # One pixel more all round, and the tips, which are paler than the stroke.
    stamp = cv2.dilate(stamp, np.ones((5, 3), np.uint8))
    pen[(stamp > 0) & (coloured == 0)] = 0


def _erase_rule(pen: Mask, coloured: Mask, rule: Rule, corner: tuple[int, int]) -> None:
    """Clears the rule except where a stroke crosses it from above to below."""
    rows, columns = pen.shape
    across = np.arange(columns)
    middle = np.asarray(rule.offset((across + corner[0]).astype(float))) - corner[1]
    half = rule.thickness_px / 2 + 1.0
    reach = int(np.ceil(half)) + 1
    down = np.rint(middle).astype(int)
    band = np.clip(down[:, None] + np.arange(-reach, reach + 1), 0, rows - 1)
    above = pen[np.clip(down - reach - 1, 0, rows - 1), across] > 0
    below = pen[np.clip(down + reach + 1, 0, rows - 1), across] > 0
    crossed = cv2.dilate((above & below).astype(np.uint8)[None], np.ones((1, 3), np.uint8))[0] > 0
    near = (across + corner[0] >= rule.start - 4) & (across + corner[0] <= rule.end + 4)
    for column in np.flatnonzero(near & ~crossed):
        cells = band[column]
        pen[cells[coloured[cells, column] == 0], column] = 0


def _selected(pen: Mask, place: AnswerPlace, window: tuple[slice, slice]) -> Mask:
    """The strokes that belong to the place, by where their middle lies."""
    em = place.em_px
    _, labels, stats, centres = cv2.connectedComponentsWithStats(pen, connectivity=8)
    left, top, width, height = place.room
    x = centres[:, 0] + window[1].start
    y = centres[:, 1] + window[0].start
    is_inside = (
        (x >= left - STRAY_X_EM * em)
        & (x <= left + width + STRAY_X_EM * em)
        & (y >= top - STRAY_UP_EM * em)
        & (y <= top + height + STRAY_DOWN_EM * em)
        & (stats[:, cv2.CC_STAT_HEIGHT] < 0.92 * pen.shape[0])
    )
    longest = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)
    is_stroke = is_inside & (longest >= max(4.0, MIN_STROKE_EM * em))
    is_stroke &= ~_is_rule_rest(stats, place, window)
    is_stroke[0] = False
    if not is_stroke.any():
        return np.zeros_like(pen)
    reach = 2 * round(DOT_REACH_EM * em) + 1
    near = cv2.dilate(is_stroke[labels].astype(np.uint8), np.ones((reach, reach), np.uint8))
    beside = np.zeros(len(stats), bool)
    beside[np.unique(labels[near > 0])] = True
    is_dot = beside & is_inside & ~is_stroke & (longest >= max(2.0, MIN_DOT_EM * em))
    is_dot &= ~_is_rule_rest(stats, place, window)
    is_dot[0] = False
    strokes: Mask = np.where((is_stroke | is_dot)[labels], np.uint8(255), np.uint8(0))
    return strokes


def _is_rule_rest(stats: Mask, place: AnswerPlace, window: tuple[slice, slice]) -> Mask:
    """Flat crumbs along the place's rule."""
    if place.rule is None:
        return np.zeros(len(stats), bool)
    middle = stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] / 2 + window[0].start
    across = stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] / 2 + window[1].start
    foot = np.asarray(place.rule.offset(across.astype(float)))
    near = np.abs(middle - foot) <= 0.16 * place.em_px + place.rule.thickness_px
    rest: Mask = near & (stats[:, cv2.CC_STAT_HEIGHT] <= max(3.0, 0.14 * place.em_px))
    return rest


def _writing(
    strokes: Mask, corner: tuple[int, int], em_px: float, *, is_red: bool = False
) -> Writing | None:
    """``strokes`` cut to their box, with their blobs; None when there are none."""
    if not strokes.any():
        return None
    rows = np.flatnonzero(strokes.any(axis=1))
    columns = np.flatnonzero(strokes.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    box = (corner[0] + int(left), corner[1] + int(top), int(right - left), int(bottom - top))
    cut = strokes[top:bottom, left:right]
    return Writing(box, cut, _blobs(cut, em_px), is_red)


def _blobs(strokes: Mask, em_px: float) -> tuple[tuple[int, int], ...]:
    used = np.flatnonzero(strokes.any(axis=0))
    gap = max(2, round(BLOB_GAP_EM * em_px))
    breaks = np.flatnonzero(np.diff(used) > gap)
    starts = [int(used[0]), *(int(v) for v in used[breaks + 1])]
    stops = [*(int(v) + 1 for v in used[breaks]), int(used[-1]) + 1]
    return tuple(zip(starts, stops, strict=True))


def _is_print(written: Writing, place: AnswerPlace, ink: PageInk) -> bool:
    """Whether what stands in a bracket fills it as print does; coloured ink is no print."""
    x, y, width, height = written.box
    if place.kind is not PlaceKind.BRACKET:
        return False
    piece = (slice(y, y + height), slice(x, x + width))
    share = np.count_nonzero(ink.coloured[piece] & written.strokes) / written.strokes.sum() * 255
    if share > 0.3:
        return False
    left, _, inner, _ = place.room
    free = (x - left) + (left + inner - x - width)
    return free < MIN_FREE_EM * place.em_px


def clean_crop(image: Rgb, written: Writing) -> Rgb:
    """The writing alone on even paper, cut to its box."""
    x, y, width, height = written.box
    piece = image[y : y + height, x : x + width]
    around = image[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2]
    paper = np.percentile(around.reshape(-1, 3), 85, axis=0).astype(np.uint8)
    # Rims of strokes are ink, too.
    near = cv2.dilate(written.strokes, np.ones((3, 3), np.uint8)) > 0
    clean: Rgb = np.where(near[..., None], piece, paper)
    return clean
