"""Practice papers on order."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.responses.content_response import content_response
from services.gateway.adapters.responses.problem_response import request_language, request_trace
from services.gateway.description.answers import answers, file_answer
from services.gateway.description.bodies import PRACTICE_BODY
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.backpressure import refuse_when_full
from services.gateway.intake.idempotency import answer_once, idempotency_key
from services.gateway.intake.practice_intake import RETRY_AFTER_SECONDS, PracticeIntake
from services.gateway.intake.stored_files import erase_or_leave
from services.gateway.parts import Parts
from services.gateway.request.audit import note
from services.gateway.request.callers import NewWork, Reader, Submitter
from services.gateway.request.lookups import checked_id, stored_file
from services.gateway.views.practice import line_of, practice_body
from shared.contract.advice import ADVICE
from shared.contract.api.address import PREFIX
from shared.contract.api.practice import PracticeBody
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.practice import OPEN_ORDERS, PracticeJob, PracticePaper, PracticeState
from shared.db.repositories.audit import Action
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.job_decisions import cancel_order, retry_order

router = APIRouter(prefix=f"{PREFIX}/practice-papers", tags=["practice"])


@router.post(
    "",
    operation_id="orderPracticePaper",
    summary="Order a practice paper for an exam or a lecture",
    status_code=202,
    response_model=PracticeBody,
    responses=answers(400, 401, 403, 404, 408, 409, 413, 415, 422),
    openapi_extra=PRACTICE_BODY,
)
async def order_practice_paper(request: Request, parts: Parts, caller: NewWork) -> Response:
    """Take an exam's id as JSON or form, or a lecture as form; Location names it.

    A lecture is text, Markdown, PDF with text, docx or pptx. For an exam its weak points are
    practised, for a lecture the knowledge points that its text speaks of. With Idempotency-Key a
    repeated request is answered like the first.
    """
    await refuse_when_full(parts, caller)
    intake = PracticeIntake(request, parts, caller)
    answer = await answer_once(parts, caller, idempotency_key(request), intake)
    return JSONResponse(answer.body, status_code=answer.status, headers=answer.headers)


@router.get(
    "/{practice_id}",
    operation_id="getPracticePaper",
    summary="A practice paper's state",
    response_model=PracticeBody,
    responses=answers(206, 304, 401, 403, 404, 416),
)
async def get_practice_paper(
    practice_id: str, request: Request, parts: Parts, caller: Reader
) -> Response:
    """The state, and the addresses of the files once it is `ready`."""
    async with parts.database.transaction() as uow:
        job = await _job_of(uow, caller, practice_id)
        line = await line_of(uow, job)
    body = practice_body(job, line, request_language(request, job.request.language))
    content = body.model_dump_json().encode()
    headers = {"Vary": "Accept-Language"}
    if job.state in OPEN_ORDERS:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return content_response(request, content, media_type="application/json", headers=headers)


@router.post(
    "/{practice_id}/cancel",
    operation_id="cancelPracticePaper",
    summary="Stop working on an order",
    status_code=202,
    response_model=PracticeBody,
    responses=answers(401, 403, 404, 409),
)
async def cancel_practice_paper(
    practice_id: str, request: Request, parts: Parts, caller: Submitter
) -> Response:
    """End the order at once; what a worker makes of it meanwhile is thrown away."""
    async with parts.database.transaction() as uow:
        job = await _job_of(uow, caller, practice_id)
        await cancel_order(uow, job)
        await note(uow, request, caller, Action.PRACTICE_CANCELLED, job.id)
        return await _accepted(uow, request, caller, job)


@router.post(
    "/{practice_id}/retry",
    operation_id="retryPracticePaper",
    summary="Take up a failed or cancelled order again",
    status_code=202,
    response_model=PracticeBody,
    responses=answers(401, 403, 404, 409),
)
async def retry_practice_paper(
    practice_id: str, request: Request, parts: Parts, caller: Submitter
) -> Response:
    """Go on where the order stopped; items once chosen are kept."""
    async with parts.database.transaction() as uow:
        job = await _job_of(uow, caller, practice_id)
        await retry_order(uow, job, traceparent=request_trace(request).traceparent)
        await note(uow, request, caller, Action.PRACTICE_RETRIED, job.id)
        return await _accepted(uow, request, caller, job)


async def _accepted(
    uow: UnitOfWork, request: Request, caller: Caller, job: PracticeJob
) -> Response:
    """The order as it is now."""
    job = await _job_of(uow, caller, job.id)
    language = request_language(request, job.request.language)
    body = practice_body(job, await line_of(uow, job), language)
    headers = {"Location": f"{PREFIX}/practice-papers/{job.id}"}
    if job.state in OPEN_ORDERS:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return JSONResponse(body.model_dump(mode="json"), status_code=202, headers=headers)


@router.get(
    "/{practice_id}/paper.json",
    operation_id="getPracticePaperJson",
    summary="A practice paper with its answers as JSON",
    response_model=PracticePaper,
    responses=answers(206, 304, 401, 403, 404, 409, 416),
)
async def get_practice_paper_json(
    practice_id: str, request: Request, parts: Parts, caller: Reader
) -> Response:
    """Items, answers and workings; formulas are LaTeX between dollar signs. It is an answer key."""
    async with parts.database.transaction() as uow:
        job = await _job_of(uow, caller, practice_id)
    if job.paper is None:
        raise _not_ready(request, job)
    content = job.paper.model_dump_json().encode()
    return content_response(request, content, media_type="application/json")


@router.get(
    "/{practice_id}/{name}.pdf",
    operation_id="getPracticePaperFile",
    summary="A practice paper or its answer key as PDF",
    response_class=Response,
    responses=file_answer(("application/pdf",), 304, 401, 403, 404, 409, 416, 422),
)
async def get_practice_paper_file(
    practice_id: str,
    name: Annotated[Literal["paper", "key"], Path()],
    request: Request,
    parts: Parts,
    caller: Reader,
) -> Response:
    """The questions, or the answers with their workings."""
    async with parts.database.transaction() as uow:
        job = await _job_of(uow, caller, practice_id)
    file_name = f"{name}.pdf"
    file = next((file for file in job.files if file.name == file_name), None)
    if file is None:
        raise _not_ready(request, job)
    content = await stored_file(parts, file.blob_key)
    return content_response(
        request,
        content,
        media_type="application/pdf",
        etag=f'"{file.sha256}"',
        headers={"Content-Disposition": f'inline; filename="{job.id}-{file_name}"'},
    )


@router.delete(
    "/{practice_id}",
    operation_id="deletePracticePaper",
    summary="Erase a practice paper",
    status_code=204,
    responses=answers(401, 403, 404),
)
async def delete_practice_paper(
    practice_id: str, request: Request, parts: Parts, caller: Submitter
) -> Response:
    """Erase the order with its lecture and files, whatever state it is in."""
    async with parts.database.transaction() as uow:
        job = await _job_of(uow, caller, practice_id)
    # Files before the row, so that a crash in between leaves an order that can be erased again.
    await parts.blobs.delete_prefix(job.blob_prefix)
    async with parts.database.transaction() as uow:
        await uow.practice_papers.delete(job.id, caller.tenant_id)
        await note(uow, request, caller, Action.PRACTICE_ERASED, job.id)
    # A worker may have written a file in between; what it writes later, the relay sweeps up.
    await erase_or_leave(parts.blobs, job.blob_prefix)
    return Response(status_code=204)


async def _job_of(uow: UnitOfWork, caller: Caller, practice_id: str) -> PracticeJob:
    job = await uow.practice_papers.find(checked_id(practice_id), tenant_id=caller.tenant_id)
    if job is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return job


def _not_ready(request: Request, job: PracticeJob) -> Problem:
    if job.state is PracticeState.CANCELLED:
        return Problem(ProblemCode.PRACTICE_CANCELLED)
    if job.state is not PracticeState.FAILED or job.error_code is None:
        return Problem(
            ProblemCode.PRACTICE_NOT_READY, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
        )
    language = request_language(request, job.request.language)
    reason = ADVICE[job.error_code].in_language(language)
    return Problem(ProblemCode.PRACTICE_FAILED, error_code=job.error_code, error_message=reason)
