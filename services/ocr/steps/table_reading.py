"""Reads ruled tables: geometry says which cell, the recogniser what stands in it."""

from statistics import fmean

from services.ocr.domain.ink.boxes import is_inside
from services.ocr.domain.ink.raster import Mask, Rgb, to_grey
from services.ocr.domain.tables.cell_reading import MARGINS, SURE, crop_of, line_count, vote
from services.ocr.domain.tables.ruled_tables import Cell, Table, find_tables
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.text_reader import TextReader
from shared.contract.reading import RuledTable, TableCell, TextChar, TextLine

#: Writing wider than this many times its height is a line of text, which the page reading has.
LONG_RATIO = 12.0


def read_tables(
    reader: TextReader | None,
    image: Rgb,
    lines: tuple[TextLine, ...],
    pen: Mask | None = None,
) -> tuple[RuledTable, ...]:
    """The page's ruled tables. Without a ``reader`` cells take their text from ``lines``.

    ``pen`` is ink (255) that is surely no rule.
    """
    tables = find_tables(to_grey(image), pen)
    return tuple(_read_table(reader, image, table, lines) for table in tables)


def _read_table(
    reader: TextReader | None, image: Rgb, table: Table, lines: tuple[TextLine, ...]
) -> RuledTable:
    readings: dict[int, Reading] = {}
    alone: list[int] = []
    for index, cell in enumerate(table.cells):
        if reader is not None and line_count(image, cell) == 1:
            alone.append(index)
        else:
            readings[index] = _reading_from(lines, cell)
    if reader is not None:
        readings |= _read_alone(reader, image, table, alone)
    cells = tuple(_document(cell, readings[index]) for index, cell in enumerate(table.cells))
    return RuledTable(bbox=table.box, rows=table.rows, columns=table.columns, cells=cells)


def _read_alone(
    reader: TextReader, image: Rgb, table: Table, indices: list[int]
) -> dict[int, Reading]:
    """Cells with one line of writing, each from its own crop; unsure ones are read again."""
    tries: dict[int, list[Reading]] = {index: [] for index in indices}
    open_indices = list(indices)
    for margin in MARGINS:
        crops = {i: crop_of(image, table.cells[i], margin) for i in open_indices}
        found = {i: crop for i, crop in crops.items() if crop is not None}
        for index, reading in zip(found, reader.recognise(list(found.values())), strict=True):
            tries[index].append(reading)
        open_indices = [i for i in found if tries[i][-1].confidence < SURE or len(tries[i]) > 1]
    return {i: vote(readings) if readings else Reading("", 1.0) for i, readings in tries.items()}


def _reading_from(lines: tuple[TextLine, ...], cell: Cell) -> Reading:
    """What the page's lines say inside ``cell``: its characters, line by line."""
    pieces: list[str] = []
    confidences: list[float] = []
    for line in lines:
        inside = [char for char in line.chars if is_inside(char.bbox, cell.box)]
        if inside:
            pieces.append(_text_of(line, inside))
            confidences.extend(char.confidence for char in inside)
        elif not line.chars and is_inside(line.bbox, cell.box):
            pieces.append(line.text)
            confidences.append(line.confidence)
    return Reading("\n".join(pieces), fmean(confidences) if confidences else 1.0)


def _text_of(line: TextLine, inside: list[TextChar]) -> str:
    """The line's own text, with its spaces, when all of it is inside; else the characters."""
    if len(inside) == len(line.chars):
        return line.text
    return "".join(char.text for char in inside)


def _document(cell: Cell, reading: Reading) -> TableCell:
    return TableCell(
        row=cell.row,
        column=cell.column,
        row_span=cell.row_span,
        column_span=cell.column_span,
        bbox=cell.box,
        text=reading.text,
        confidence=reading.confidence,
        ink=min(1.0, cell.ink_share),
    )
