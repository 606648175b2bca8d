"""One submission on its way in: received, checked against earlier ones, committed."""

from uuid import uuid4

from starlette.requests import Request

from services.gateway.adapters.bodies.exam_upload import ReceivedForm, UploadLimits, UploadReceiver
from services.gateway.adapters.responses.problem_response import request_language
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.intake.forms import parse_submission
from services.gateway.domain.intake.identity import request_fingerprint
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.idempotency import Answer, KeepAnswer
from services.gateway.intake.new_exam import add_exam, refuse_unearned_priority
from services.gateway.intake.stored_files import StoredFiles, has_lost_files
from services.gateway.parts import Gateway
from services.gateway.views.status import status_body
from shared.contract.api.address import PREFIX
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import SubmissionForm
from shared.contract.duplicates import Duplicate
from shared.contract.exams import Exam
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.admission import IsDuplicate, Submitted
from shared.observability import metrics

#: How long a client should wait before it first asks for the status.
_RETRY_AFTER_SECONDS = 2


class ExamIntake:
    """Serves one request: ``receive`` first, then ``commit`` or ``erase``."""

    def __init__(self, request: Request, parts: Gateway, caller: Caller, boundary: bytes) -> None:
        self._request, self._parts, self._caller = request, parts, caller
        self._boundary = boundary
        self._exam_id = str(uuid4())
        self._received = ReceivedForm()
        self._files = StoredFiles(parts.blobs)
        self._files.expect(f"exams/{self._exam_id}/")

    async def receive(self) -> str:
        """Store the files. Returns the fingerprint of what was sent. Raises Problem."""
        settings = self._parts.settings
        limits = UploadLimits(settings.max_files, settings.max_file_bytes)
        receiver = UploadReceiver(self._parts.blobs, limits)
        self._received = await receiver.receive(
            self._exam_id, self._request.stream(), self._boundary
        )
        return request_fingerprint(self._received.fields, self._received.uploads)

    async def commit(self, keep: KeepAnswer) -> Answer:
        """Take the exam, or name the one that it repeats. ``keep`` commits with it.

        Raises Problem.
        """
        form = parse_submission(self._received.fields)
        refuse_unearned_priority(self._caller, form)
        try:
            async with self._parts.database.transaction() as uow:
                exam = await self._add(uow, form)
                answer = await self._answer(uow, exam, 202)
                await keep(uow, answer)
                self._files.leave_to_commit()
        except IsDuplicate as found:
            await self.erase()
            return await self._name_duplicate(found, keep)
        sizes = [upload.size_bytes for upload in self._received.uploads]
        metrics.UPLOAD_BYTES.observe(sum(sizes))
        return answer

    async def erase(self) -> None:
        """Remove the files, unless a row may name them."""
        await self._files.erase()

    async def is_void(self, answer: Answer) -> bool:
        """Whether the exam that ``answer`` names failed because its files were lost."""
        return await has_lost_files(self._parts, self._caller.tenant_id, [answer.body["exam_id"]])

    async def _add(self, uow: UnitOfWork, form: SubmissionForm) -> Exam:
        submitted = Submitted(self._exam_id, form, tuple(self._received.uploads))
        return await add_exam(uow, self._request, self._caller, submitted)

    async def _name_duplicate(self, found: IsDuplicate, keep: KeepAnswer) -> Answer:
        async with self._parts.database.transaction() as uow:
            exam = await uow.exams.find(found.exam_id, tenant_id=self._caller.tenant_id)
            if exam is None:
                # That exam was erased in this very moment, so what was sent is new again.
                raise Problem(ProblemCode.UNAVAILABLE, headers={"Retry-After": "1"})
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
                "Retry-After": str(_RETRY_AFTER_SECONDS),
            },
            body=body.model_copy(update={"duplicate": duplicate}).model_dump(mode="json"),
        )
