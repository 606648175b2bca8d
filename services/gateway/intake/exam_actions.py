"""What people do to an exam: cancel it, run it again, erase it."""

from fastapi import Request

from services.gateway.adapters.responses.problem_response import request_language, request_trace
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.stored_files import erase_or_leave
from services.gateway.parts import Gateway
from services.gateway.request.audit import note
from services.gateway.request.lookups import exam_of, locked_exam_of
from services.gateway.views.status import status_body
from shared.contract.api.exams import StatusBody
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.stages import RETRYABLE, SPECS, Stage
from shared.db.repositories.audit import Action
from shared.messaging.runs import cancel, retry

#: After this time no worker is still at a task whose exam was erased.
_LONGEST_WORK_SECONDS = 2.0 * max(spec.time_limit_seconds for spec in SPECS.values())


async def cancel_one(
    parts: Gateway, request: Request, caller: Caller, exam_id: str, *, erase: bool = False
) -> StatusBody:
    """Stop working on an exam, and with ``erase`` remove what it consists of. Raises Problem."""
    async with parts.database.transaction() as uow:
        exam = await cancel(uow, await locked_exam_of(uow, caller, exam_id), is_final=erase)
        if erase:
            await uow.retention.erase_content(exam.id)
            await uow.retention.erase_again(exam.id, _LONGEST_WORK_SECONDS)
        await note(uow, request, caller, Action.EXAM_CANCELLED, exam.id)
        body = await status_body(parts, uow, exam, request_language(request, exam.language))
    if erase:
        # Rows before files, so that no row names a file that is gone. The relay erases again.
        await erase_or_leave(parts.blobs, f"exams/{exam.id}/")
    return body


async def retry_one(
    parts: Gateway,
    request: Request,
    caller: Caller,
    exam_id: str,
    from_stage: Stage | None = None,
) -> StatusBody:
    """Begin a new run: from the given stage, or where the last run stopped. Raises Problem."""
    trace = request_trace(request)
    async with parts.database.transaction() as uow:
        exam = await locked_exam_of(uow, caller, exam_id)
        if exam.status in RETRYABLE and not await uow.uploads.list(exam.id):
            raise Problem(ProblemCode.ERASED)
        exam = await retry(uow, exam, from_stage, traceparent=trace.traceparent)
        await note(uow, request, caller, Action.EXAM_RETRIED, exam.id)
        return await status_body(parts, uow, exam, request_language(request, exam.language))


async def erase_one(parts: Gateway, request: Request, caller: Caller, exam_id: str) -> None:
    """Erase files before rows: after a crash in between, the exam can be erased again.

    A worker may write files after that. The relay erases once more when the worker has ended.
    """
    async with parts.database.transaction() as uow:
        exam = await exam_of(uow, caller, exam_id)
        # Whoever works on it stops at its next check.
        await uow.exams.request_cancel(exam)
    await parts.blobs.delete_prefix(f"exams/{exam.id}/")
    async with parts.database.transaction() as uow:
        await uow.exams.delete(exam)
        await uow.retention.erase_again(exam.id, _LONGEST_WORK_SECONDS)
        await note(uow, request, caller, Action.EXAM_ERASED, exam.id)
    await erase_or_leave(parts.blobs, f"exams/{exam.id}/")
