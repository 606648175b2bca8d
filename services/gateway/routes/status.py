"""Where an exam is: asked once, or waited for."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.gateway.adapters.live.exam_changes import wait_for
from services.gateway.adapters.responses.problem_response import request_language
from services.gateway.description.answers import answers
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.ranges import is_match
from services.gateway.parts import Gateway, gateway_of
from services.gateway.request.callers import Reader
from services.gateway.request.lookups import checked_id
from services.gateway.views.status import status_view
from shared.contract.api.address import PREFIX
from shared.contract.api.exams import StatusBody, WaitUntil
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.exams import Exam
from shared.contract.stages import TERMINAL

router = APIRouter(prefix=f"{PREFIX}/exams", tags=["exams"])

_POLL_SECONDS = 2
#: What went wrong is told in the client's language.
_VARY = {"Vary": "Accept-Language"}


@router.get(
    "/{exam_id}/status",
    operation_id="getExamStatus",
    summary="Status, progress and remaining time",
    response_model=StatusBody,
    responses=answers(304, 401, 403, 404, 422),
)
async def get_status(
    exam_id: str,
    request: Request,
    caller: Reader,
    wait: Annotated[
        int, Query(ge=0, le=300, description="Seconds to wait, at most `max_wait_seconds`.")
    ] = 0,
    until: Annotated[
        WaitUntil, Query(description="What to wait for: the next `change`, or that it has `ended`.")
    ] = "change",
) -> Response:
    """The status at once, or with `wait` as soon as it changes, or with `until=ended` as it ends.

    With If-None-Match the change is counted from that ETag, so that none is missed between two
    calls; when nothing changed the answer is 304. An exam that has ended answers at once. One that
    has not ended in time answers as it is then, with Retry-After: ask again.
    """
    parts = gateway_of(request)
    watch = _Watch(
        exam_id=checked_id(exam_id),
        caller=caller,
        seen=request.headers.get("if-none-match"),
        seconds=min(wait, parts.settings.max_wait_seconds),
        until=until,
    )
    exam, body = await _wait(parts, request, watch)
    headers = {"ETag": _etag(exam), "Cache-Control": "private, no-cache", **_VARY}
    if is_match(watch.seen, _etag(exam)):
        return Response(status_code=304, headers=headers)
    if exam.status not in TERMINAL:
        headers["Retry-After"] = str(_POLL_SECONDS)
    return Response(body.model_dump_json(), media_type="application/json", headers=headers)


@dataclass(frozen=True, slots=True)
class _Watch:
    """Who waits for what; ``seen`` is the If-None-Match header."""

    exam_id: str
    caller: Caller
    seen: str | None
    seconds: int
    until: WaitUntil


async def _wait(parts: Gateway, request: Request, watch: _Watch) -> tuple[Exam, StatusBody]:
    """The exam as soon as it has ended or, unless only that counts, has changed.

    It has changed when it differs from what was seen, or from what it is when first read.
    """
    now = asyncio.get_running_loop().time
    deadline, seen = now() + watch.seconds, watch.seen
    with parts.changes.subscribe(watch.exam_id) as changed:
        while True:
            view = await parts.statuses.read(watch.exam_id)
            if view is None or view.exam.tenant_id != watch.caller.tenant_id:
                raise Problem(ProblemCode.NOT_FOUND)
            exam = view.exam
            if seen is None and watch.seconds:
                seen = _etag(exam)
            left = 0.0 if parts.changes.is_stopped else deadline - now()
            has_changed = watch.until == "change" and not is_match(seen, _etag(exam))
            if left <= 0 or exam.status in TERMINAL or has_changed:
                await parts.forecasts.refresh()
                language = request_language(request, exam.language)
                return exam, status_view(parts, exam, view.progress, language)
            await wait_for(changed, left)


def _etag(exam: Exam) -> str:
    # Every visible change writes updated_at, in the transaction that numbers its event.
    return f'W/"{exam.run}-{exam.updated_at.timestamp():.6f}"'
