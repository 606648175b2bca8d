"""A new exam: its row, its identity, its files and its first task, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.contract.api.submissions import SubmissionForm
from shared.contract.exams import Exam, Upload
from shared.contract.identity import identity_digests
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.task_creation import enqueue


class IsDuplicate(Exception):
    """Rolls the admission back and says which exam it repeats."""

    def __init__(self, layer: int, exam_id: str) -> None:
        super().__init__(layer, exam_id)
        self.layer, self.exam_id = layer, exam_id


class UnknownPaper(Exception):
    """The tenant has no paper of the id that was declared."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """An exam whose files lie in the blob store under its id."""

    exam_id: str
    form: SubmissionForm
    uploads: Sequence[Upload]


async def admit(
    uow: UnitOfWork, tenant_id: str, submitted: Submitted, *, traceparent: str | None = None
) -> Exam:
    """Insert the exam with its first task. Raises IsDuplicate and UnknownPaper."""
    form = submitted.form
    paper_id = None if form.paper_id is None else str(form.paper_id)
    if paper_id is not None and await uow.papers.find(paper_id, tenant_id) is None:
        raise UnknownPaper
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
    await enqueue(uow, exam, Stage.INGEST, traceparent=traceparent)
    return exam
