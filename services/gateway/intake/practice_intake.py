"""One order of a practice paper on its way in."""

import hashlib
import json
from uuid import uuid4

from starlette.requests import Request

from services.gateway.adapters.bodies.lecture_upload import LectureForm, receive_lecture
from services.gateway.adapters.bodies.multipart import boundary_of
from services.gateway.adapters.responses.problem_response import request_language, request_trace
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.forecast.orders import OrderLine
from services.gateway.domain.intake.forms import parse_practice
from services.gateway.domain.protocol.problems import Problem, invalid_field
from services.gateway.intake.idempotency import Answer, KeepAnswer
from services.gateway.intake.new_exam import refuse_unearned_priority
from services.gateway.intake.stored_files import StoredFiles
from services.gateway.parts import Gateway
from services.gateway.request.audit import note
from services.gateway.request.json_bodies import content_type, read_json
from services.gateway.request.lookups import exam_of
from services.gateway.views.practice import line_of, practice_body
from shared.contract.api.address import PREFIX
from shared.contract.api.practice import (
    ExamPracticeRequest,
    PracticeRequest,
)
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.failures import Language
from shared.contract.practice import (
    LectureFile,
    PracticeJob,
    PracticeOrder,
    PracticeState,
    practice_prefix,
)
from shared.contract.stages import Status
from shared.db.repositories.audit import Action
from shared.db.unit_of_work import UnitOfWork

#: How long a client should wait before it first asks for the state.
RETRY_AFTER_SECONDS = 2
#: Statuses in which an exam's weak points are known.
_DIAGNOSED = frozenset(
    {Status.DIAGNOSED, Status.REPORT_GENERATING, Status.REPORT_GENERATED, Status.COMPLETED}
)


class PracticeIntake:
    """Serves one request: ``receive`` first, then ``commit`` or ``erase``."""

    def __init__(self, request: Request, parts: Gateway, caller: Caller) -> None:
        self._request, self._parts, self._caller = request, parts, caller
        self._practice_id = str(uuid4())
        self._asked = PracticeRequest()
        self._form = LectureForm()
        self._files = StoredFiles(parts.blobs)

    async def receive(self) -> str:
        """Take the body. Returns its fingerprint. Raises Problem."""
        if content_type(self._request) == "application/json":
            self._asked = await read_json(self._request, ExamPracticeRequest)
        else:
            boundary = boundary_of(self._request.headers.get("content-type"))
            limit = self._parts.settings.max_file_bytes
            self._form = await receive_lecture(self._request.stream(), boundary, limit)
            self._asked = parse_practice(self._form.fields)
        refuse_unearned_priority(self._caller, self._asked)
        if (self._asked.exam_id is None) == (self._form.data is None):
            raise invalid_field("exam_id", "exam_or_lecture")
        asked = [self._asked.model_dump(mode="json"), self._form.sha256]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    async def commit(self, keep: KeepAnswer) -> Answer:
        """Take the order; ``keep`` commits with it. Raises Problem."""
        lecture = await self._store_lecture()
        async with self._parts.database.transaction() as uow:
            order = await self._order(uow, lecture)
            job = await uow.practice_papers.add(
                self._practice_id,
                self._caller.tenant_id,
                order,
                traceparent=request_trace(self._request).traceparent,
            )
            line = await line_of(uow, job)
            await note(uow, self._request, self._caller, Action.PRACTICE_ORDERED, job.id)
            answer = self._answer(job, line)
            await keep(uow, answer)
            self._files.leave_to_commit()
        return answer

    async def erase(self) -> None:
        """Remove the file, unless a row may name it."""
        await self._files.erase()

    async def is_void(self, answer: Answer) -> bool:
        """Whether the order that ``answer`` names failed because its lecture was lost."""
        async with self._parts.database.transaction() as uow:
            job = await uow.practice_papers.find(
                answer.body["id"], tenant_id=self._caller.tenant_id
            )
        if job is None or job.state is not PracticeState.FAILED or job.request.lecture is None:
            return False
        return not await self._parts.blobs.has(job.request.lecture.blob_key)

    async def _store_lecture(self) -> LectureFile | None:
        if self._form.data is None:
            return None
        prefix = practice_prefix(self._practice_id, None)
        self._files.expect(prefix)
        key = f"{prefix}lecture"
        await self._parts.blobs.write(key, self._form.data)
        return LectureFile(
            blob_key=key,
            media_type=self._form.media_type,
            size_bytes=len(self._form.data),
            sha256=self._form.sha256,
        )

    async def _order(self, uow: UnitOfWork, lecture: LectureFile | None) -> PracticeOrder:
        asked = self._asked
        language = asked.language or Language.ZH
        exam_id = None
        if asked.exam_id is not None:
            exam = await exam_of(uow, self._caller, str(asked.exam_id))
            if exam.status not in _DIAGNOSED:
                raise Problem(
                    ProblemCode.NOT_FINISHED, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
                )
            exam_id, language = exam.id, asked.language or exam.language
        return PracticeOrder(
            exam_id=exam_id,
            lecture=lecture,
            subject=asked.subject or None,
            count=asked.count,
            difficulty=asked.difficulty,
            language=language,
            priority=asked.broker_priority,
        )

    def _answer(self, job: PracticeJob, line: OrderLine | None) -> Answer:
        body = practice_body(job, line, request_language(self._request, job.request.language))
        return Answer(
            status=202,
            headers={
                "Location": f"{PREFIX}/practice-papers/{job.id}",
                "Retry-After": str(RETRY_AFTER_SECONDS),
            },
            body=body.model_dump(mode="json"),
        )
