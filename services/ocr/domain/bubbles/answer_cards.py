"""Tells which grids of outlines on a page are an answer card, and what each row of them asks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.ocr.domain.bubbles.card_numbers import Numbering, numbered
from services.ocr.domain.bubbles.card_print import DIGITS, CardPrint
from services.ocr.domain.bubbles.option_grids import OptionGrid

#: A card shows itself by a grid of so many rows, or by two whose letters are read.
MIN_ROWS, MIN_LETTERED_ROWS = 3, 2
#: So many letters must have been read where they belong, one more than chance has.
MIN_LETTERS = 2
#: Numbers that agree: so many, and such a share of those read.
MIN_VOTES, MIN_VOTED = 2, 0.6
#: Without letters anywhere: rows as long and as many as no drawing of rings has.
BARE_ROWS, BARE_OPTIONS = 5, (3, 5)
#: Options of a question: more are the digits of a number.
MIN_OPTIONS, MAX_OPTIONS = 2, 8
#: Smaller grids belong to a card when their outlines and their pitch are like its own.
SAME_SIDES, SAME_PITCH = 0.15, 0.15


@dataclass(frozen=True, slots=True)
class CardBlock:
    """A grid whose rows are questions, with their numbers and the options' letters."""

    print: CardPrint
    numbering: Numbering

    @property
    def grid(self) -> OptionGrid:
        """The grid with questions as rows."""
        return self.print.grid


@dataclass(frozen=True, slots=True)
class AnswerCard:
    """The blocks of questions of a page, in reading order, and its grids of digits."""

    blocks: tuple[CardBlock, ...]
    digits: tuple[CardPrint, ...]


def may_be_card(grids: Sequence[OptionGrid]) -> bool:
    """Whether a page has a grid that alone would make it a card."""
    return any(min(grid.middles.shape[:2]) >= MIN_LETTERED_ROWS for grid in grids)


def would_make_card(found: CardPrint) -> bool:
    """Whether a grid alone makes its page a card, provided that its rows count."""
    rows, columns = len(found.grid.lengths), max(found.grid.lengths)
    if found.letters >= MIN_LETTERS + (rows < MIN_ROWS):
        return rows >= MIN_LETTERED_ROWS
    return rows >= BARE_ROWS and BARE_OPTIONS[0] <= columns <= BARE_OPTIONS[1]


def in_reading_order(found: Sequence[CardPrint]) -> list[CardPrint]:
    """Blocks side by side from left to right, bands of them from top to bottom."""
    rest = sorted(found, key=lambda item: page_box(item)[1])
    ordered: list[CardPrint] = []
    while rest:
        low = page_box(rest[0])[1] + page_box(rest[0])[3] / 2
        band = [item for item in rest if page_box(item)[1] < low]
        ordered += sorted(band, key=lambda item: page_box(item)[0])
        rest = [item for item in rest if item not in band]
    return ordered


def page_box(found: CardPrint) -> tuple[float, float, float, float]:
    """The box around a grid, x and y as they are on the page."""
    x, y, width, height = found.grid.box
    return (y, x, height, width) if found.is_swapped else (x, y, width, height)


def find_card(found: Sequence[CardPrint]) -> AnswerCard | None:
    """The card of a page from all its grids, or None when they are something else."""
    asking = in_reading_order([item for item in found if not item.is_digits and _may_ask(item)])
    numberings = numbered([item.numbers for item in asking])
    pairs = [
        CardBlock(item, numbering)
        for item, numbering in zip(asking, numberings, strict=True)
        if numbering is not None
    ]
    sure = [pair for pair in pairs if _is_sure(pair)]
    if not sure:
        return None
    blocks = [pair for pair in pairs if pair in sure or _belongs(pair, sure)]
    digits = [item for item in found if _is_for_digits(item, sure)]
    return AnswerCard(tuple(_lettered(blocks)), tuple(digits))


def _is_for_digits(found: CardPrint, sure: Sequence[CardBlock]) -> bool:
    """Whether a grid has ten options to each of several digits."""
    if found.labels == DIGITS:
        return True
    shape = found.grid.middles.shape[:2]
    is_ten = len(DIGITS) in shape and min(shape) >= MIN_LETTERED_ROWS
    mine = sorted(found.grid.sides)
    return is_ten and any(_are_close(mine, sorted(block.grid.sides)) for block in sure)


def _are_close(sides: Sequence[float], others: Sequence[float]) -> bool:
    return all(abs(a - b) <= SAME_SIDES * b for a, b in zip(sides, others, strict=True))


def _may_ask(found: CardPrint) -> bool:
    return MIN_OPTIONS <= max(found.grid.lengths) <= MAX_OPTIONS


def _is_sure(block: CardBlock) -> bool:
    enough = max(MIN_VOTES, MIN_VOTED * block.print.read)
    return block.numbering.votes >= enough and would_make_card(block.print)


def _belongs(block: CardBlock, sure: Sequence[CardBlock]) -> bool:
    """Whether a smaller grid is like one of the card's, and its numbers are none of theirs.

    Numbers that begin anew must all be read, and letters.
    """
    if not any(_is_alike(block, other) for other in sure):
        return False
    if block.print.letters >= MIN_LETTERS and block.numbering.votes == len(block.grid.lengths):
        return True
    taken = {other.numbering.of(row) for other in sure for row in range(len(other.grid.lengths))}
    return not taken & {block.numbering.of(row) for row in range(len(block.grid.lengths))}


def _is_alike(block: CardBlock, other: CardBlock) -> bool:
    if block.print.is_swapped != other.print.is_swapped:
        return False
    mine, theirs = block.grid.pitch[0], other.grid.pitch[0]
    is_pitch = abs(mine - theirs) <= SAME_PITCH * theirs
    return is_pitch and _are_close(block.grid.sides, other.grid.sides)


def _lettered(blocks: Sequence[CardBlock]) -> list[CardBlock]:
    """Blocks without letters have those of the card's others of the same length."""
    known = {len(block.print.labels): block.print.labels for block in blocks if block.print.letters}
    return [
        block
        if block.print.letters
        else replace(
            block,
            print=replace(
                block.print, labels=known.get(len(block.print.labels), block.print.labels)
            ),
        )
        for block in blocks
    ]
