"""CSV as spreadsheets write it: its text, and its rows by column."""

import csv
import io

from services.gateway.domain.protocol.problems import invalid_field

#: UTF-8 with or without a BOM, else GB 18030, which spreadsheets in China write.
_ENCODINGS = ("utf-8-sig", "gb18030")


def csv_rows(body: bytes, field: str) -> list[dict[str, str | None]]:
    """The rows below the header (RFC 4180). Raises Problem ``invalid_request`` about ``field``."""
    try:
        return list(csv.DictReader(io.StringIO(_decoded(body, field)), strict=True))
    except csv.Error as error:
        raise invalid_field(field, "csv_invalid") from error


def _decoded(body: bytes, field: str) -> str:
    for encoding in _ENCODINGS:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise invalid_field(field, "csv_invalid")
