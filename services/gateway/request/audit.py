"""The audit trail: which key did what, in the transaction that does it."""

from fastapi import Request

from services.gateway.adapters.responses.problem_response import request_trace
from services.gateway.domain.access.keys import Caller
from shared.db.repositories.audit import Action
from shared.db.unit_of_work import UnitOfWork


async def note(
    uow: UnitOfWork, request: Request, caller: Caller, action: Action, subject_id: str
) -> None:
    """Write into the audit trail what ``caller`` does in this transaction."""
    trace_id = request_trace(request).trace_id
    await uow.audit.add(caller.tenant_id, caller.key_id, action, subject_id, trace_id)
