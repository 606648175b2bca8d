"""Workbooks (xlsx, ISO/IEC 29500) as tables: the first sheet that holds something."""

import io
import zipfile
import zlib
from collections.abc import Iterable

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from services.gateway.domain.intake.csv_text import csv_table
from services.gateway.domain.intake.tables import Table
from services.gateway.domain.protocol.problems import Problem, invalid_field

_MAGIC = b"PK\x03\x04"
#: Unpacked. A key of 1,000 questions has 0.3 MB; openpyxl holds the texts of a workbook and reads
#: its rows one by one.
_MAX_BYTES = 20_000_000
_MAX_ROWS, _MAX_COLUMNS = 20_000, 100
#: Nothing follows after so many empty rows: the format of a column makes a million of them.
_MAX_EMPTY_ROWS = 5_000
_ERRORS = (
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, OSError, EOFError, SyntaxError),
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError),
)


def read_table(body: bytes, field: str) -> Table:
    """The rows of CSV or of a workbook, which is told by its first bytes.

    Raises Problem ``invalid_request`` about ``field``.
    """
    return workbook_table(body, field) if body.startswith(_MAGIC) else csv_table(body, field)


def workbook_table(body: bytes, field: str) -> Table:
    """The rows of the first sheet of a workbook that is not empty.

    Formulas count as what they were when the workbook was saved. Raises Problem
    ``invalid_request``: ``xlsx_invalid`` or ``xlsx_too_large`` about ``field``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            # A member that unpacks to more than it says is cut off there by zipfile.
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _MAX_BYTES:
            raise invalid_field(field, "xlsx_too_large")
        return _first_sheet(body, field)
    except Problem:
        raise
    except _ERRORS as error:
        raise invalid_field(field, "xlsx_invalid") from error


def _first_sheet(body: bytes, field: str) -> Table:
    book = openpyxl.load_workbook(
        io.BytesIO(body), read_only=True, data_only=True, keep_links=False
    )
    try:
        for sheet in book.worksheets:
            # What a sheet says of its own size is often wrong.
            sheet.reset_dimensions()
            rows = _filled_rows(sheet.iter_rows(values_only=True, max_col=_MAX_COLUMNS))
            if len(rows) > _MAX_ROWS:
                raise invalid_field(field, "xlsx_too_large")
            if rows:
                return rows
        return []
    finally:
        book.close()


def _filled_rows(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    filled: list[tuple[object, ...]] = []
    empty = 0
    for row in rows:
        if any(cell is not None for cell in row):
            filled.append(row)
            empty = 0
        else:
            empty += 1
        if empty > _MAX_EMPTY_ROWS or len(filled) > _MAX_ROWS:
            break
    return filled
