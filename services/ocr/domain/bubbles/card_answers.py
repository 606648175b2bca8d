"""An answer card's choices as answer tables, in place of what was read there as text."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.ocr.domain.bubbles.answer_cards import AnswerCard, CardBlock, page_box
from services.ocr.domain.bubbles.bubble_answers import (
    Answer,
    table_of,
    without_inside,
)
from services.ocr.domain.bubbles.card_print import CardPrint
from services.ocr.domain.bubbles.fill_levels import Choice
from services.ocr.domain.ink.boxes import is_inside
from shared.contract.model import BBox
from shared.contract.reading import PageText, RuledTable, TextLine

#: Numbers stand so many options before their rows, letters so many rows above.
BEFORE, ABOVE = 2.2, 1.2
#: Blocks that begin at the same height, to so many rows, stand side by side.
SAME_TOP = 1.0
#: A heading above a block stands so many rows away at most.
NEAR_HEADING = 3.0
#: What a line over a grid says when the grid is for the student's number.
_NUMBER_LABEL = re.compile(
    r"准\s*考\s*证\s*号|学\s*号|考\s*号|考\s*生\s*号|座\s*位?\s*号"
    r"|(?:roll|student|candidate|seat)\s*(?:no|number|id)",
    re.IGNORECASE,
)
#: What has no more than letters and figures in it heads no section.
_LABELS_ONLY = re.compile(r"[\sA-J0-9.．、√×TF\[\]【】()（）○O]*")
#: A student's number is written on the page when its digits are so sure.
MIN_NUMBER_CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class _Placed:
    """A block's answers and its box, in pixels of the page."""

    answers: tuple[Answer, ...]
    box: BBox
    row_px: float


@dataclass(frozen=True, slots=True)
class CardReading:
    """What a page's card says: ``tables`` of its answers, and the page's other ``lines``.

    ``areas`` are where its grids are: nothing else is to be read there.
    """

    lines: tuple[TextLine, ...]
    tables: tuple[RuledTable, ...]
    areas: tuple[BBox, ...]


def card_reading(
    lines: Sequence[TextLine],
    card: AnswerCard,
    choices: Sequence[Sequence[Choice]],
    digits: Sequence[Sequence[Choice]],
    scale: float,
) -> CardReading:
    """The reading of a card whose grids are on a page ``scale`` times as large.

    ``choices`` are those of its blocks, ``digits`` those of its grids of digits.
    """
    placed = [_placed(block, rows, scale) for block, rows in zip(card.blocks, choices, strict=True)]
    areas = [_area(block.print, scale) for block in card.blocks]
    areas += [_scaled(page_box(grid), scale) for grid in card.digits]
    heads = [_head(block.print, scale) for block in card.blocks]
    kept = [
        line
        for line in lines
        if not any(is_inside(line.bbox, area) for area in areas) and not _is_head(line, heads)
    ]
    numbers = [
        line
        for grid, rows in zip(card.digits, digits, strict=True)
        if (line := _number_line(lines, grid, rows, scale)) is not None
    ]
    tables = [table_of(run) for run in _runs(placed, lines)]
    return CardReading((*kept, *numbers), tuple(tables), tuple(areas))


def with_card(text: PageText, card: CardReading) -> PageText:
    """``text`` with the card's tables and without what else was found in its place."""
    kept = without_inside(text, card.areas)
    return kept.model_copy(update={"lines": text.lines, "tables": (*kept.tables, *card.tables)})


def _placed(block: CardBlock, rows: Sequence[Choice], scale: float) -> _Placed:
    grid, labels = block.grid, block.print.labels
    answers = []
    for row, choice in enumerate(rows):
        middles = grid.middles[row, : grid.lengths[row]]
        low, high = middles.min(axis=0) - grid.sides, middles.max(axis=0) + grid.sides
        box = float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])
        if block.print.is_swapped:
            box = box[1], box[0], box[3], box[2]
        text = "".join(labels[option] for option in choice.options)
        sure = choice.confidence * block.numbering.confidence
        answers.append(Answer(block.numbering.of(row), text, sure, _scaled(box, scale)))
    return _Placed(tuple(answers), _scaled(page_box(block.print), scale), grid.pitch[1] / scale)


def _scaled(box: BBox, scale: float) -> BBox:
    return box[0] / scale, box[1] / scale, box[2] / scale, box[3] / scale


def _area(found: CardPrint, scale: float) -> BBox:
    """A block with the numbers before it, in pixels of the page."""
    x, y, width, height = found.grid.box
    before = BEFORE * found.grid.pitch[0]
    return _on_page(found, (x - before, y, width + before, height), scale)


def _head(found: CardPrint, scale: float) -> BBox:
    """Where the letters above a block's columns stand, in pixels of the page."""
    x, y, width, _ = found.grid.box
    above = ABOVE * found.grid.pitch[1]
    return _on_page(found, (x, y - above, width, above), scale)


def _on_page(found: CardPrint, box: BBox, scale: float) -> BBox:
    if found.is_swapped:
        box = box[1], box[0], box[3], box[2]
    return _scaled(box, scale)


def _is_head(line: TextLine, heads: Sequence[BBox]) -> bool:
    is_letters = _LABELS_ONLY.fullmatch(unicodedata.normalize("NFKC", line.text)) is not None
    return is_letters and any(is_inside(line.bbox, head) for head in heads)


def _runs(placed: Sequence[_Placed], lines: Sequence[TextLine]) -> Iterator[list[Answer]]:
    """Answers of one table: consecutive numbers of blocks side by side under one heading."""
    groups: list[list[_Placed]] = []
    for block in placed:
        if groups and _is_beside(groups[-1], block) and not any(_heads(x, block) for x in lines):
            groups[-1].append(block)
        else:
            groups.append([block])
    for group in groups:
        run: list[Answer] = []
        for answer in sorted(
            (answer for block in group for answer in block.answers), key=lambda item: item.number
        ):
            if run and answer.number != run[-1].number + 1:
                yield run
                run = []
            run.append(answer)
        yield run


def _is_beside(group: Sequence[_Placed], block: _Placed) -> bool:
    """Whether a block stands beside others and has none of their numbers."""
    taken = {answer.number for other in group for answer in other.answers}
    is_level = abs(group[-1].box[1] - block.box[1]) <= SAME_TOP * block.row_px
    return is_level and not any(answer.number in taken for answer in block.answers)


def _heads(line: TextLine, block: _Placed) -> bool:
    """Whether a line is a heading of this block alone."""
    x, y, width, _ = block.box
    left, top, _, height = line.bbox
    is_above = 0 <= y - (top + height / 2) <= NEAR_HEADING * block.row_px
    is_over = x - BEFORE * block.row_px * 2 <= left <= x + width
    return (
        is_above
        and is_over
        and (_LABELS_ONLY.fullmatch(unicodedata.normalize("NFKC", line.text)) is None)
    )


def _number_line(
    lines: Sequence[TextLine], grid: CardPrint, rows: Sequence[Choice], scale: float
) -> TextLine | None:
    """The student's number as a line of text, where each of its columns has one digit."""
    box = _scaled(page_box(grid), scale)
    label = next(
        (
            found[0]
            for line in lines
            if (found := _NUMBER_LABEL.search(line.text)) and _is_above(line.bbox, box)
        ),
        None,
    )
    confidence = min((row.confidence for row in rows), default=0.0)
    is_whole = all(len(row.options) == 1 for row in rows)
    if label is None or not is_whole or confidence < MIN_NUMBER_CONFIDENCE:
        return None
    digits = "".join(grid.labels[row.options[0]] for row in rows)
    return TextLine(text=f"{label}: {digits}", bbox=box, confidence=confidence)


def _is_above(line: BBox, box: BBox) -> bool:
    is_over = line[0] < box[0] + box[2] and box[0] < line[0] + line[2]
    return is_over and 0 <= box[1] - line[1] <= box[3]
