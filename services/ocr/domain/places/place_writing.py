"""What a pen wrote at an answer place: its strokes without brackets, rule and neighbours."""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import PageInk, faint_ink
from services.ocr.domain.ink.raster import Grey, Mask
from services.ocr.domain.places.answer_places import AnswerPlace, PlaceKind
from services.ocr.domain.places.place_print import is_crumb, without_print

#: How far around the room strokes are followed, in heights of a Chinese character.
REACH_X_EM, REACH_Y_EM = 0.5, 0.95
#: A piece that takes a larger share of the window's height goes on beyond it.
MAX_STROKE_SHARE = 0.92
#: How far outside the room the middle of a stroke may lie: sideways, and above or below.
STRAY_X_EM, STRAY_Y_EM = 0.12, 0.3
#: A stroke from above the window to below it that is so wide is writing in another line's print,
#: not a rule or a margin; how much of it above and below the room is looked at.
MIN_CROSSING_EM, CROSSING_REACH_EM = 0.6, 0.6
#: Strokes shorter than this do not stray.
CRUMB_EM = 0.35
#: A stroke is at least this long; a dot is smaller, and stands so near to a stroke.
MIN_STROKE_EM, MAX_DOT_EM, DOT_REACH_EM = 0.21, 0.24, 0.4
#: Thickness of rests of a cell's rules.
FRAME_EM = 0.16
#: Rests of a red stroke: how near it, how much of them is that near, and how long they are.
RIM_PX, RIM_SHARE, MAX_RIM_EM = 5, 0.5, 0.4
#: A dot's darkness as a share of the strokes': specks of paper are paler.
DOT_DARKNESS = 0.5
#: Writing whose parts are further apart stands in separate blobs.
BLOB_GAP_EM = 0.1
#: Print fills its bracket: less free room than this is left on both sides together.
MIN_FREE_EM = 0.7
#: Figures and capital letters of print are 0.69 characters high, words of it 0.92 to 1.
MIN_TALL_EM, MIN_TALL_WORDS_EM = 0.82, 1.2
#: How far beside brackets print is sought, and the ink of a full stop.
BESIDE_EM, MAX_STOP_EM2 = 2.6, 0.08
#: Ink with a larger share of colour is a pen's.
MAX_COLOURED_PRINT = 0.3


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

    def gap_before(self, index: int) -> int:
        """Blank columns between a blob and the one before it."""
        return self.blobs[index][0] - self.blobs[index - 1][1]

    def part(self, start: int, stop: int, em_px: float) -> "Writing":
        """The writing of the blobs from ``start`` up to ``stop`` alone."""
        first, last = self.blobs[start][0], self.blobs[stop - 1][1]
        corner = (self.box[0] + first, self.box[1])
        return _cut(self.strokes[:, first:last], corner, em_px, is_red=self.is_red)


def writing_at(ink: PageInk, place: AnswerPlace) -> Writing | None:
    """The writing at ``place``, None when it is empty.

    Red ink counts only where no other is: it is the teacher's, as a rule.
    """
    window = _window(ink, place)
    corner = (window[1].start, window[0].start)
    red, coloured = ink.red[window], ink.coloured[window]
    darkness = ink.darkness[window]
    pen = cv2.subtract(ink.any[window], red)
    pen = without_print(pen, darkness, coloured, place, corner)
    strokes = _strokes(_without_rims(pen, red, place.em_px), place, corner)
    if strokes.any():
        faint = cv2.subtract(faint_ink(darkness), red)
        faint = without_print(faint, darkness, coloured, place, corner)
        # A dot on the rule melts into its blur in one mask, a pale one is missing in the other.
        for mask in (pen, faint):
            strokes = _with_dots(strokes, mask, darkness, place, corner)
        return _writing(strokes, corner, place.em_px)
    return _writing(_strokes(red, place, corner), corner, place.em_px, is_red=True)


def fills_room(written: Writing, place: AnswerPlace, ink: PageInk) -> bool:
    """Whether black writing fills its bracket from side to side, as print does.

    Where brackets that were only read stand is not known well enough to say that it does not.
    """
    if place.kind is not PlaceKind.BRACKET:
        return False
    if place.brackets is None:
        return not is_coloured(written, ink)
    x, _, width, _ = written.box
    left, _, inner, _ = place.room
    free = (x - left) + (left + inner - x - width)
    return free < MIN_FREE_EM * place.em_px and not is_coloured(written, ink)


def is_tall(written: Writing, place: AnswerPlace, least_em: float = MIN_TALL_EM) -> bool:
    """Whether the writing is higher than print: printed figures, where nothing else is said."""
    return written.box[3] >= least_em * place.em_px


def is_coloured(written: Writing, ink: PageInk) -> bool:
    """Whether a coloured pen wrote it, or at least it is no black print."""
    x, y, width, height = written.box
    coloured = ink.coloured[y : y + height, x : x + width]
    share = np.count_nonzero(coloured & written.strokes) / np.count_nonzero(written.strokes)
    return bool(share > MAX_COLOURED_PRINT)


def stands_free(place: AnswerPlace, ink: PageInk) -> bool:
    """Whether brackets begin or end their line, a full stop aside, as brackets for answers do.

    Those of formulas, f(x+1) = 0, have print on both sides.
    """
    x, y, width, height = place.room
    em = place.em_px
    top, bottom = round(y + 0.2 * height), round(y + 0.8 * height)
    rim, reach = round(0.5 * em), round(BESIDE_EM * em)
    left = ink.black[top:bottom, max(0, x - reach) : max(0, x - rim)]
    right = ink.black[top:bottom, x + width + rim : x + width + reach]
    limit = MAX_STOP_EM2 * em * em
    return bool(min(np.count_nonzero(left), np.count_nonzero(right)) <= limit)


def _window(ink: PageInk, place: AnswerPlace) -> tuple[slice, slice]:
    x, y, width, height = place.room
    across, down = round(REACH_X_EM * place.em_px), round(REACH_Y_EM * place.em_px)
    if place.kind is PlaceKind.CELL:
        # Beyond its rules another cell begins.
        across = down = 0
    rows, columns = ink.any.shape
    return (
        slice(max(0, y - down), min(rows, y + height + down)),
        slice(max(0, x - across), min(columns, x + width + across)),
    )


def _without_rims(pen: Mask, red: Mask, em_px: float) -> Mask:
    """``pen`` without crumbs of a red stroke: where it crosses print it is too dark to be red."""
    if not red.any():
        return pen
    _, labels, stats, _ = cv2.connectedComponentsWithStats(pen, connectivity=8)
    near = cv2.dilate(red, np.ones((RIM_PX, RIM_PX), np.uint8)) > 0
    beside = np.bincount(labels[near], minlength=len(stats))
    longest = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)
    is_rim = (beside >= RIM_SHARE * stats[:, cv2.CC_STAT_AREA]) & (longest < MAX_RIM_EM * em_px)
    is_rim[0] = True
    kept: Mask = np.where(is_rim, np.uint8(0), np.uint8(255))[labels]
    return kept


def _strokes(pen: Mask, place: AnswerPlace, corner: tuple[int, int]) -> Mask:
    """The strokes that belong to the place, by where their middle lies."""
    em = place.em_px
    pen = _without_crossing(pen, place, corner)
    _, labels, stats, centres = cv2.connectedComponentsWithStats(pen, connectivity=8)
    left, top, width, height = place.room
    x, y = centres[:, 0] + corner[0], centres[:, 1] + corner[1]
    longest = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)
    # A crumb beyond the room is a rest of its bracket.
    stray = np.where(longest < CRUMB_EM * em, 0.0, STRAY_X_EM * em)
    belongs = (
        (x >= left - stray)
        & (x <= left + width + stray)
        & (y >= top - STRAY_Y_EM * em)
        & (y <= top + height + STRAY_Y_EM * em)
        & (stats[:, cv2.CC_STAT_HEIGHT] < MAX_STROKE_SHARE * pen.shape[0])
        & (longest >= max(4.0, MIN_STROKE_EM * em))
        & ~is_crumb(stats, place, corner)
        & ~_is_frame(stats, place, pen)
    )
    belongs[0] = False
    strokes: Mask = np.where(belongs, np.uint8(255), np.uint8(0))[labels]
    return strokes


def _without_crossing(pen: Mask, place: AnswerPlace, corner: tuple[int, int]) -> Mask:
    """``pen`` without the ends of wide pieces that cross the whole window.

    A letter whose foot runs into the print below is one piece with that print.
    """
    if place.kind is PlaceKind.CELL:
        return pen
    _, labels, stats, _ = cv2.connectedComponentsWithStats(pen, connectivity=8)
    crossing = (stats[:, cv2.CC_STAT_HEIGHT] >= MAX_STROKE_SHARE * pen.shape[0]) & (
        stats[:, cv2.CC_STAT_WIDTH] >= MIN_CROSSING_EM * place.em_px
    )
    crossing[0] = False
    if not crossing.any():
        return pen
    top = place.room[1] - corner[1]
    reach = round(CROSSING_REACH_EM * place.em_px)
    ends = crossing[labels]
    ends[max(0, top - reach) : top + place.room[3] + reach] = False
    return np.where(ends, np.uint8(0), pen)


def _is_frame(stats: Mask, place: AnswerPlace, pen: Mask) -> Mask:
    """For each piece in a cell whether it is what is left of the rules around it."""
    if place.kind is not PlaceKind.CELL:
        return np.zeros(len(stats), bool)
    left, top, width, height = (stats[:, column] for column in range(4))
    rows, columns = pen.shape
    at_edge = (left <= 1) | (top <= 1) | (left + width >= columns - 1) | (top + height >= rows - 1)
    thin = np.minimum(width, height) <= max(3.0, FRAME_EM * place.em_px)
    frame: Mask = at_edge & thin
    return frame


def _with_dots(
    strokes: Mask, mask: Mask, darkness: Grey, place: AnswerPlace, corner: tuple[int, int]
) -> Mask:
    """``strokes`` with the points of ``mask`` beside them: of decimals, of i and j."""
    em = place.em_px
    rest = cv2.subtract(mask, cv2.dilate(strokes, np.ones((3, 3), np.uint8)))
    _, labels, stats, centres = cv2.connectedComponentsWithStats(rest, connectivity=8)
    reach = 2 * round(DOT_REACH_EM * em) + 1
    near = cv2.dilate(strokes, np.ones((reach, reach), np.uint8))
    touched = np.zeros(len(stats), bool)
    touched[np.unique(labels[near > 0])] = True
    peaks = np.zeros(len(stats), np.uint8)
    np.maximum.at(peaks, np.asarray(labels, np.intp).ravel(), darkness.ravel())
    sides = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1]
    # Not the full stop of the sentence, which follows the rule.
    left, _, width, _ = place.room
    x = centres[:, 0] + corner[0]
    is_dot = (
        touched
        & (x >= left)
        & (x <= left + width - 1)
        & (sides.max(axis=1) <= max(4.0, MAX_DOT_EM * em))
        & (sides.max(axis=1) >= 2)
        & (peaks >= DOT_DARKNESS * float(np.median(darkness[strokes > 0])))
        & ~is_crumb(stats, place, corner)
    )
    is_dot[0] = False
    return cv2.bitwise_or(strokes, np.where(is_dot, np.uint8(255), np.uint8(0))[labels])


def _writing(
    strokes: Mask, corner: tuple[int, int], em_px: float, *, is_red: bool = False
) -> Writing | None:
    return _cut(strokes, corner, em_px, is_red=is_red) if strokes.any() else None


def _cut(strokes: Mask, corner: tuple[int, int], em_px: float, *, is_red: bool) -> Writing:
    """``strokes``, some of which there must be, cut to their box, with their blobs."""
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
