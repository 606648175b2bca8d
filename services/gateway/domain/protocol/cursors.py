"""Cursors of paged lists: opaque to clients, the last item's sort key to us."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.gateway.domain.protocol.problems import Problem
from shared.contract.api.problem_codes import ProblemCode

#: Microseconds since 1970 in 14 hexadecimal digits, which last until 4253, then a UUID without
#: dashes. Whatever fits is a cursor, so the API's description can give this pattern.
CURSOR_PATTERN = "^[0-9a-f]{14}[0-9a-f]{32}$"
_CURSOR = re.compile(CURSOR_PATTERN, re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encode_cursor(created_at: datetime, item_id: str) -> str:
    """The cursor behind the item with this sort key; ``created_at`` has a time zone."""
    micros = (created_at - _EPOCH) // timedelta(microseconds=1)
    return f"{micros:014x}{UUID(item_id).hex}"


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """The sort key in ``cursor``. Raises Problem ``invalid_cursor``."""
    if _CURSOR.fullmatch(cursor) is None:
        raise Problem(ProblemCode.INVALID_CURSOR)
    micros, item_id = int(cursor[:14], 16), UUID(cursor[14:])
    return _EPOCH + timedelta(microseconds=micros), str(item_id)
