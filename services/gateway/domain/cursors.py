"""Cursors of paged lists: opaque to clients, the last item's sort key to us."""

import base64
import binascii
import re
from datetime import datetime
from uuid import UUID

from services.gateway.domain.problems import Problem

_MAX_LENGTH = 200
#: A moment with its time zone, and an id.
_DECODED = re.compile(r"([0-9T:.-]{19,26}[+-]\d\d:\d\d)\|([0-9a-f-]{36})")


def encode_cursor(created_at: datetime, item_id: str) -> str:
    """The cursor behind the item with this sort key; ``created_at`` has a time zone."""
    return base64.urlsafe_b64encode(f"{created_at.isoformat()}|{item_id}".encode()).decode()


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """The sort key in ``cursor``. Raises Problem ``invalid_cursor``."""
    found = _DECODED.fullmatch(_base64_text(cursor[:_MAX_LENGTH]))
    if found is None:
        raise Problem("invalid_cursor")
    try:
        return datetime.fromisoformat(found[1]), str(UUID(found[2]))
    except ValueError as error:
        raise Problem("invalid_cursor") from error


def _base64_text(cursor: str) -> str:
    try:
        return base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        return ""
