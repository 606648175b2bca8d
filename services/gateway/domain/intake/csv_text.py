"""CSV as spreadsheets write it, in their encodings and with their delimiters."""

import codecs
import csv
import io

from services.gateway.domain.intake.tables import Table
from services.gateway.domain.protocol.problems import invalid_field

#: UTF-8 with or without a BOM, else GB 18030, which spreadsheets in China write.
_ENCODINGS = ("utf-8-sig", "gb18030")
#: Spreadsheets write semicolons where the comma is in numbers, and tabs as "Unicode text".
_DELIMITERS = (",", ";", "\t")
_HEAD_LINES = 10
#: A first line that names the delimiter, for one spreadsheet.
_NAMED_DELIMITER = "sep="


def csv_table(body: bytes, field: str) -> Table:
    """The rows of a table (RFC 4180). Raises Problem ``invalid_request`` about ``field``."""
    text = _decoded(body, field)
    if text[: len(_NAMED_DELIMITER)].lower() == _NAMED_DELIMITER:
        text = text.partition("\n")[2]
    try:
        # The first lines have the header in them, and few texts that hold a delimiter themselves.
        head = "\n".join(text.splitlines()[:_HEAD_LINES])
        delimiter = max(_DELIMITERS, key=head.count)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise invalid_field(field, "csv_invalid") from error


def _decoded(body: bytes, field: str) -> str:
    for encoding in _encodings(body):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise invalid_field(field, "csv_invalid")


def _encodings(body: bytes) -> tuple[str, ...]:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    if body[1:2] == b"\0" or body[:1] == b"\0":
        # Every header has Latin letters, one half of which is zero.
        return ("utf-16-le",) if body[1:2] == b"\0" else ("utf-16-be",)
    return _ENCODINGS
