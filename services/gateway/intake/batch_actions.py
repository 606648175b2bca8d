"""What people do to a batch: cancel it, or have it divided again."""

from fastapi import Request

from services.gateway.adapters.responses.problem_response import request_language, request_trace
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Gateway
from services.gateway.request.audit import note
from services.gateway.request.lookups import checked_id
from services.gateway.views.batches import batch_body
from shared.contract.api.batches import BatchBody
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.batches import BatchState
from shared.contract.stages import TERMINAL, Priority
from shared.db.repositories.audit import Action
from shared.db.repositories.batches import Batch
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.job_decisions import cancel_division, retry_division
from shared.messaging.runs import RunConflict, cancel


async def cancel_batch(
    parts: Gateway, request: Request, caller: Caller, batch_id: str
) -> BatchBody:
    """End the division, or every exam that it made and that has not ended. Raises Problem."""
    async with parts.database.transaction() as uow:
        batch = await batch_of(uow, caller, batch_id, is_locked=True)
        if batch.state is BatchState.DIVIDED:
            await _cancel_exams(uow, request, caller, batch)
        else:
            await cancel_division(uow, batch)
        await note(uow, request, caller, Action.BATCH_CANCELLED, batch.id)
        return await _shown(uow, request, caller, batch)


async def retry_batch(parts: Gateway, request: Request, caller: Caller, batch_id: str) -> BatchBody:
    """Divide a batch again whose attempts were used up. Raises Problem."""
    async with parts.database.transaction() as uow:
        batch = await batch_of(uow, caller, batch_id, is_locked=True)
        order = batch.request
        await retry_division(
            uow,
            batch,
            Priority.NORMAL if order is None else order.form.broker_priority,
            traceparent=request_trace(request).traceparent,
        )
        await note(uow, request, caller, Action.BATCH_RETRIED, batch.id)
        return await _shown(uow, request, caller, batch)


async def batch_of(
    uow: UnitOfWork,
    caller: Caller,
    batch_id: str,
    *,
    is_preview: bool = False,
    is_locked: bool = False,
) -> Batch:
    """The caller's batch. Raises Problem ``not_found``."""
    batch = await uow.batches.find(
        checked_id(batch_id), caller.tenant_id, is_preview=is_preview, is_locked=is_locked
    )
    if batch is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return batch


async def _cancel_exams(uow: UnitOfWork, request: Request, caller: Caller, batch: Batch) -> None:
    """Raises RunConflict when all have ended."""
    # Of one paper that had been submitted before, the exam is not this batch's own.
    own = [exam for exam in await uow.batches.exams(batch.id) if exam.duplicate_layer is None]
    cancelled = 0
    # In one order everywhere, so that nobody waits in a circle.
    for exam_id in sorted(exam.exam_id for exam in own if exam.status not in TERMINAL):
        exam = await uow.exams.lock(exam_id)
        if exam is not None and exam.status not in TERMINAL:
            await cancel(uow, exam)
            await note(uow, request, caller, Action.EXAM_CANCELLED, exam.id)
            cancelled += 1
    if not cancelled:
        raise RunConflict("conflict")


async def _shown(uow: UnitOfWork, request: Request, caller: Caller, batch: Batch) -> BatchBody:
    return await batch_body(uow, await batch_of(uow, caller, batch.id), request_language(request))
