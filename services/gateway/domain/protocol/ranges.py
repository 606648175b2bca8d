"""Conditional and partial GET (RFC 9110, sections 13 and 14) of content that is held in memory."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``first`` to ``last``, both included, of ``total``."""

    first: int
    last: int
    total: int

    @property
    def content_range(self) -> str:
        """The Content-Range header."""
        return f"bytes {self.first}-{self.last}/{self.total}"


class UnsatisfiableRange(Exception):
    """The range begins behind the end of the content."""


def parse_range(header: str | None, total: int) -> ByteRange | None:
    """The one range asked for; None means the whole content.

    Several ranges, other units and malformed headers are ignored, as section 14.2 allows.
    Raises UnsatisfiableRange.
    """
    found = _RANGE.fullmatch(header or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), total)
        if length == 0:
            raise UnsatisfiableRange
        return ByteRange(total - length, total - 1, total)
    first = int(found[1])
    last = min(int(found[2]), total - 1) if found[2] else total - 1
    if found[2] and int(found[2]) < first:
        return None
    if first >= total:
        raise UnsatisfiableRange
    return ByteRange(first, last, total)


def is_match(header: str | None, etag: str) -> bool:
    """Whether an If-Match or If-None-Match header names ``etag`` (weak comparison) or is ``*``."""
    if header is None:
        return False
    wanted = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in wanted or etag.removeprefix("W/") in wanted
