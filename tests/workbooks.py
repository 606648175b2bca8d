"""Workbooks for tests."""

import io
from collections.abc import Sequence

import openpyxl


def workbook(*rows: Sequence[object]) -> bytes:
    """An xlsx file with these rows on its only sheet."""
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(buffer)
    return buffer.getvalue()
