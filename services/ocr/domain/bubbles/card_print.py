"""What is printed at a grid of options: numbers before its rows, letters inside or above."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, pairwise

import numpy as np

from services.ocr.domain.bubbles.card_numbers import voted
from services.ocr.domain.bubbles.option_grids import OptionGrid
from shared.contract.reading import TextLine

LETTERS = "ABCDEFGHIJ"
DIGITS = tuple("0123456789")
#: Letters of options, and the share of places with letters that may hold two different ones.
OPTION_SIGNS = frozenset("ABCDEFGTF√×对错")
MAX_SEVERAL = 0.2
#: What is read in bare rings is often 0.
FIGURE_SIGNS = frozenset("123456789")
#: Sets of two options that are no letters from A on, as they are written in answers.
PAIRS = (("T", "F"), ("√", "×"), ("对", "错"), ("正", "误"))
#: What readers give for the signs of those.
LIKE = {"✓": "√", "✔": "√", "✗": "×", "✘": "×"}
#: Options of a row at least.
MIN_OPTIONS = 2
#: Numbers stand before a row at most so many options away, letters above so many rows.
BEFORE, ABOVE = 5.0, 2.2
#: A number stands within this share of the distance between rows; a letter of that of columns.
LEVEL, UPRIGHT = 0.45, 0.4
#: Signs of one number are no further apart than so many of their heights.
TOGETHER = 1.6
#: Lines so many times higher than wide are columns of numbers read as one text: no sign is right.
UPRIGHT_RATIO = 2.0
#: Share of a grid's options in which figures are read when it is for digits.
FIGURES = 0.3
#: Columns that a grid may lack before its first, or have too many, and the letters that say so.
SHIFTS, MIN_SHIFTED = (-1, 0, 1, 2), 3
#: Different numbers that go on counting, where numbers are.
MIN_COUNTED = 3
#: Digits that a grid of ten must show to be one for a number.
MIN_DIGITS = 4
_NUMBER = re.compile(r"(?<!\d)(\d{1,3})\D*$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sign:
    """A character of the page: middle, height, confidence; ``line`` and ``order`` as it was read.

    ``x`` and ``y`` may be exchanged; ``order`` stays the place from left to right.
    """

    text: str
    x: float
    y: float
    height: float
    line: int
    order: float
    confidence: float

    def swapped(self) -> "Sign":
        """The sign on a page with x and y exchanged."""
        return Sign(self.text, self.y, self.x, self.height, self.line, self.order, self.confidence)


@dataclass(frozen=True, slots=True)
class CardPrint:
    """What was read at a grid whose rows are questions.

    ``numbers`` are those before each row, None where none was read; ``letters`` counts the signs
    that stand where they must when the options are ``labels``.
    """

    grid: OptionGrid
    is_swapped: bool
    numbers: tuple[int | None, ...]
    labels: tuple[str, ...]
    letters: int
    is_digits: bool

    @property
    def read(self) -> int:
        """How many numbers were read."""
        return sum(number is not None for number in self.numbers)


def signs_of(lines: Iterable[TextLine], scale: float) -> list[Sign]:
    """The characters of ``lines`` on a page ``scale`` times as large."""
    found = []
    for index, line in enumerate(lines):
        if len(line.text) > 1 and line.bbox[3] > UPRIGHT_RATIO * line.bbox[2]:
            continue
        places = [(char.text, char.bbox, char.confidence) for char in line.chars]
        if not places and line.text:
            x, y, width, height = line.bbox
            step = width / len(line.text)
            places = [
                (sign, (x + step * n, y, step, height), line.confidence)
                for n, sign in enumerate(line.text)
            ]
        for text, (x, y, width, height), confidence in places:
            if text.strip():
                middle = (x + width / 2) * scale, (y + height / 2) * scale
                sign = unicodedata.normalize("NFKC", text).strip()
                sign = LIKE.get(sign, sign)
                found.append(Sign(sign, *middle, height * scale, index, middle[0], confidence))
    return found


def print_at(grid: OptionGrid, signs: Sequence[Sign], limits: tuple[float, float]) -> CardPrint:
    """What was read at ``grid``, with rows or with columns as questions, whichever fits better.

    ``limits`` are where other grids end to the left of it and above it.
    """
    upright = _print(grid, signs, limits[0], is_swapped=False)
    turned = [sign.swapped() for sign in signs]
    swapped = _print(grid.swapped(), turned, limits[1], is_swapped=True)
    return max((upright, swapped), key=_fit)


def _print(grid: OptionGrid, signs: Sequence[Sign], limit: float, *, is_swapped: bool) -> CardPrint:
    grid = _from_first_letter(grid, [*_inner(grid, signs), *_above(grid, signs)])
    inner = _inner(grid, signs)
    above = _above(grid, signs)
    columns = grid.middles.shape[1]
    labels, letters = _labels(columns, [*inner, *above])
    digits = {column for text, column in inner if text == str(column)}
    is_digits = columns == len(DIGITS) and len(digits) >= MIN_DIGITS
    if is_digits:
        labels = DIGITS
    is_digits |= has_digits(grid, signs)
    numbers = tuple(_number(grid, row, signs, limit) for row in range(len(grid.lengths)))
    return CardPrint(grid, is_swapped, numbers, labels, letters, is_digits)


def _fit(found: CardPrint) -> tuple[bool, int]:
    """How well what was read fits a grid seen this way."""
    return found.labels == DIGITS, found.letters + _progress(found.numbers)


def is_of_options(grid: OptionGrid, signs: Sequence[Sign]) -> bool:
    """Whether no more than one letter is read in most places of ``grid``.

    Else each holds several options, such as [T] [F] closed to one piece.
    """
    letters: dict[tuple[int, int], set[str]] = {}
    for text, row, column in _inner_places(grid, signs):
        if text in OPTION_SIGNS:
            letters.setdefault((row, column), set()).add(text)
    return sum(len(found) > 1 for found in letters.values()) <= MAX_SEVERAL * len(letters)


def has_digits(grid: OptionGrid, signs: Sequence[Sign]) -> bool:
    """Whether figures that count are read in many options of ``grid``, from row to row or across.

    Letters are read as figures, too, B as 8, but those do not count.
    """
    places = _inner_places(grid, signs)
    figures = [(int(text), row, column) for text, row, column in places if text in FIGURE_SIGNS]
    if len(figures) < FIGURES * sum(grid.lengths):
        return False
    for axis in (1, 2):
        begins = Counter(figure[0] - figure[axis] for figure in figures)
        begin, count = begins.most_common(1)[0]
        different = {figure[0] for figure in figures if figure[0] - figure[axis] == begin}
        if 2 * count >= len(figures) and len(different) >= MIN_COUNTED:
            return True
    return False


def without_numbers(grid: OptionGrid, signs: Sequence[Sign]) -> list[OptionGrid]:
    """``grid`` in parts, without columns of numbers that stand at the options' pitch.

    Such numbers go on counting from row to row; letters in rings are often read as figures, too.
    """
    columns = grid.middles.shape[1]
    walls = [column for column in range(columns) if _counts(grid, column, signs)]
    if not walls:
        return [grid]
    edges = pairwise([-1, *walls, columns])
    runs = [(left + 1, right) for left, right in edges if right - left > MIN_OPTIONS]
    return [grid.columns(*run) for run in runs]


def _counts(grid: OptionGrid, column: int, signs: Sequence[Sign]) -> bool:
    """Whether the places of a column hold numbers that count."""
    half = np.array(grid.sides) / 2
    places = np.array([[sign.x, sign.y] for sign in signs]).reshape(-1, 2)
    numbers: list[int | None] = []
    for middle in grid.middles[:, column]:
        is_near = (np.abs(places - middle) <= half).all(axis=1)
        inside = compress(signs, is_near)
        text = "".join(sign.text for sign in sorted(inside, key=lambda sign: sign.order))
        match = _NUMBER.search(text)
        numbers.append(int(match[1]) if match else None)
    numbering = voted(numbers)
    enough = max(MIN_COUNTED, len(numbers) / 2)
    return numbering is not None and numbering.votes >= enough


def _progress(numbers: Sequence[int | None]) -> int:
    """How many of the numbers follow each other as numbers of questions do."""
    votes = Counter(number - row for row, number in enumerate(numbers) if number and number > row)
    return max(votes.values(), default=0)


def _from_first_letter(grid: OptionGrid, found: Sequence[tuple[str, int]]) -> OptionGrid:
    """``grid`` with A as its first column, where most letters stand a column or more aside."""
    shifts = {
        shift: sum(_letter_at(column + shift) == text for text, column in found) for shift in SHIFTS
    }
    shift = max(shifts, key=lambda way: (shifts[way], -abs(way)))
    if shift == 0 or shifts[shift] < MIN_SHIFTED or shifts[shift] < 2 * shifts[0]:
        return grid
    columns = grid.middles.shape[1]
    if shift > 0:
        return grid.with_columns_before(shift)
    return grid.columns(-shift, columns) if columns + shift > 1 else grid


def _letter_at(column: int) -> str:
    return LETTERS[column] if 0 <= column < len(LETTERS) else ""


def _inner(grid: OptionGrid, signs: Sequence[Sign]) -> list[tuple[str, int]]:
    """(text, column) of the signs inside options."""
    return [(text, column) for text, _, column in _inner_places(grid, signs)]


def _inner_places(grid: OptionGrid, signs: Sequence[Sign]) -> list[tuple[str, int, int]]:
    """(text, row, column) of the signs inside options."""
    x, y, width, height = grid.box
    half = np.array(grid.sides) / 2
    found = []
    for sign in signs:
        if x <= sign.x <= x + width and y <= sign.y <= y + height:
            off = np.abs(grid.middles - (sign.x, sign.y))
            inside = np.argwhere((off <= half).all(axis=2))
            if len(inside):
                found.append((sign.text, int(inside[0, 0]), int(inside[0, 1])))
    return found


def _above(grid: OptionGrid, signs: Sequence[Sign]) -> list[tuple[str, int]]:
    """(text, column) of the signs above the columns."""
    across, down = grid.pitch
    found = []
    for column, (x, y) in enumerate(grid.middles[0].tolist()):
        for sign in signs:
            is_above = grid.sides[1] / 2 <= y - sign.y <= ABOVE * down
            if is_above and abs(sign.x - x) <= UPRIGHT * across:
                found.append((sign.text, column))
    return found


def _labels(columns: int, found: Sequence[tuple[str, int]]) -> tuple[tuple[str, ...], int]:
    """The options' labels and how many signs say so."""
    seen = Counter(found)
    usual = tuple(LETTERS[:columns]) if columns <= len(LETTERS) else ("",) * columns
    ways = [usual]
    if columns == MIN_OPTIONS:
        # A pen's tick is read as a sign, too: a pair counts only where both are printed.
        ways += [pair for pair in PAIRS if seen[pair[0], 0] and seen[pair[1], 1]]
    counted = [
        (sum(seen[sign, column] for column, sign in enumerate(way)), -order, way)
        for order, way in enumerate(ways)
    ]
    count, _, labels = max(counted)
    return labels, count


def _number(grid: OptionGrid, row: int, signs: Sequence[Sign], limit: float) -> int | None:
    """The number before a row."""
    x, y = grid.middles[row, 0].tolist()
    across, down = grid.pitch
    edge = x - grid.sides[0] / 2
    begin = max(limit, edge - BEFORE * across)
    near = [sign for sign in signs if begin <= sign.x < edge and abs(sign.y - y) <= LEVEL * down]
    digits = [sign for sign in near if sign.text.isdecimal()]
    if not digits:
        return None
    chain = [max(digits, key=lambda sign: (sign.x, sign.order))]
    for sign in sorted(near, key=lambda sign: -sign.x):
        if sign.line == chain[0].line and sign not in chain and _is_near(sign, chain):
            chain.append(sign)
    text = "".join(sign.text for sign in sorted(chain, key=lambda sign: sign.order))
    match = _NUMBER.search(text)
    return int(match[1]) if match else None


def _is_near(sign: Sign, chain: Sequence[Sign]) -> bool:
    reach = TOGETHER * sign.height
    return any(abs(sign.x - other.x) + abs(sign.y - other.y) <= reach for other in chain)
