"""Submitting the papers of a class at once, and following them."""

import tempfile
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.bodies.multipart import boundary_of
from services.gateway.adapters.responses.content_response import content_response
from services.gateway.description.answers import answers
from services.gateway.description.bodies import BATCH_BODY
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.backpressure import refuse_when_full
from services.gateway.intake.batch_intake import RETRY_AFTER_SECONDS, BatchIntake
from services.gateway.intake.idempotency import answer_once, idempotency_key
from services.gateway.parts import Parts
from services.gateway.request.callers import NewWork, Reader
from services.gateway.request.lookups import checked_id
from services.gateway.views.batches import batch_body
from shared.contract.api.address import PREFIX
from shared.contract.api.batches import BatchBody
from shared.contract.api.problem_codes import ProblemCode

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
    """Take one zip, or one PDF with `pages_per_student` pages each, and make an exam per student.

    In a zip a folder is one student, and so is a file that lies in none. The `roster`, a CSV with
    the column `student_ref` and, for a zip, `file`, says whose they are. It is taken as a whole or
    not at all.
    """
    await refuse_when_full(parts, caller)
    boundary = boundary_of(request.headers.get("content-type"))
    with tempfile.TemporaryDirectory(prefix="examlens-batch-") as folder:
        intake = BatchIntake(request, parts, caller, boundary, Path(folder))
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
        batch = await uow.batches.find(checked_id(batch_id), caller.tenant_id)
        if batch is None:
            raise Problem(ProblemCode.NOT_FOUND)
        body = batch_body(batch, await uow.batches.exams(batch.id))
    content = body.model_dump_json().encode()
    headers = {} if body.is_finished else {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return content_response(request, content, media_type="application/json", headers=headers)
