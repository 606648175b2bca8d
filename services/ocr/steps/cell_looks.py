"""Answers in cells of ruled tables, looked at with the care that single signs need."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.places.answer_places import AnswerPlace, PlaceKind
from services.ocr.domain.places.place_writing import writing_at
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.short_answers import LETTERS
from services.ocr.steps.answer_lines import characters
from services.ocr.steps.place_looks import Look
from shared.contract.reading import RuledTable, TableCell

#: Longer texts are no short answers; higher cells hold more than one line.
MAX_CHARACTERS, MAX_HEIGHT_EM = 6, 3.6
#: Numbers read so surely are the table's own; anything read more surely needs no second look.
SURE_NUMBER, SURE = 0.9, 0.985
MIN_INK = 0.003
#: What readers make of the rules around an empty cell.
RULE_TEXTS = frozenset("一-—–_|丨、.")
#: Red print, of headings say, is read more surely than marks are.
SURE_RED_NUMBER, SURE_RED = 0.7, 0.9
#: How sure it is that a cell without strokes is empty.
SURELY_EMPTY = 0.9


@dataclass(frozen=True, slots=True)
class CellLook:
    """A look at one cell: the positions of its table and of itself there.

    ``look`` is None where rests of rules, or a teacher's mark, were taken for an answer.
    """

    table: int
    cell: int
    look: Look | None


def cell_looks(ink: PageInk, tables: Sequence[RuledTable], em_px: float) -> list[CellLook]:
    """Cells that hold short or doubtful writing; red writing only tells a teacher's marks."""
    looks, bare, red = [], [], []
    for number, table in enumerate(tables):
        for index, cell in enumerate(table.cells):
            if not _is_worth_a_look(cell, em_px):
                continue
            x, y, width, height = (round(value) for value in cell.bbox)
            place = AnswerPlace(PlaceKind.CELL, (x, y, width, height), em_px)
            written = writing_at(ink, place)
            nothing = CellLook(number, index, None)
            if written is None:
                bare += [nothing] if cell.text in RULE_TEXTS else []
            elif written.is_red:
                red += [nothing] if _is_mark(cell) else []
            else:
                line = Reading(cell.text, cell.confidence) if cell.text else None
                looks.append(CellLook(number, index, Look(place, written, line)))
    # Where most of the answers are red the student's pen is.
    return [*looks, *bare, *(red if len(red) < len(looks) else [])]


def _is_mark(cell: TableCell) -> bool:
    """Whether red strokes in a cell are no written score and no red print.

    The end of a stroke from below looks like a 1, but not for sure.
    """
    limit = SURE_RED_NUMBER if cell.text.strip().isdecimal() else SURE_RED
    return cell.confidence < limit


def with_answers(tables: Sequence[RuledTable], looks: Sequence[CellLook]) -> tuple[RuledTable, ...]:
    """``tables`` with what the looks found."""
    changed = {(item.table, item.cell): item.look for item in looks}
    return tuple(
        table.model_copy(
            update={
                "cells": tuple(
                    _answered(cell, changed[number, index]) if (number, index) in changed else cell
                    for index, cell in enumerate(table.cells)
                )
            }
        )
        for number, table in enumerate(tables)
    )


def _is_worth_a_look(cell: TableCell, em_px: float) -> bool:
    text = cell.text.strip()
    if cell.ink < MIN_INK or len(text) > MAX_CHARACTERS or cell.bbox[3] > MAX_HEIGHT_EM * em_px:
        return False
    if text.isdecimal():
        return cell.confidence < SURE_NUMBER
    # Several letters: perhaps one of them is crossed out.
    return cell.confidence < SURE or (len(text) > 1 and set(text) <= LETTERS)


def _answered(cell: TableCell, look: Look | None) -> TableCell:
    if look is None:
        return cell.model_copy(update={"text": "", "confidence": SURELY_EMPTY, "ink": 0.0})
    decided, signs = look.decide()
    if not decided.text:
        return cell
    return cell.model_copy(
        update={
            "text": decided.text,
            "confidence": decided.confidence,
            "chars": characters(look, decided, signs),
        }
    )
