"""A new exam by the hand of a caller: admitted, and noted in the audit trail."""

from starlette.requests import Request

from services.gateway.adapters.responses.problem_response import request_trace
from services.gateway.domain.access.keys import Caller, Scope
from services.gateway.domain.protocol.problems import Problem
from services.gateway.request.audit import note
from services.gateway.request.callers import require_scope
from shared.contract.api.practice import PracticeRequest
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import PRIORITY_NAMES, BatchForm, SubmissionForm
from shared.contract.exams import Exam
from shared.contract.stages import Priority
from shared.db.repositories.audit import Action
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.admission import Submitted, UnknownPaper, admit


def refuse_unearned_priority(
    caller: Caller, form: SubmissionForm | BatchForm | PracticeRequest
) -> None:
    """Raise Problem ``missing_scope`` for ``urgent`` work of a key that may not overtake others."""
    if form.priority == PRIORITY_NAMES[Priority.URGENT]:
        require_scope(caller, Scope.URGENT)


async def add_exam(uow: UnitOfWork, request: Request, caller: Caller, submitted: Submitted) -> Exam:
    """Insert the exam with its first task. Raises IsDuplicate and Problem ``unknown_paper``."""
    traceparent = request_trace(request).traceparent
    try:
        exam = await admit(uow, caller.tenant_id, submitted, traceparent=traceparent)
    except UnknownPaper as error:
        raise Problem(ProblemCode.UNKNOWN_PAPER) from error
    await note(uow, request, caller, Action.EXAM_SUBMITTED, exam.id)
    return exam
