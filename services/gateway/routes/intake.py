"""One submission on its way in: received, checked against earlier ones, committed."""

from dataclasses import dataclass
from uuid import uuid4

from starlette.requests import Request

from services.gateway.adapters.problem_response import request_language, request_trace
from services.gateway.adapters.uploads import ReceivedForm, UploadLimits, UploadReceiver
from services.gateway.domain.identity import identity_digests, request_fingerprint
from services.gateway.domain.keys import Caller
from services.gateway.domain.problems import Problem
from services.gateway.domain.submission import SubmissionForm, parse_submission
from services.gateway.routes.edge import PREFIX, Gateway, note
from services.gateway.routes.idempotency import Answer, KeepAnswer
from services.gateway.routes.views import status_body
from shared.contract.duplicates import Duplicate
from shared.contract.exams import Exam, Upload
from shared.contract.stages import Stage
from shared.db.repositories.audit import Action
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.task_creation import enqueue
from shared.observability import metrics

#: How long a client should wait before it first asks for the status.
RETRY_AFTER_SECONDS = 2


class IsDuplicate(Exception):
    """Rolls the submission back; carries which exam it repeats."""

    def __init__(self, layer: int, exam_id: str) -> None:
        super().__init__(layer, exam_id)
        self.layer, self.exam_id = layer, exam_id


class Intake:
    """Serves one request: ``receive`` first, then ``commit`` or ``erase``."""

    def __init__(self, request: Request, parts: Gateway, caller: Caller, boundary: bytes) -> None:
        self._request, self._parts, self._caller = request, parts, caller
        self._boundary = boundary
        self._exam_id = str(uuid4())
        self._received = ReceivedForm()

    async def receive(self) -> str:
        """Store the files; the result is the fingerprint of what was sent. Raises Problem."""
        settings = self._parts.settings
        limits = UploadLimits(settings.max_files, settings.max_file_bytes)
        receiver = UploadReceiver(self._parts.blobs, limits)
        self._received = await receiver.receive(
            self._exam_id, self._request.stream(), self._boundary
        )
        return request_fingerprint(self._received.fields, self._received.uploads)

    async def commit(self, keep: KeepAnswer) -> Answer:
        """Take the exam, or name the one that it repeats; ``keep`` commits with it.

        Raises Problem.
        """
        form = parse_submission(self._received.fields)
        try:
            async with self._parts.database.transaction() as uow:
                exam = await self._add(uow, form)
                answer = await self._answer(uow, exam, 202)
                await keep(uow, answer)
        except IsDuplicate as found:
            await self.erase()
            return await self._name_duplicate(found, keep)
        sizes = [upload.size_bytes for upload in self._received.uploads]
        metrics.UPLOAD_BYTES.observe(sum(sizes))
        return answer

    async def erase(self) -> None:
        """Remove the files: no row names them."""
        await self._parts.blobs.delete_prefix(f"exams/{self._exam_id}/")

    async def _add(self, uow: UnitOfWork, form: SubmissionForm) -> Exam:
        submitted = Submitted(self._exam_id, form, tuple(self._received.uploads))
        return await add_exam(uow, self._request, self._caller, submitted)

    async def _name_duplicate(self, found: IsDuplicate, keep: KeepAnswer) -> Answer:
        async with self._parts.database.transaction() as uow:
            exam = await uow.exams.find(found.exam_id, tenant_id=self._caller.tenant_id)
            if exam is None:
                # Erased in this very moment: what was sent is new again.
                raise Problem("unavailable", headers={"Retry-After": "1"})
            duplicate = Duplicate(layer=found.layer, of=exam.id)
            answer = await self._answer(uow, exam, 200, duplicate)
            await keep(uow, answer)
        return answer

    async def _answer(
        self, uow: UnitOfWork, exam: Exam, status: int, duplicate: Duplicate | None = None
    ) -> Answer:
        body = await status_body(
            self._parts, uow, exam, request_language(self._request, exam.language)
        )
        return Answer(
            status=status,
            headers={
                "Location": f"{PREFIX}/exams/{exam.id}",
                "Retry-After": str(RETRY_AFTER_SECONDS),
            },
            body=body.model_copy(update={"duplicate": duplicate}).model_dump(mode="json"),
        )


@dataclass(frozen=True, slots=True)
class Submitted:
    """An exam whose files lie in the blob store under its id."""

    exam_id: str
    form: SubmissionForm
    uploads: tuple[Upload, ...]


async def add_exam(uow: UnitOfWork, request: Request, caller: Caller, submitted: Submitted) -> Exam:
    """Insert the exam with its first task. Raises IsDuplicate and Problem ``unknown_paper``."""
    form, tenant_id = submitted.form, caller.tenant_id
    paper_id = None if form.paper_id is None else str(form.paper_id)
    if paper_id is not None and await uow.papers.find(paper_id, tenant_id) is None:
        raise Problem("unknown_paper")
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
