"""Repairs circled numbers that were misread, where those of a column count up."""

from collections.abc import Sequence

from services.ocr.domain.numbers.circled_numbers import NUMBERS_OR_RIMS, SURENESS
from shared.contract.notation.numerals import RINGED
from shared.contract.reading import TextLine

#: How far aside the next number of a column may stand, in heights of a Chinese character: on photos
#: that are bent or turned, .7 is usual where a number was lost between two.
STEP_EM = 1.2
#: What one of the two figures of a number in a ring says: ⑮ is read as ⑤ or as ①.
HALF = 0.5
#: Numbers count up when so many of them fit, and so large a share of the column.
MIN_FITTING, FITTING_SHARE = 3.0, 0.5


def in_order(lines: Sequence[TextLine], em_px: float) -> tuple[TextLine, ...]:
    """``lines`` with the circled numbers at their beginnings as their columns count up.

    ``em_px`` is the height of a Chinese character.
    """
    repaired = list(lines)
    for whole in _columns(lines, em_px):
        # What looks like a ring above the first or below the last number counts as none.
        for column in (whole, whole[1:], whole[:-1]):
            first = _first_number([lines[at].text for at in column])
            if first is not None:
                for rank, at in enumerate(column):
                    repaired[at] = _renumbered(lines[at], RINGED[first + rank - 1])
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


def _first_number(texts: Sequence[str]) -> int | None:
    """The number of the first line when all count up; None when too few say so."""
    most = len(RINGED) - len(texts) + 1
    if most < 1:
        return None
    fits = [
        sum(_fit(text, first + rank) for rank, text in enumerate(texts))
        for first in range(1, most + 1)
    ]
    best = max(fits)
    is_clear = best >= max(MIN_FITTING, FITTING_SHARE * len(texts)) and fits.count(best) == 1
    return fits.index(best) + 1 if is_clear else None


def _fit(text: str, number: int) -> float:
    """How far what was read at the beginning of a line speaks for a number."""
    read = RINGED.find(text[0]) + 1
    if read == number:
        return 1.0
    return HALF if 0 < read < 10 and str(read) in str(number) else 0.0


def _renumbered(line: TextLine, sign: str) -> TextLine:
    """``line`` with ``sign`` instead of all that was read of its ring."""
    count = len(line.text) - len(line.text.lstrip("".join(NUMBERS_OR_RIMS)))
    if line.text[:count] == sign or len(line.chars) < count:
        return line
    char = line.chars[0].model_copy(update={"text": sign, "confidence": SURENESS})
    text = sign + line.text[count:]
    return line.model_copy(update={"text": text, "chars": (char, *line.chars[count:])})
