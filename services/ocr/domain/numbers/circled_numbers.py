"""Circled question numbers whose ring is broken or touches what stands beside it.

Where a column of circled numbers was read, what stands alone in it before another line is one, too.
The line then begins with ``○``: that a question begins there is known, and which one its neighbours
tell.
"""

from collections.abc import Sequence

import numpy as np

from services.ocr.domain.ink.page_ink import faint_ink
from services.ocr.domain.ink.raster import Grey, Mask
from shared.contract.model import BBox
from shared.contract.notation.numerals import RINGED
from shared.contract.reading import TextChar, TextLine

#: What stands for a number in a ring.
UNREAD = "○"
#: What readers give for their rims.
RIMS = frozenset("®©@○◎⊙")
NUMBERS_OR_RIMS = frozenset(RINGED) | RIMS
#: A column is numbered in rings where so many of its lines begin with one.
MIN_READ = 3
#: How far the beginnings of such lines lie apart; where beside them a line without its number may
#: begin, in heights of a Chinese character.
SPREAD_EM, BEHIND_EM = 0.6, (-0.45, 0.5)
#: Sides of a ring with its figures, its least ink, and the room for it before what was read.
SIDE_EM, MIN_INK_EM2, MIN_ROOM_EM, SLACK_EM = (0.4, 1.2), 0.06, 0.5, 0.2
#: Paper between a number and the text behind it.
GAP_EM = 0.1
SURENESS = 0.5


def with_circled_numbers(
    lines: Sequence[TextLine], darkness: Grey, em_px: float
) -> tuple[TextLine, ...]:
    """``lines``, those behind a ring that was not read with ``○`` at their beginning.

    ``darkness`` is the page's ink, 0 for paper; ``em_px`` is the height of a Chinese character.
    """
    begun = [line for line in lines if line.text[:1] in NUMBERS_OR_RIMS]
    lefts = _columns([line.bbox[0] for line in begun], em_px)
    if not lefts:
        return tuple(lines)
    ink = faint_ink(darkness)
    return tuple(_with_number(line, lefts, ink, em_px) for line in lines)


def _columns(lefts: Sequence[float], em_px: float) -> list[float]:
    """Where the numbered lines of each column begin."""
    columns: list[list[float]] = []
    for left in sorted(lefts):
        if columns and left - columns[-1][0] <= SPREAD_EM * em_px:
            columns[-1].append(left)
        else:
            columns.append([left])
    return [float(np.median(column)) for column in columns if len(column) >= MIN_READ]


def _with_number(line: TextLine, lefts: Sequence[float], ink: Mask, em_px: float) -> TextLine:
    if line.text[:1] in NUMBERS_OR_RIMS or not line.chars:
        return line
    for left in lefts:
        if BEHIND_EM[0] * em_px <= line.bbox[0] - left <= BEHIND_EM[1] * em_px:
            ring = _blob_before(line, left, ink, em_px)
            if ring is not None:
                return _begun(line, ring)
    return line


def _blob_before(line: TextLine, left: float, ink: Mask, em_px: float) -> BBox | None:
    """The piece of ink that stands in the column of numbers before what was read of a line."""
    _, y, _, height = line.bbox
    start, top = max(0, round(left - 0.3 * em_px)), max(0, round(y + height / 2 - 0.6 * em_px))
    # Characters' boxes are right to about half a character.
    stop = round(line.chars[0].bbox[0] + SLACK_EM * em_px)
    if stop - left < MIN_ROOM_EM * em_px:
        return None
    window = ink[top : round(top + 1.2 * em_px), start:stop]
    rows, columns = np.flatnonzero(window.any(axis=1)), np.flatnonzero(window.any(axis=0))
    if len(rows) == 0 or np.count_nonzero(window) < MIN_INK_EM2 * em_px**2:
        return None
    gaps = np.flatnonzero(np.diff(columns) > GAP_EM * em_px)
    if len(gaps):
        # What follows is the first character.
        columns = columns[: gaps[0] + 1]
        rows = np.flatnonzero(window[:, columns[0] : columns[-1] + 1].any(axis=1))
    across, down = int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
    if not all(SIDE_EM[0] * em_px <= side <= SIDE_EM[1] * em_px for side in (across, down)):
        return None
    corner = (float(start + columns[0]), float(top + rows[0]))
    return (*corner, float(across), float(down))


def _begun(line: TextLine, ring: BBox) -> TextLine:
    """``line`` with the sign of its ring."""
    x, y, _, height = ring
    left, top = min(x, line.bbox[0]), min(y, line.bbox[1])
    right = line.bbox[0] + line.bbox[2]
    bottom = max(y + height, line.bbox[1] + line.bbox[3])
    return line.model_copy(
        update={
            "text": UNREAD + line.text,
            "bbox": (left, top, right - left, bottom - top),
            "chars": (TextChar(text=UNREAD, bbox=ring, confidence=SURENESS), *line.chars),
        }
    )
