"""Tables as spreadsheets write them: where their header stands, and their rows by column."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta

from services.gateway.domain.protocol.problems import invalid_field

#: Rows of cells; a cell of CSV is text, one of a workbook may be a number, a date or nothing.
Table = Sequence[Sequence[object]]
#: A title or a school's name may stand above the header.
_MAX_HEADER_ROW = 10
#: A spreadsheet keeps 15 digits of a number: what it shows of 0.1 + 0.2 is 0.3.
_DIGITS = ".15g"


def records(
    table: Table, field: str, columns: frozenset[str], required: frozenset[str]
) -> list[Mapping[str, str]]:
    """The rows below the header as texts by column. ``field`` is what problems are about.

    Columns may be written in capitals and in any order; those not in ``columns`` are left out, and
    so are empty rows. Raises Problem ``invalid_request``: ``csv_columns`` without a header that has
    the ``required`` columns or for a row that lacks one of them or is longer than the header,
    ``date_cell`` for a date, into which spreadsheets turn answers like 3-4.
    """
    above = [[_column(cell) for cell in row] for row in table[:_MAX_HEADER_ROW]]
    place = next((number for number, row in enumerate(above) if required <= set(row)), None)
    if place is None or any(above[place].count(name) > 1 for name in columns):
        raise invalid_field(field, "csv_columns")
    return [
        _record(row, above[place], field, columns, required)
        for row in table[place + 1 :]
        if not all(_is_empty(cell) for cell in row)
    ]


def _record(
    row: Sequence[object],
    header: Sequence[str],
    field: str,
    columns: frozenset[str],
    required: frozenset[str],
) -> Mapping[str, str]:
    # Spreadsheets end rows in commas up to the widest row they ever had.
    if not all(_is_empty(cell) for cell in row[len(header) :]):
        raise invalid_field(field, "csv_columns")
    named = zip(header, row, strict=False)
    record = {name: _text(cell, field) for name, cell in named if name in columns}
    if not required <= set(record):
        raise invalid_field(field, "csv_columns")
    return record


def _column(cell: object) -> str:
    name = cell if isinstance(cell, str) else ""
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _text(cell: object, field: str) -> str:
    if isinstance(cell, date | time | timedelta):
        raise invalid_field(field, "date_cell")
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return format(cell, _DIGITS)
    return "" if cell is None else str(cell)
