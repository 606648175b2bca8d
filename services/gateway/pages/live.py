"""Telling open pages that an exam of theirs has changed; they ask for what it is like now."""

import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from services.gateway.adapters.live.exam_changes import wait_for
from services.gateway.pages.visits import ReadingVisit
from services.gateway.parts import Gateway
from services.gateway.request.lookups import checked_id

router = APIRouter(include_in_schema=False)

#: As many as a page of the list shows.
_MOST = 40
#: Proxies close connections that are silent for longer.
_KEEP_ALIVE_SECONDS = 15.0
#: Then the browser connects anew, and its session is looked at again.
_LONGEST_SECONDS = 600.0
_RECONNECT_MS = 2000


@router.get("/watch/events")
async def stream_changes(
    visit: ReadingVisit, exam: Annotated[list[str], Query(max_length=_MOST)]
) -> Response:
    """An event named ``change`` after every change of one of these exams.

    Ids that are not the caller's are left out. Where none is left there is nothing to wait for: 204
    keeps an EventSource from coming back.
    """
    async with visit.parts.database.transaction() as uow:
        found = [
            await uow.exams.find(checked_id(exam_id), tenant_id=visit.caller.tenant_id)
            for exam_id in dict.fromkeys(exam)
        ]
    ids = [one.id for one in found if one is not None]
    if not ids:
        return Response(status_code=204)
    return StreamingResponse(
        _changes(visit.parts, ids),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _changes(parts: Gateway, exam_ids: list[str]) -> AsyncIterator[str]:
    until = time.monotonic() + _LONGEST_SECONDS
    yield f"retry: {_RECONNECT_MS}\n\n"
    with parts.changes.subscribe(*exam_ids) as changed:
        # What happened before somebody listened is seen by asking once.
        yield "event: change\ndata:\n\n"
        while not parts.changes.is_stopped and time.monotonic() < until:
            if await wait_for(changed, _KEEP_ALIVE_SECONDS):
                yield "event: change\ndata:\n\n"
            else:
                yield ": still here\n\n"
