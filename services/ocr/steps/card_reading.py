"""Reads an answer card without a template: its grids of options, their numbers, what is filled."""

import re
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from services.ocr.domain.bubbles.answer_cards import (
    BARE_ROWS,
    MAX_OPTIONS,
    find_card,
    may_be_card,
    would_make_card,
)
from services.ocr.domain.bubbles.card_answers import CardReading, card_reading
from services.ocr.domain.bubbles.card_numbers import voted
from services.ocr.domain.bubbles.card_print import (
    BEFORE,
    CardPrint,
    has_digits,
    is_of_options,
    print_at,
    signs_of,
    without_numbers,
)
from services.ocr.domain.bubbles.cell_outlines import enlarged, find_outlines
from services.ocr.domain.bubbles.digit_grids import with_digits_joined
from services.ocr.domain.bubbles.fill_levels import (
    Choice,
    choices_of,
    darkness_of,
)
from services.ocr.domain.bubbles.grid_search import find_grids, without_repeats
from services.ocr.domain.bubbles.option_grids import OptionGrid
from services.ocr.domain.ink.boxes import is_inside
from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.ink.raster import Floats, Grey, Rgb
from services.ocr.domain.text.text_reader import TextReader
from shared.contract.reading import TextLine

#: Ink of a number, and the paper around it in shares of its height.
INK_LEVEL, PAPER_SHARE = 60, 0.3
#: A number ends where this share of an option's side has no ink.
APART = 1.1
#: Outlines are alike when their sides differ by this share at most.
SAME_SIDES = 0.3
#: Half the height of a number's strip, in shares of the distance between rows.
STRIP = 0.48
#: So many numbers that agree need no more; of a grid's others so many are read.
ENOUGH, AT_MOST = 5, 12
#: A word, how surely it is read, and how many there may be for each answer: misread boxes and rings
#: now and then look like one.
WORD, CLEAR_WORD, MAX_WORDS_SHARE = re.compile(r"[\u4e00-\u9fff]{2}|[a-z]{3}"), 0.8, 0.1
#: Numbers read one by one count from this confidence on.
MIN_CONFIDENCE = 0.6


def read_card(reader: TextReader, ink: PageInk, lines: Sequence[TextLine]) -> CardReading | None:
    """The answer card on a page whose ``lines`` were read; None where there is none."""
    darkness, scale = enlarged(ink.darkness)
    grids = find_grids(find_outlines(darkness))
    if not may_be_card(grids):
        return None
    signs = signs_of(lines, scale)
    grids = without_repeats(
        part
        for grid in grids
        if is_of_options(grid, signs)
        for part in without_numbers(grid, signs)
    )
    grids = with_digits_joined(grids, lambda grid: has_digits(grid, signs))
    found = [print_at(grid, signs, _limits(grid, grids)) for grid in grids]
    if not any(map(would_make_card, found)):
        return None
    card = find_card([_with_numbers(reader, item, darkness, grids) for item in found])
    if card is None:
        return None
    choices = _choices([block.print for block in card.blocks], darkness)
    digits = [_choices([grid], darkness)[0] for grid in card.digits]
    reading = card_reading(lines, card, choices, digits, scale)
    return None if _holds_words(lines, reading) else reading


def _holds_words(lines: Sequence[TextLine], reading: CardReading) -> bool:
    """Whether words stand among the options: those of a question are no card's."""
    words = sum(
        WORD.search(line.text) is not None
        and line.confidence >= CLEAR_WORD
        and any(is_inside(line.bbox, area) for area in reading.areas)
        for line in lines
    )
    answers = sum(table.columns for table in reading.tables)
    return words > MAX_WORDS_SHARE * answers


def _limits(grid: OptionGrid, grids: Sequence[OptionGrid]) -> tuple[float, float]:
    """Where other grids of such outlines end, left of this one and above it."""
    x, y, width, height = grid.box
    left = top = -np.inf
    for other in grids:
        ox, oy, owidth, oheight = other.box
        if any(abs(a - b) > SAME_SIDES * b for a, b in zip(other.sides, grid.sides, strict=True)):
            continue
        if ox + owidth <= x and oy < y + height and y < oy + oheight:
            left = max(left, ox + owidth)
        if oy + oheight <= y and ox < x + width and x < ox + owidth:
            top = max(top, oy + oheight)
    return float(left), float(top)


def _with_numbers(
    reader: TextReader, found: CardPrint, darkness: Grey, grids: Sequence[OptionGrid]
) -> CardPrint:
    """``found`` with numbers read one by one where the lines do not tell how its rows count."""
    numbering = voted(found.numbers)
    missing = [
        row
        for row, number in enumerate(found.numbers)
        if numbering is None or number != numbering.of(row)
    ]
    if numbering is not None and numbering.votes >= ENOUGH:
        return found
    missing = missing[:: max(1, -(-len(missing) // AT_MOST))]
    is_long = len(found.numbers) >= BARE_ROWS and found.grid.middles.shape[1] <= MAX_OPTIONS
    if found.is_digits or not missing or (found.letters < 2 and found.read < 2 and not is_long):
        return found
    limit = _limits(_upright(found), grids)[1 if found.is_swapped else 0]
    crops = {row: _number_crop(found, row, darkness, limit) for row in missing}
    seen = {row: crop for row, crop in crops.items() if crop is not None}
    numbers = list(found.numbers)
    for row, reading in zip(seen, reader.recognise(list(seen.values())), strict=True):
        digits = reading.text.strip().strip(".．、。,:：")
        if digits.isdecimal() and len(digits) <= 3 and reading.confidence >= MIN_CONFIDENCE:
            numbers[row] = int(digits)
    return replace(found, numbers=tuple(numbers))


def _upright(found: CardPrint) -> OptionGrid:
    return found.grid.swapped() if found.is_swapped else found.grid


def _number_crop(found: CardPrint, row: int, darkness: Grey, limit: float) -> Rgb | None:
    """The number before a row, dark on white with paper around; None without ink there."""
    grid = found.grid
    page = darkness.T if found.is_swapped else darkness
    x, y = grid.middles[row, 0].tolist()
    across, down = grid.pitch
    right = round(x - 0.65 * grid.sides[0])
    left = max(0, round(max(limit, x - BEFORE * across)))
    top, bottom = max(0, round(y - STRIP * down)), round(y + STRIP * down)
    strip = page[top:bottom, left:right]
    if min(strip.shape) < 4:
        return None
    span = _last_run(strip.max(axis=0) > INK_LEVEL, APART * min(grid.sides))
    if span is None:
        return None
    part = strip[:, span[0] : span[1]]
    rows = np.flatnonzero(part.max(axis=1) > INK_LEVEL)
    part = part[rows[0] : rows[-1] + 1]
    part = part.T if found.is_swapped else part
    border = max(4, round(PAPER_SHARE * part.shape[0]))
    grey = cv2.copyMakeBorder(
        255 - part, border, border, border, border, cv2.BORDER_CONSTANT, value=255
    )
    crop: Rgb = cv2.cvtColor(np.ascontiguousarray(grey), cv2.COLOR_GRAY2RGB)
    return crop


def _last_run(has_ink: Floats, gap: float) -> tuple[int, int] | None:
    """The last stretch of ink without a gap that wide."""
    places = np.flatnonzero(has_ink)
    if not places.size:
        return None
    breaks = np.flatnonzero(np.diff(places) > gap)
    first = int(breaks[-1]) + 1 if breaks.size else 0
    return int(places[first]), int(places[-1]) + 1


def _choices(found: Sequence[CardPrint], darkness: Grey) -> list[list[Choice]]:
    pages = {False: darkness, True: np.ascontiguousarray(darkness.T)}
    levels = [darkness_of(item.grid, pages[item.is_swapped]) for item in found]
    return choices_of(levels, [item.grid.seen for item in found])
