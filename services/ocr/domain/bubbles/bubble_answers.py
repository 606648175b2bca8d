"""The filled bubbles of a page as an answer table, in place of what was read there as text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.ocr.domain.bubbles.bubble_sheet import BubbleTemplate, FilledField, read_bubbles
from services.ocr.domain.ink.boxes import around, is_inside
from services.ocr.domain.ink.raster import Grey
from shared.contract.model import BBox
from shared.contract.reading import PageText, RuledTable, TableCell

#: Fields of answers: ``q7``, or ``q7_1`` and ``q7_2`` for the digits of one number.
QUESTION = re.compile(r"(?i)q(?:uestion)?_?(?P<number>\d{1,3})(?:_\d{1,2})?")
#: Numbers are printed beside the bubbles, at most so many bubbles away.
BESIDE = 4.0
#: A filled cell's share of ink, as far as anybody asks.
FILLED_INK = 0.3


@dataclass(frozen=True, slots=True)
class Answer:
    """What is filled in for one number; ``box`` (x, y, width, height) is where."""

    number: int
    text: str
    confidence: float
    box: BBox


def with_bubbles(grey: Grey, text: PageText, template: BubbleTemplate) -> PageText:
    """``text`` with tables of the sheet's answers; unchanged for a page without its marks."""
    fields = read_bubbles(grey, template)
    if fields is None:
        return text
    answers = _answers(fields)
    if not answers:
        return text
    bubble_px = min(min(field.box[2:]) for field in fields)
    area = _grown(around(field.box for field in fields), BESIDE * bubble_px)
    kept = without_inside(text, [area])
    tables = (*kept.tables, *(table_of(run) for run in _runs(answers)))
    return kept.model_copy(update={"tables": tables})


def without_inside(text: PageText, areas: Sequence[BBox]) -> PageText:
    """``text`` without all whose middle lies in one of ``areas``."""

    def is_outside(box: BBox) -> bool:
        return not any(is_inside(box, area) for area in areas)

    return text.model_copy(
        update={
            "lines": tuple(line for line in text.lines if is_outside(line.bbox)),
            "tables": tuple(table for table in text.tables if is_outside(table.bbox)),
            "marks": tuple(mark for mark in text.marks if is_outside(mark.bbox)),
            "regions": tuple(region for region in text.regions if is_outside(region.bbox)),
        }
    )


def _answers(fields: Sequence[FilledField]) -> list[Answer]:
    """One for each question, in the order of their numbers; digits of one number are joined."""
    by_number: dict[int, list[FilledField]] = {}
    for field in fields:
        match = QUESTION.fullmatch(field.label)
        if match is not None:
            by_number.setdefault(int(match["number"]), []).append(field)
    return [
        Answer(
            number,
            "".join(field.text for field in parts),
            min(field.confidence for field in parts),
            around(field.box for field in parts),
        )
        for number, parts in sorted(by_number.items())
    ]


def _runs(answers: Sequence[Answer]) -> Iterator[list[Answer]]:
    """Answers of consecutive numbers, as a table has them."""
    run: list[Answer] = []
    for answer in answers:
        if run and answer.number != run[-1].number + 1:
            yield run
            run = []
        run.append(answer)
    yield run


def table_of(run: Sequence[Answer]) -> RuledTable:
    """A table of two rows: the numbers, and the answers under them."""
    numbers = [
        TableCell(row=0, column=index, bbox=answer.box, text=str(answer.number))
        for index, answer in enumerate(run)
    ]
    written = [
        TableCell(
            row=1,
            column=index,
            bbox=answer.box,
            text=answer.text,
            confidence=answer.confidence,
            ink=FILLED_INK if answer.text else 0.0,
        )
        for index, answer in enumerate(run)
    ]
    box = around(answer.box for answer in run)
    return RuledTable(bbox=box, rows=2, columns=len(run), cells=(*numbers, *written))


def _grown(box: BBox, reach: float) -> BBox:
    return box[0] - reach, box[1] - reach / 2, box[2] + 2 * reach, box[3] + reach
