"""The gateway's way of taking an exam and of what people do to it, on the model."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from services.gateway.adapters.bodies.exam_upload import ReceivedForm
from services.gateway.domain.access.keys import ALL_SCOPES, Caller
from services.gateway.domain.intake.identity import request_fingerprint
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.exam_intake import ExamIntake
from services.gateway.intake.idempotency import Answer, answer_once
from services.gateway.intake.stored_files import StoredFiles
from shared.contract.duplicates import Duplicate
from shared.contract.exams import Exam, Upload
from shared.contract.stages import RETRYABLE
from shared.db.database import DATABASE_ERRORS
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.runs import RunConflict, cancel, replay, retry
from tests.simulation.database import ModelDatabase
from tests.simulation.processes import Process

TENANT = "00000000-0000-4000-8000-000000000001"
CALLER = Caller(key_id="key", tenant_id=TENANT, scopes=frozenset(ALL_SCOPES))


class ModelBlobs:
    """Files, each by its key."""

    def __init__(self) -> None:
        self.files: set[str] = set()

    async def delete_prefix(self, prefix: str) -> None:
        self.files = {key for key in self.files if not key.startswith(prefix)}

    async def has(self, key: str) -> bool:
        return key in self.files


@dataclass
class ModelParts:
    """What of the gateway's parts a submission needs."""

    database: ModelDatabase
    blobs: ModelBlobs


class ModelIntake(ExamIntake):
    """The real intake, but for the reading of bodies and the words of answers."""

    def __init__(self, parts: Any, exam_id: str, content: str) -> None:
        request = Request({"type": "http", "headers": [], "state": {}})
        self._request, self._parts, self._caller = request, parts, CALLER
        self._exam_id, self._content = exam_id, content
        self._received = ReceivedForm()
        self._files = StoredFiles(parts.blobs)
        self._files.expect(f"exams/{exam_id}/")

    async def receive(self) -> str:
        key = f"exams/{self._exam_id}/uploads/0"
        self._parts.blobs.files.add(key)
        upload = Upload(
            ordinal=0, blob_key=key, media_type="image/png", size_bytes=1, sha256=self._content
        )
        fields = {"student_ref": self._content}
        self._received = ReceivedForm(fields=fields, uploads=[upload])
        return request_fingerprint(fields, [upload])

    async def _answer(
        self, uow: UnitOfWork, exam: Exam, status: int, duplicate: Duplicate | None = None
    ) -> Answer:
        of = None if duplicate is None else duplicate.of
        body = {"exam_id": exam.id, "run": exam.run, "duplicate": of}
        return Answer(status=status, headers={}, body=body)


@dataclass(eq=False)
class GatewayProcess(Process):
    """Serves requests. One that fails, or whose process ends, has no answer."""

    blobs: ModelBlobs = field(default_factory=ModelBlobs)

    async def submit(self, content: str, key: str) -> dict[str, Any] | None:
        """The exam of the answer 202 or 200; None when nobody can tell what became of it."""
        parts: Any = ModelParts(self.database, self.blobs)
        intake = ModelIntake(parts, self.server.new_token(), content)
        try:
            return (await answer_once(parts, CALLER, key, intake)).body
        except (*DATABASE_ERRORS, Problem):
            return None

    async def ask(self, wish: str, exam_id: str) -> str | None:
        """``cancel``, ``retry`` or ``replay``: "done", "refused", or None when unknown."""
        try:
            async with self.database.transaction() as uow:
                await self._do(uow, wish, exam_id)
        except RunConflict:
            return "refused"
        except DATABASE_ERRORS:
            return None
        return "done"

    async def status(self, exam_id: str) -> Exam | None:
        """What the exam is like; None when the question was not answered."""
        try:
            async with self.database.transaction() as uow:
                return await uow.exams.find(exam_id)
        except DATABASE_ERRORS:
            return None

    async def _do(self, uow: UnitOfWork, wish: str, exam_id: str) -> None:
        if wish == "replay":
            letters = [x for x in await uow.dead_letters.list() if x.exam_id == exam_id]
            if not letters:
                raise RunConflict("dead_letter_resolved")
            await replay(uow, letters[-1])
            return
        exam = await uow.exams.lock(exam_id)
        assert exam is not None
        if wish == "cancel":
            await cancel(uow, exam)
        elif exam.status in RETRYABLE:
            await retry(uow, exam)
        else:
            raise RunConflict("not_retryable")
