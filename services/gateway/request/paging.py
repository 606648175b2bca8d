"""Pages of lists, newest first: a cursor in the body and a Link header (RFC 8288)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from services.gateway.domain.protocol.cursors import CURSOR_PATTERN, encode_cursor

Cursor = Annotated[
    str | None,
    Query(description="`next` of the page before.", json_schema_extra={"pattern": CURSOR_PATTERN}),
]


class _Listed(Protocol):
    """Something with a place in a list."""

    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


ItemT = TypeVar("ItemT", bound=_Listed)


def page_of(
    found: Sequence[ItemT],
    limit: int,
    response: Response,
    path: str,
    filters: Mapping[str, Any] | None = None,
) -> tuple[Sequence[ItemT], str | None]:
    """The first ``limit`` of ``found`` and the cursor behind them, if one more was found.

    ``response`` gets a Link to the following page: ``path`` with ``filters`` and the cursor.
    """
    items = found[:limit]
    if len(found) <= limit:
        return items, None
    following = encode_cursor(items[-1].created_at, items[-1].id)
    given = {name: value for name, value in (filters or {}).items() if value is not None}
    query = urlencode({**given, "limit": limit, "cursor": following})
    response.headers["Link"] = f'<{path}?{query}>; rel="next"'
    return items, following
