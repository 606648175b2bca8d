"""Answering with content held in memory: ETag, If-None-Match, Range, If-Range."""

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.ranges import UnsatisfiableRange, is_match, parse_range
from shared.contract.api.problem_codes import ProblemCode


def content_response(
    request: Request,
    content: bytes,
    *,
    media_type: str,
    etag: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """All of ``content``, the asked part of it, or 304 (RFC 9110, sections 13 and 14).

    ``etag`` is the content's own hash unless one is known already. Raises Problem
    ``range_not_satisfiable``.
    """
    if etag is None:
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    common = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        **(headers or {}),
    }
    if is_match(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=common)
    wanted = request.headers.get("range")
    if_range = request.headers.get("if-range")
    if if_range is not None and if_range.strip() != etag:
        wanted = None
    try:
        part = parse_range(wanted, len(content))
    except UnsatisfiableRange as error:
        unsatisfied = {"Content-Range": f"bytes */{len(content)}"}
        raise Problem(ProblemCode.RANGE_NOT_SATISFIABLE, headers=unsatisfied) from error
    if part is None:
        return Response(content, media_type=media_type, headers=common)
    return Response(
        content[part.first : part.last + 1],
        status_code=206,
        media_type=media_type,
        headers={**common, "Content-Range": part.content_range},
    )
