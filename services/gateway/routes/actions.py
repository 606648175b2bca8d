"""What can be done to an exam: cancel it, run it again, erase it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.responses.problem_response import request_language, request_trace
from services.gateway.description.answers import answers
from services.gateway.description.bodies import json_body
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.stored_files import erase_or_leave
from services.gateway.parts import Gateway, Parts
from services.gateway.request.audit import note
from services.gateway.request.callers import Submitter
from services.gateway.request.json_bodies import read_json
from services.gateway.request.lookups import exam_of, locked_exam_of
from services.gateway.views.status import status_body
from shared.contract.api.address import PREFIX
from shared.contract.api.exams import CancelRequest, RetryRequest, StatusBody
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.exams import Exam
from shared.contract.stages import RETRYABLE, SPECS
from shared.db.repositories.audit import Action
from shared.messaging.runs import cancel, retry

router = APIRouter(prefix=f"{PREFIX}/exams/{{exam_id}}", tags=["exams"])

#: After this time no worker is still at a task whose exam was erased.
_LONGEST_WORK_SECONDS = 2.0 * max(spec.time_limit_seconds for spec in SPECS.values())


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
    async with parts.database.transaction() as uow:
        exam = await cancel(uow, await locked_exam_of(uow, caller, exam_id), is_final=asked.erase)
        if asked.erase:
            await uow.retention.erase_content(exam.id)
            await uow.retention.erase_again(exam.id, _LONGEST_WORK_SECONDS)
        await note(uow, request, caller, Action.EXAM_CANCELLED, exam.id)
        body = await status_body(parts, uow, exam, request_language(request, exam.language))
    if asked.erase:
        # Rows before files, so that no row names a file that is gone. The relay erases again.
        await erase_or_leave(parts.blobs, f"exams/{exam.id}/")
    return _accepted(body)


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
    trace = request_trace(request)
    async with parts.database.transaction() as uow:
        exam = await locked_exam_of(uow, caller, exam_id)
        if exam.status in RETRYABLE and not await uow.uploads.list(exam.id):
            raise Problem(ProblemCode.ERASED)
        exam = await retry(uow, exam, asked.from_stage, traceparent=trace.traceparent)
        await note(uow, request, caller, Action.EXAM_RETRIED, exam.id)
        body = await status_body(parts, uow, exam, request_language(request, exam.language))
    return _accepted(body)


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
    async with parts.database.transaction() as uow:
        exam = await exam_of(uow, caller, exam_id)
        # Whoever works on it stops at its next check.
        await uow.exams.request_cancel(exam)
    await _erase(request, parts, caller, exam)
    return Response(status_code=204)


async def _erase(request: Request, parts: Gateway, caller: Caller, exam: Exam) -> None:
    """Erase files before rows: after a crash in between, the exam can be erased again.

    A worker may write files after that. The relay erases once more when the worker has ended.
    """
    await parts.blobs.delete_prefix(f"exams/{exam.id}/")
    async with parts.database.transaction() as uow:
        await uow.exams.delete(exam)
        await uow.retention.erase_again(exam.id, _LONGEST_WORK_SECONDS)
        await note(uow, request, caller, Action.EXAM_ERASED, exam.id)
    await erase_or_leave(parts.blobs, f"exams/{exam.id}/")
