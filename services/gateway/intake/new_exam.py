"""A new exam: its row, its identity, its files and its first task, in one transaction."""

from dataclasses import dataclass

from starlette.requests import Request

from services.gateway.adapters.responses.problem_response import request_trace
from services.gateway.domain.access.keys import Caller, Scope
from services.gateway.domain.intake.identity import identity_digests
from services.gateway.domain.protocol.problems import Problem
from services.gateway.request.audit import note
from services.gateway.request.callers import require_scope
from shared.contract.api.practice import PracticeRequest
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import PRIORITY_NAMES, BatchForm, SubmissionForm
from shared.contract.exams import Exam, Upload
from shared.contract.stages import Priority, Stage
from shared.db.repositories.audit import Action
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.task_creation import enqueue


class IsDuplicate(Exception):
    """Rolls the submission back and says which exam it repeats."""

    def __init__(self, layer: int, exam_id: str) -> None:
        super().__init__(layer, exam_id)
        self.layer, self.exam_id = layer, exam_id


@dataclass(frozen=True, slots=True)
class Submitted:
    """An exam whose files lie in the blob store under its id."""

    exam_id: str
    form: SubmissionForm
    uploads: tuple[Upload, ...]


def refuse_unearned_priority(
    caller: Caller, form: SubmissionForm | BatchForm | PracticeRequest
) -> None:
    """Raise Problem ``missing_scope`` for ``urgent`` work of a key that may not overtake others."""
    if form.priority == PRIORITY_NAMES[Priority.URGENT]:
        require_scope(caller, Scope.URGENT)


async def add_exam(uow: UnitOfWork, request: Request, caller: Caller, submitted: Submitted) -> Exam:
    """Insert the exam with its first task. Raises IsDuplicate and Problem ``unknown_paper``."""
    form, tenant_id = submitted.form, caller.tenant_id
    paper_id = None if form.paper_id is None else str(form.paper_id)
    if paper_id is not None and await uow.papers.find(paper_id, tenant_id) is None:
        raise Problem(ProblemCode.UNKNOWN_PAPER)
    exam = await uow.exams.add(
        {
            "id": submitted.exam_id,
            "tenant_id": tenant_id,
            "priority": form.broker_priority,
            "paper_id": paper_id,
            "student_ref": form.student_ref,
            "subject": form.subject,
            "grade": form.grade,
            "language": form.language,
            "callback_url": form.callback_url,
            "is_forced": form.force,
        }
    )
    if not form.force:
        digests = identity_digests(form, submitted.uploads)
        earlier = await uow.identities.claim(tenant_id, exam.id, digests)
        if earlier is not None:
            raise IsDuplicate(*earlier)
    await uow.uploads.add(exam.id, submitted.uploads)
    await note(uow, request, caller, Action.EXAM_SUBMITTED, exam.id)
    await enqueue(uow, exam, Stage.INGEST, traceparent=request_trace(request).traceparent)
    return exam
