"""One batch on its way in: received, checked from outside, accepted. Workers divide it."""

import asyncio
from uuid import uuid4

from starlette.requests import Request

from services.gateway.adapters.bodies.batch_upload import ReceivedBatch, receive_batch
from services.gateway.adapters.responses.problem_response import request_language, request_trace
from services.gateway.adapters.tables.workbook import read_table
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.intake.forms import parse_batch
from services.gateway.domain.intake.identity import batch_fingerprint
from services.gateway.domain.intake.rosters import parse_roster
from services.gateway.domain.protocol.problems import Problem, invalid_field
from services.gateway.intake.idempotency import Answer, KeepAnswer
from services.gateway.intake.new_exam import refuse_unearned_priority
from services.gateway.intake.stored_files import StoredFiles, has_lost_files
from services.gateway.parts import Gateway
from services.gateway.request.audit import note
from services.gateway.views.batches import batch_body
from shared.contract.api.address import PREFIX
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.batches import BatchLimits, BatchOrder, BatchState, RosterRow, batch_prefix
from shared.contract.jobs import JobKind
from shared.db.repositories.audit import Action
from shared.db.repositories.batches import Batch
from shared.db.unit_of_work import UnitOfWork

RETRY_AFTER_SECONDS = 2


class BatchIntake:
    """Serves one request: ``receive`` first, then ``commit`` or ``erase``.

    With ``is_preview`` the batch is only divided, to show the parts.
    """

    def __init__(
        self,
        request: Request,
        parts: Gateway,
        caller: Caller,
        boundary: bytes,
        *,
        is_preview: bool = False,
    ) -> None:
        self._request, self._parts, self._caller = request, parts, caller
        self._boundary, self._is_preview = boundary, is_preview
        self._batch_id = str(uuid4())
        self._received = ReceivedBatch()
        self._files = StoredFiles(parts.blobs)
        self._files.expect(batch_prefix(self._batch_id))

    async def receive(self) -> str:
        """Store the class's file. Returns the fingerprint of what was sent. Raises Problem."""
        self._received = received = await receive_batch(
            self._parts.blobs, self._source_key, self._request.stream(), self._boundary
        )
        return batch_fingerprint(received.fields, received.sha256 or "", received.roster)

    async def commit(self, keep: KeepAnswer) -> Answer:
        """Take the batch, to be divided by a worker; ``keep`` commits with it. Raises Problem."""
        order = await self._order()
        async with self._parts.database.transaction() as uow:
            batch = await self._add(uow, order)
            language = request_language(self._request, order.form.language)
            body = await batch_body(uow, batch, language)
            answer = Answer(
                status=202,
                headers={
                    "Location": f"{PREFIX}/batches/{batch.id}",
                    "Retry-After": str(RETRY_AFTER_SECONDS),
                },
                body=body.model_dump(mode="json"),
            )
            await keep(uow, answer)
            self._files.leave_to_commit()
        return answer

    async def erase(self) -> None:
        """Remove the file, unless a row may name it."""
        await self._files.erase()

    async def is_void(self, answer: Answer) -> bool:
        """Whether files of the batch that ``answer`` names are lost, so that it came to nothing."""
        tenant_id = self._caller.tenant_id
        async with self._parts.database.transaction() as uow:
            batch = await uow.batches.find(answer.body["batch_id"], tenant_id)
            exams = () if batch is None else await uow.batches.exams(batch.id)
        if batch is not None and batch.state is BatchState.FAILED and batch.request is not None:
            return not await self._parts.blobs.has(batch.request.source_key)
        return await has_lost_files(self._parts, tenant_id, [exam.exam_id for exam in exams])

    @property
    def _source_key(self) -> str:
        return f"{batch_prefix(self._batch_id)}source"

    async def _order(self) -> BatchOrder:
        """What is to be divided how. Raises Problem for what can be seen from outside."""
        received, settings = self._received, self._parts.settings
        form = parse_batch(received.fields)
        refuse_unearned_priority(self._caller, form)
        if received.is_pdf and form.pages_per_student is None:
            raise invalid_field("form.pages_per_student", "missing")
        return BatchOrder(
            form=form,
            source_key=self._source_key,
            is_pdf=received.is_pdf,
            roster=() if received.roster is None else await _roster(received.roster),
            limits=BatchLimits(
                students=settings.max_batch_students,
                files=settings.max_files,
                file_bytes=settings.max_file_bytes,
                total_bytes=settings.max_batch_bytes,
            ),
        )

    async def _add(self, uow: UnitOfWork, order: BatchOrder) -> Batch:
        tenant_id, form = self._caller.tenant_id, order.form
        paper_id = None if form.paper_id is None else str(form.paper_id)
        if paper_id is not None and await uow.papers.find(paper_id, tenant_id) is None:
            raise Problem(ProblemCode.UNKNOWN_PAPER)
        batch = await uow.batches.add(self._batch_id, tenant_id, order, is_preview=self._is_preview)
        await uow.jobs.add(
            JobKind.DIVISION,
            batch.id,
            tenant_id,
            priority=form.broker_priority,
            traceparent=request_trace(self._request).traceparent,
        )
        if not self._is_preview:
            await note(uow, self._request, self._caller, Action.BATCH_SUBMITTED, batch.id)
        return batch


async def _roster(body: bytes) -> tuple[RosterRow, ...]:
    return parse_roster(await asyncio.to_thread(read_table, body, "roster"))
