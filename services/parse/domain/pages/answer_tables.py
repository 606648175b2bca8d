"""Reads answer tables: numbers in one row or column, answers in the next, by position."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.parse.domain.pages.tables import NUMBER_LABEL, Cell, Grid
from shared.contract.model import BBox

_NUMBER = re.compile(r"^\W*(?:第|Q|No\.?)?\s*(\d{1,3})\s*(?:题|[.．、)）])?\s*$", re.IGNORECASE)
_LOOKS_NUMBER = re.compile(r"^[\dlIoOqgSZb|]{1,3}[.、]?$")
_ANSWER_LABEL = re.compile(
    r"^\s*(?:答\s*案|选\s*项|作\s*答|学生答案|你的答案|Answers?|Ans)", re.IGNORECASE
)
_POINTS_LABEL = re.compile(
    r"^\s*(?:得\s*分|分\s*[值数]|满\s*分|阅卷|评卷|Scores?|Points|Marks)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """The answer cell of one number."""

    number: int
    page: int
    cell: Cell


def _digits(text: str) -> int | None:
    match = _NUMBER.match(text)
    return int(match[1]) if match else None


def _numberings(cells: Sequence[Cell], expected: int) -> tuple[int, int] | None:
    """(number of the first cell, votes for it) of a header row; None when it is none.

    Each readable number votes for where the count begins; so one misread number, 6 as 9, is
    outvoted by its neighbours.
    """
    votes: Counter[int] = Counter()
    shaped = 0
    for position, cell in enumerate(cells):
        value = _digits(cell.text)
        if value is not None:
            votes[value - position] += 1
        shaped += bool(value is not None or _LOOKS_NUMBER.match(cell.text.strip()))
    if not votes or shaped < max(2, 0.6 * len(cells)):
        return None
    first, count = max(votes.items(), key=lambda item: (item[1], item[0] == expected, -item[0]))
    return (first, count) if first >= 1 and count >= max(2, 0.4 * len(cells)) else None


def _labelled(row: Sequence[Cell], pattern: re.Pattern[str]) -> bool:
    return bool(row) and pattern.match(row[0].text) is not None


def _is_label(cell: Cell) -> bool:
    return any(p.match(cell.text) for p in (NUMBER_LABEL, _ANSWER_LABEL, _POINTS_LABEL))


def _bands(rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[int, Sequence[Cell], Sequence[Cell]]]:
    """(first number, header cells, answer cells) of each pair of rows."""
    expected = 1
    position = 0
    while position + 1 < len(rows):
        row = rows[position]
        header = row[1:] if row and (_is_label(row[0]) or _is_corner(row)) else row
        numbering = _numberings(header, expected)
        below = position + 1
        while below < len(rows) and _labelled(rows[below], _POINTS_LABEL):
            below += 1
        if numbering is None or below >= len(rows):
            position += 1
            continue
        answers = rows[below][len(row) - len(header) :]
        if len(answers) == len(header):
            yield numbering[0], header, answers
            expected = numbering[0] + len(header)
            position = below + 1
        else:
            position += 1


def _is_corner(row: Sequence[Cell]) -> bool:
    """Whether a row of numbers begins with a cell that is none: its label, however it was read."""
    first = row[0].text.strip()
    if len(row) < 3 or _LOOKS_NUMBER.match(first):
        return False
    return sum(_digits(cell.text) is not None for cell in row[1:]) >= (2 if first else 1)


def _answers_of(grid: Grid) -> list[TableAnswer]:
    found = []
    for first, header, answers in _bands(grid.rows):
        for offset, (top, cell) in enumerate(zip(header, answers, strict=True)):
            if not top.text and not cell.text and not top.has_ink:
                continue
            found.append(TableAnswer(first + offset, grid.page, cell))
    numbers = [answer.number for answer in found]
    return found if len(set(numbers)) == len(numbers) else []


def read_answer_table(grid: Grid) -> tuple[TableAnswer, ...]:
    """The numbered answers of a grid, whichever way it runs; empty when it is no answer table."""
    ways = [_answers_of(grid)]
    lengths = {len(row) for row in grid.rows}
    if len(lengths) == 1 and len(grid.rows) >= 2:
        ways.append(_answers_of(grid.turned()))
    best = max(ways, key=len)
    if len(best) < 2 or not any(_is_answer_like(answer.cell) for answer in best):
        return ()
    return tuple(best)


def _is_answer_like(cell: Cell) -> bool:
    text = cell.text.strip()
    return len(text) <= 30 and _POINTS_LABEL.match(text) is None


def table_places(answers: Sequence[TableAnswer]) -> tuple[tuple[int, BBox], ...]:
    """(page, box) of each answer cell."""
    return tuple((answer.page, answer.cell.bbox) for answer in answers)
