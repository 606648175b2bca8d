"""What happens to an exam, as it happens: server-sent events that can be resumed."""

import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from services.gateway.adapters.live.exam_changes import wait_for
from services.gateway.description.answers import answers
from services.gateway.description.bodies import EVENT_STREAM
from services.gateway.domain.access.stream_tokens import LIFETIME_SECONDS, new_stream_token
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Gateway, Parts
from services.gateway.request.callers import Listener, Reader
from services.gateway.request.lookups import checked_id, exam_of
from shared.contract.api.address import PREFIX
from shared.contract.api.exams import EventBody, StreamTokenBody
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.duplicates import Duplicate
from shared.contract.exams import Event
from shared.contract.stages import TERMINAL, Status

router = APIRouter(prefix=f"{PREFIX}/exams/{{exam_id}}", tags=["exams"])

#: Proxies close connections that are silent for longer.
_KEEP_ALIVE_SECONDS = 15.0
_RECONNECT_MS = 2000
_NOTHING_MORE = {"description": "The exam has ended and all of its events were seen."}
_EVENT_ID = re.compile(r"[0-9]{0,9}")


@router.post(
    "/events/token",
    operation_id="createStreamToken",
    summary="A token for a browser's EventSource",
    status_code=201,
    responses=answers(401, 403, 404),
)
async def create_stream_token(
    exam_id: str, response: Response, parts: Parts, caller: Reader
) -> StreamTokenBody:
    """A token that opens the events of this exam for ten minutes, and nothing else.

    It ends with the key that asked for it.
    """
    async with parts.database.transaction() as uow:
        exam = await exam_of(uow, caller, exam_id)
    key = await parts.keys.find(caller.key_id)
    if key is None:
        raise Problem(ProblemCode.UNAUTHENTICATED)
    expires_at = int(time.time()) + LIFETIME_SECONDS
    token = new_stream_token(exam.id, key.id, key.secret_hash, expires_at)
    response.headers["Cache-Control"] = "no-store"
    return StreamTokenBody(
        token=token,
        expires_at=datetime.fromtimestamp(expires_at, UTC),
        url=f"{PREFIX}/exams/{exam.id}/events?stream_token={token}",
    )


@router.get(
    "/events",
    operation_id="streamExamEvents",
    summary="Every change as a server-sent event",
    response_class=StreamingResponse,
    responses={200: EVENT_STREAM, 204: _NOTHING_MORE, **answers(400, 401, 403, 404)},
)
async def stream_events(
    exam_id: str,
    parts: Parts,
    caller: Listener,
    last_event_id: Annotated[
        str | None,
        Header(
            description="Number of the last event that was seen.",
            json_schema_extra={"pattern": f"^{_EVENT_ID.pattern}$"},
        ),
    ] = None,
) -> Response:
    """The exam's events from the first, or behind Last-Event-ID; ends after the terminal one.

    Where nothing comes behind that any more the answer is 204: it keeps an EventSource, which
    reconnects after every end, from doing so for ever.

    `id` is the event's number, `event` is `status`, `data` the event as JSON. A comment every 15
    seconds keeps the connection alive. A browser's EventSource passes `stream_token`.
    """
    if last_event_id and _EVENT_ID.fullmatch(last_event_id) is None:
        raise Problem(ProblemCode.BAD_REQUEST)
    seen = int(last_event_id or 0)
    view = await parts.statuses.events(checked_id(exam_id), seen)
    if view is None or view.exam.tenant_id != caller.tenant_id:
        raise Problem(ProblemCode.NOT_FOUND)
    if view.exam.status in TERMINAL and not view.events:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return StreamingResponse(
        _stream(parts, view.exam.id, seen),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(parts: Gateway, exam_id: str, seen: int) -> AsyncIterator[str]:
    yield f"retry: {_RECONNECT_MS}\n\n"
    with parts.changes.subscribe(exam_id) as changed:
        while not parts.changes.is_stopped:
            # Exam and events are of one moment: the last event of one that has ended is among them.
            view = await parts.statuses.events(exam_id, seen)
            if view is None:
                return
            for event in view.events:
                seen = event.sequence
                yield _event_text(exam_id, event, view.exam.duplicate)
            if view.exam.status in TERMINAL:
                return
            if not await wait_for(changed, _KEEP_ALIVE_SECONDS):
                yield ": still here\n\n"


def _event_text(exam_id: str, event: Event, duplicate: Duplicate | None = None) -> str:
    """One event in the format of the HTML standard, section 9.2."""
    found = duplicate if event.status is Status.DUPLICATE else None
    body = EventBody(exam_id=exam_id, duplicate=found, **dict(event))
    return f"id: {event.sequence}\nevent: status\ndata: {body.model_dump_json()}\n\n"
