"""Submitting the papers of a class at once, and following them."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.bodies.multipart import boundary_of
from services.gateway.adapters.responses.content_response import content_response
from services.gateway.adapters.responses.problem_response import request_language
from services.gateway.description.answers import answers
from services.gateway.description.bodies import BATCH_BODY
from services.gateway.intake.backpressure import refuse_when_full
from services.gateway.intake.batch_actions import batch_of, cancel_batch, retry_batch
from services.gateway.intake.batch_intake import RETRY_AFTER_SECONDS, BatchIntake
from services.gateway.intake.idempotency import answer_once, idempotency_key
from services.gateway.parts import Parts
from services.gateway.request.callers import NewWork, Reader, Submitter
from services.gateway.views.batches import batch_body
from shared.contract.api.address import PREFIX
from shared.contract.api.batches import BatchBody

router = APIRouter(prefix=f"{PREFIX}/batches", tags=["batches"])


@router.post(
    "",
    operation_id="submitBatch",
    summary="Submit the completed papers of a class",
    status_code=202,
    response_model=BatchBody,
    responses=answers(400, 401, 403, 408, 409, 413, 415, 422),
    openapi_extra=BATCH_BODY,
)
async def submit_batch(request: Request, parts: Parts, caller: NewWork) -> Response:
    """Take one zip, or one PDF with `pages_per_student` pages each, to make an exam per student.

    In a zip a folder is one student, and so is a file that lies in none. The `roster`, a CSV with
    the column `student_ref` and, for a zip, `file`, says whose they are. It is accepted at once and
    divided afterwards, as a whole or not at all: GET tells when its exams exist, or in `error` why
    there will be none.
    """
    await refuse_when_full(parts, caller)
    boundary = boundary_of(request.headers.get("content-type"))
    intake = BatchIntake(request, parts, caller, boundary)
    answer = await answer_once(parts, caller, idempotency_key(request), intake)
    return JSONResponse(answer.body, status_code=answer.status, headers=answer.headers)


@router.get(
    "/{batch_id}",
    operation_id="getBatch",
    summary="How far a batch is",
    response_model=BatchBody,
    responses=answers(206, 304, 401, 403, 404, 416),
)
async def get_batch(batch_id: str, request: Request, parts: Parts, caller: Reader) -> Response:
    """Counts by status, the progress of the whole, and every exam."""
    async with parts.database.transaction() as uow:
        batch = await batch_of(uow, caller, batch_id)
        body = await batch_body(uow, batch, request_language(request))
    content = body.model_dump_json().encode()
    headers = {} if body.is_finished else {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return content_response(request, content, media_type="application/json", headers=headers)


@router.post(
    "/{batch_id}/cancel",
    operation_id="cancelBatch",
    summary="Stop working on a batch",
    status_code=202,
    response_model=BatchBody,
    responses=answers(401, 403, 404, 409),
)
async def post_cancel(batch_id: str, request: Request, parts: Parts, caller: Submitter) -> Response:
    """Before it is divided nothing is taken; afterwards all its unfinished exams are cancelled."""
    return _accepted(await cancel_batch(parts, request, caller, batch_id))


@router.post(
    "/{batch_id}/retry",
    operation_id="retryBatch",
    summary="Divide a failed batch again",
    status_code=202,
    response_model=BatchBody,
    responses=answers(401, 403, 404, 409),
)
async def post_retry(batch_id: str, request: Request, parts: Parts, caller: Submitter) -> Response:
    """For a batch in state `failed`, whose file is kept for a week."""
    return _accepted(await retry_batch(parts, request, caller, batch_id))


def _accepted(body: BatchBody) -> Response:
    headers = {
        "Location": f"{PREFIX}/batches/{body.batch_id}",
        "Retry-After": str(RETRY_AFTER_SECONDS),
    }
    return JSONResponse(body.model_dump(mode="json"), status_code=202, headers=headers)
