"""Repairs circled numbers that were misread, where those of a column count up."""

from collections.abc import Sequence

import numpy as np

from services.ocr.domain.ink.raster import Floats
from services.ocr.domain.numbers.circled_numbers import NUMBERS_OR_RIMS, SURENESS, UNREAD
from shared.contract.notation.numerals import RINGED
from shared.contract.reading import TextLine

#: How far aside the next number of a column may stand, in heights of a Chinese character: on photos
#: that are bent or turned, .7 is usual where a number was lost between two.
STEP_EM = 1.2
#: What one of the two figures of a number in a ring says: ⑮ is read as ⑤ or as ①.
HALF = 0.5
#: Numbers count up when so many of them fit, and so large a share of those that were read.
MIN_FITTING, FITTING_SHARE = 3.0, 0.5
#: What a number costs that no line of the column has: where the rows leave no room for another
#: line, and where they do. Two halves outweigh one such gap.
SKIPPED, SKIPPED_WITH_ROOM = 0.75, 0.5
#: There is room for a line between two that are so many times the usual distance apart.
ROOM = 1.5


def in_order(lines: Sequence[TextLine], em_px: float) -> tuple[TextLine, ...]:
    """``lines`` with the circled numbers at their beginnings as their columns count up.

    ``em_px`` is the height of a Chinese character.
    """
    repaired = list(lines)
    for whole in _columns(lines, em_px):
        # What looks like a ring above the first or below the last number counts as none.
        for column in filter(None, (whole, whole[1:], whole[:-1])):
            numbers = _numbers([lines[at] for at in column])
            if numbers:
                for number, at in zip(numbers, column, strict=True):
                    repaired[at] = _renumbered(lines[at], _sign(number))
                break
    return tuple(repaired)


def _columns(lines: Sequence[TextLine], em_px: float) -> list[list[int]]:
    """The numbered lines of each column, from top to bottom."""
    columns: list[list[int]] = []
    numbered = [at for at, line in enumerate(lines) if line.text[:1] in NUMBERS_OR_RIMS]
    for at in sorted(numbered, key=lambda at: lines[at].bbox[1]):
        left = lines[at].chars[0].bbox[0] if lines[at].chars else lines[at].bbox[0]
        for column in columns:
            last = lines[column[-1]]
            if abs(left - (last.chars[0] if last.chars else last).bbox[0]) <= STEP_EM * em_px:
                column.append(at)
                break
        else:
            columns.append([at])
    return columns


def _numbers(column: Sequence[TextLine]) -> list[int]:
    """The numbers of a column as they count up best, 0 for one that stays unknown.

    Empty when too few lines speak for any. The best way through all numbers, and the ways that are
    as good, are found line by line (Viterbi, 1967): forwards what leads to a number, backwards what
    follows from it.
    """
    fits = np.array([[_fit(line.text, n + 1) for n in range(len(RINGED))] for line in column])
    costs = _skip_costs(column)
    before = _best_before(fits, costs)
    after = _best_before(fits[::-1, ::-1], costs[::-1])[::-1, ::-1]
    through = before + after - fits
    best = float(through.max())
    read = sum(line.text[0] in RINGED for line in column)
    if best < max(MIN_FITTING, FITTING_SHARE * read):
        return []
    is_best = through >= best - 1e-6
    is_clear = is_best.sum(axis=1) == 1
    if is_clear.mean() <= FITTING_SHARE:
        return []
    return [int(n) for n in np.where(is_clear, is_best.argmax(axis=1) + 1, 0)]


def _skip_costs(column: Sequence[TextLine]) -> list[float]:
    """What a skipped number costs between each two lines."""
    steps = np.diff([line.bbox[1] + line.bbox[3] / 2 for line in column])
    usual = float(np.median(steps)) if len(steps) else 0.0
    return [SKIPPED_WITH_ROOM if step > ROOM * usual else SKIPPED for step in steps.tolist()]


def _best_before(fits: Floats, costs: Sequence[float]) -> Floats:
    """How well the lines up to each one fit when it has each number, lines x numbers."""
    best = [fits[0]]
    for fit, cost in zip(fits[1:], costs, strict=True):
        # The best smaller number, at ``cost`` for each that lies between.
        place = cost * np.arange(len(fit))
        so_far = np.maximum.accumulate(best[-1] + place)
        reached = np.full(len(fit), -np.inf)
        reached[1:] = so_far[:-1] - place[:-1]
        best.append(reached + fit)
    return np.array(best)


def _fit(text: str, number: int) -> float:
    """How far what was read at the beginning of a line speaks for a number."""
    read = RINGED.find(text[0]) + 1
    if read == number:
        return 1.0
    return HALF if 0 < read < 10 and str(read) in str(number) else 0.0


def _sign(number: int) -> str:
    return RINGED[number - 1] if number else UNREAD


def _renumbered(line: TextLine, sign: str) -> TextLine:
    """``line`` with ``sign`` instead of all that was read of its ring."""
    count = len(line.text) - len(line.text.lstrip("".join(NUMBERS_OR_RIMS)))
    if line.text[:count] == sign or len(line.chars) < count:
        return line
    char = line.chars[0].model_copy(update={"text": sign, "confidence": SURENESS})
    text = sign + line.text[count:]
    return line.model_copy(update={"text": text, "chars": (char, *line.chars[count:])})
