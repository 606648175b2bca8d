"""Submitting exams."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.bodies.multipart import boundary_of
from services.gateway.description.answers import answers
from services.gateway.description.bodies import SUBMISSION_BODY
from services.gateway.intake.backpressure import refuse_when_full
from services.gateway.intake.exam_intake import ExamIntake
from services.gateway.intake.idempotency import answer_once, idempotency_key
from services.gateway.parts import Parts
from services.gateway.request.callers import NewWork
from shared.contract.api.address import PREFIX
from shared.contract.api.exams import StatusBody

router = APIRouter(prefix=f"{PREFIX}/exams", tags=["exams"])


@router.post(
    "",
    operation_id="submitExam",
    summary="Submit one student's completed paper",
    status_code=202,
    response_model=StatusBody,
    responses={
        200: {"model": StatusBody, "description": "A duplicate: this exam is the same"},
        **answers(400, 401, 403, 408, 409, 413, 415, 422),
    },
    openapi_extra=SUBMISSION_BODY,
)
async def submit_exam(request: Request, parts: Parts, caller: NewWork) -> Response:
    """Take pictures or PDFs and begin to work on them; Location names the exam.

    A submission that repeats an earlier one is answered with that one's status and 200, unless
    `force` is set. With Idempotency-Key a repeated request is answered like the first.
    """
    await refuse_when_full(parts, caller)
    await parts.forecasts.refresh()
    boundary = boundary_of(request.headers.get("content-type"))
    intake = ExamIntake(request, parts, caller, boundary)
    answer = await answer_once(parts, caller, idempotency_key(request), intake)
    return JSONResponse(answer.body, status_code=answer.status, headers=answer.headers)
