"""Tells filled options from empty ones by how dark each is against the page's empty ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.bubbles.option_grids import OptionGrid
from services.ocr.domain.ink.raster import Floats, Grey

#: The ellipse that is looked at, in shares of an outline's sides: the rim of a small ring reaches
#: down to 0.7 of its radius, a fill or a cross always comes nearer to the middle.
INNER = 0.58
#: Of the options with one letter so many are empty, by share, and surely so many.
EMPTY_SHARE, LOW_SHARE = 0.3, 0.08
#: Filled options are darker by this than empty ones, if many are; letters differ by this factor.
FILLED_STEP, MAX_RATIO = 0.08, 2.0
#: A mark is so much darker than print, in deviations of the empty options and at least: a dot in
#: a bare ring of 18 pixels has 0.05 to 0.1, empty ones differ by 0.003.
MARK_DEVIATIONS, MIN_MARK = 6.0, 0.02
#: Options with this share of the darkest one's strength are filled like it.
EQUAL = 0.75
#: A second mark weaker than this share of the first was erased, or the pen slipped.
SLIP = 0.35
#: A lone mark this faint, beside the page's usual one, may be what an eraser left.
FAINT = 0.2
#: A grid answers with several options when so many of its rows, and such a share, do.
SEVERAL_ROWS, SEVERAL_SHARE = 2, 0.25
#: A row is surely empty when no option has this share of what makes a mark: a pale stroke over the
#: lines of a letter adds half of that.
NOTHING = 0.4
#: A grid with so many rows has its own print, on its own part of the page.
OWN_ROWS = 5
#: A mark is darker than this share of the print, which moves within its outline.
PRINT_SHARE = 0.1
#: What a long mark of the next row brings into an option, by its own strength.
SPILL = 0.5
#: From so many rows on, no mark is surely none.
FEW_ROWS = 8
#: Several options that are so little darker than the line are in a shade.
SHADE = 2.0
#: How sure: a clear mark, a mark with a weak rival, and what somebody has to look at.
CLEAR, RIVALLED, DOUBTFUL = 0.99, 0.95, 0.6
#: Two equal marks where one is asked for: both were meant, or one was not erased.
TWO_MARKS, TWO_USUAL = 0.7, 0.93
#: No mark at all, in options that were all seen.
EMPTY = 0.97


@dataclass(frozen=True, slots=True)
class Choice:
    """The filled options of one row, by position, and how sure that is."""

    options: tuple[int, ...]
    confidence: float


def darkness_of(grid: OptionGrid, darkness: Grey) -> Floats:
    """How dark (0..1) each option of ``grid`` is inside; nan where a row has none."""
    rows, columns = grid.middles.shape[:2]
    found = np.full((rows, columns), np.nan)
    half = [max(2, round(INNER * side / 2)) for side in grid.sides]
    size = 2 * half[0] + 1, 2 * half[1] + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size).astype(bool)
    page = cv2.copyMakeBorder(darkness, size[1], size[1], size[0], size[0], cv2.BORDER_CONSTANT)
    for row in range(rows):
        for column in range(grid.lengths[row]):
            x, y = (round(v) for v in grid.middles[row, column].tolist())
            left, top = x - half[0] + size[0], y - half[1] + size[1]
            window = page[max(0, top) : top + size[1], max(0, left) : left + size[0]]
            if window.shape == kernel.shape:
                found[row, column] = float(window[kernel].mean()) / 255
    return found


def strengths(levels: Sequence[Floats]) -> list[Floats]:
    """How much darker each option of each grid is than empty ones with its letter.

    The print of a letter is nearly the same in all grids, so they are pooled by column.
    """
    prints = _column_prints(levels)
    palest = float(np.min(prints, initial=1.0))
    # A column where all options are filled has no empty ones of its own.
    prints = np.where(prints > MAX_RATIO * palest + FILLED_STEP, palest, prints)
    return [level - _prints_near(level, prints[: level.shape[1]]) for level in levels]


def _column_prints(levels: Sequence[Floats]) -> Floats:
    """How dark the print of each column's letter is, over all grids."""
    columns = max((level.shape[1] for level in levels), default=0)
    pools = [
        np.concatenate([level[:, column] for level in levels if level.shape[1] > column])
        for column in range(columns)
    ]
    prints = np.array([_print_of(pool) for pool in pools])
    usual = float(np.median(prints)) if prints.size else 0.0
    few = np.array([np.isfinite(pool).sum() < OWN_ROWS for pool in pools], bool)
    # Of few options any share may be filled, and their print rubbed out with a mark.
    is_odd = (prints < usual) | (prints > usual + FILLED_STEP)
    found: Floats = np.where(few & is_odd, usual, prints)
    return found


def _prints_near(level: Floats, prints: Floats) -> Floats:
    """The print of one grid's letters: its own where that is near the page's ``prints``."""
    if len(level) < OWN_ROWS:
        return prints
    own = np.array([_print_of(column) for column in level.T])
    near: Floats = np.where(np.abs(own - prints) <= FILLED_STEP, own, prints)
    return near


def _print_of(levels: Floats) -> float:
    """How dark the empty ones among the options with one letter are."""
    levels = levels[np.isfinite(levels)]
    if not levels.size:
        return 0.0
    low, usual = np.quantile(levels, (LOW_SHARE, EMPTY_SHARE), method="lower")
    # Many are filled where the usual one is so much darker than the palest.
    return float(low if usual - low > FILLED_STEP else usual)


def mark_line(found: Sequence[Floats], print_level: float) -> float:
    """The strength from which an option is marked, beside print of such darkness."""
    pool = np.concatenate([np.ravel(v) for v in found])
    pool = pool[np.isfinite(pool)]
    low = pool[pool <= np.median(pool)]
    deviation = 1.4826 * float(np.median(np.abs(low - np.median(low)))) if low.size else 0.0
    return max(MIN_MARK + PRINT_SHARE * print_level, MARK_DEVIATIONS * deviation)


def choices_of(levels: Sequence[Floats], seen: Sequence[Floats]) -> list[list[Choice]]:
    """What is filled in each row of each grid.

    ``levels`` are how dark the options are, ``seen`` tells whose outline or fill was found.
    """
    found = strengths(levels)
    printed = [np.ravel(level - own) for level, own in zip(levels, found, strict=True)]
    line = mark_line(found, float(np.nanmedian(np.concatenate(printed))))
    tops = np.array([np.max(row, initial=0.0, where=np.isfinite(row)) for v in found for row in v])
    usual = float(np.median(tops[tops >= line])) if (tops >= line).any() else line
    # In few rows all options with one letter may be filled: then they look like its print. So may
    # those of a card where nothing is marked, if one letter is printed darker than others ever are.
    is_card = len(tops) >= FEW_ROWS and (
        bool((tops >= line).any()) or np.ptp(_column_prints(levels)) <= FILLED_STEP
    )
    return [
        _with_several(
            [
                _choice(
                    row[np.isfinite(row)],
                    line,
                    usual,
                    is_clear=is_card and bool(sight[np.isfinite(row)].all()),
                    spilled=_spilled(grid, number),
                )
                for number, (row, sight) in enumerate(zip(grid, sights, strict=True))
            ]
        )
        for grid, sights in zip(found, seen, strict=True)
    ]


def _spilled(grid: Floats, row: int) -> float:
    """How dark a mark of the rows beside may look in this one, where it is longer than its option.

    That is by their strongest mark in the column of this row's own.
    """
    own = np.nan_to_num(grid[row])
    column = int(np.argmax(own))
    beside = [grid[n, column] for n in (row - 1, row + 1) if 0 <= n < len(grid)]
    return SPILL * float(np.nanmax([0.0, *beside]))


def _choice(row: Floats, line: float, usual: float, *, is_clear: bool, spilled: float) -> Choice:
    if not row.size:
        return Choice((), 0.0)
    order = np.argsort(-row)
    first = float(row[order[0]])
    if first < line:
        is_sure = is_clear and first < NOTHING * line
        return Choice((), EMPTY if is_sure else DOUBTFUL)
    equal = sorted(int(i) for i in order if row[i] >= max(line, EQUAL * first))
    if len(equal) > 1 and first < SHADE * line:
        return Choice((), DOUBTFUL)
    others = [float(v) for i, v in enumerate(row) if i not in equal]
    rival = max(others, default=0.0)
    if len(equal) > 1:
        return Choice(tuple(equal), TWO_MARKS if rival < SLIP * first else DOUBTFUL)
    if rival >= line:
        return Choice(tuple(equal), RIVALLED if rival < SLIP * first else DOUBTFUL)
    return Choice(tuple(equal), CLEAR if first >= max(FAINT * usual, spilled) else DOUBTFUL)


def _with_several(rows: list[Choice]) -> list[Choice]:
    """Rows with two equal marks are sure where several rows of a grid have them."""
    several = [row for row in rows if len(row.options) > 1]
    answered = [row for row in rows if row.options]
    if len(several) < max(SEVERAL_ROWS, SEVERAL_SHARE * len(answered)):
        return rows
    return [
        Choice(row.options, TWO_USUAL) if row in several and row.confidence == TWO_MARKS else row
        for row in rows
    ]
