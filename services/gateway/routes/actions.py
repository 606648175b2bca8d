"""What can be done to an exam: cancel it, run it again, erase it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.description.answers import answers
from services.gateway.description.bodies import json_body
from services.gateway.intake.exam_actions import cancel_one, erase_one, retry_one
from services.gateway.parts import Parts
from services.gateway.request.callers import Submitter
from services.gateway.request.json_bodies import read_json
from shared.contract.api.address import PREFIX
from shared.contract.api.exams import CancelRequest, RetryRequest, StatusBody

router = APIRouter(prefix=f"{PREFIX}/exams/{{exam_id}}", tags=["exams"])


@router.post(
    "/cancel",
    operation_id="cancelExam",
    summary="Stop working on an exam",
    status_code=202,
    response_model=StatusBody,
    responses=answers(400, 401, 403, 404, 408, 409, 413, 415, 422),
    openapi_extra=json_body("CancelRequest", {"erase": True}, is_required=False),
)
async def cancel_exam(exam_id: str, request: Request, parts: Parts, caller: Submitter) -> Response:
    """Drop what is queued; what is being worked on stops at its next check.

    With `erase` everything that was uploaded, read or made is erased as well, and the exam cannot
    be run again; that it was there, and its events, remain.
    """
    asked = await read_json(request, CancelRequest)
    return _accepted(await cancel_one(parts, request, caller, exam_id, erase=asked.erase))


@router.post(
    "/retry",
    operation_id="retryExam",
    summary="Run a failed or cancelled exam again",
    status_code=202,
    response_model=StatusBody,
    responses=answers(400, 401, 403, 404, 408, 409, 413, 415, 422),
    openapi_extra=json_body("RetryRequest", {"from_stage": "parsing"}, is_required=False),
)
async def retry_exam(exam_id: str, request: Request, parts: Parts, caller: Submitter) -> Response:
    """Begin a new run: from the given stage, or where the last run stopped."""
    asked = await read_json(request, RetryRequest)
    return _accepted(await retry_one(parts, request, caller, exam_id, asked.from_stage))


def _accepted(body: StatusBody) -> Response:
    headers = {"Location": f"{PREFIX}/exams/{body.exam_id}", "Retry-After": "2"}
    return JSONResponse(body.model_dump(mode="json"), status_code=202, headers=headers)


@router.delete(
    "",
    operation_id="deleteExam",
    summary="Erase an exam",
    status_code=204,
    responses=answers(401, 403, 404),
)
async def delete_exam(exam_id: str, request: Request, parts: Parts, caller: Submitter) -> Response:
    """Erase every row and file of the exam, whatever it is doing."""
    await erase_one(parts, request, caller, exam_id)
    return Response(status_code=204)
