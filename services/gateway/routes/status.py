"""Where an exam is: asked once, or waited for."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.exam_changes import wait_for
from services.gateway.adapters.problem_response import request_language
from services.gateway.domain.bodies import StatusBody
from services.gateway.domain.keys import Caller
from services.gateway.domain.ranges import is_match
from services.gateway.openapi import answers
from services.gateway.routes.edge import PREFIX, Gateway, Parts, Reader, checked_id, exam_of
from services.gateway.routes.views import status_body
from shared.contract.exams import Exam
from shared.contract.stages import TERMINAL

router = APIRouter(prefix=f"{PREFIX}/exams", tags=["exams"])

_POLL_SECONDS = 2


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
    parts: Parts,
    caller: Reader,
    wait: Annotated[
        int, Query(ge=0, le=300, description="Seconds to wait for the next change.")
    ] = 0,
) -> Response:
    """The status at once, or with `wait` as soon as it changes.

    With If-None-Match the change is counted from that ETag, so that none is missed between two
    calls; when nothing changed the answer is 304. An exam that has ended answers at once.
    """
    seen = request.headers.get("if-none-match")
    exam = await _wait_for_change(
        parts, caller, checked_id(exam_id), min(wait, parts.settings.max_wait_seconds), seen
    )
    headers = {"ETag": _etag(exam), "Cache-Control": "private, no-cache"}
    if is_match(seen, _etag(exam)):
        return Response(status_code=304, headers=headers)
    async with parts.database.transaction() as uow:
        body = await status_body(uow, exam, request_language(request, exam.language))
    if exam.status not in TERMINAL:
        headers["Retry-After"] = str(_POLL_SECONDS)
    return JSONResponse(body.model_dump(mode="json"), headers=headers)


async def _wait_for_change(
    parts: Gateway, caller: Caller, exam_id: str, seconds: int, seen: str | None
) -> Exam:
    """The exam as soon as it differs from ``seen``, or from what it is now when that is None."""
    deadline = asyncio.get_running_loop().time() + seconds
    with parts.changes.subscribe(exam_id) as changed:
        while True:
            async with parts.database.transaction() as uow:
                exam = await exam_of(uow, caller, exam_id)
            seen = _etag(exam) if seen is None and seconds else seen
            if exam.status in TERMINAL or not is_match(seen, _etag(exam)):
                return exam
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or parts.changes.is_stopped or not await wait_for(changed, left):
                return exam


def _etag(exam: Exam) -> str:
    # Every visible change writes updated_at, in the transaction that numbers its event.
    return f'W/"{exam.run}-{exam.updated_at.timestamp():.6f}"'
