"""One batch on its way in: received, divided among its students, committed as a whole."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from starlette.requests import Request

from services.gateway.adapters.bodies.batch_upload import ReceivedBatch, receive_batch
from services.gateway.adapters.bodies.exam_upload import store_upload
from services.gateway.adapters.division.divider import DividedPart, file_chunks
from services.gateway.adapters.division.division_order import DivisionLimits, DivisionOrder
from services.gateway.adapters.tables.workbook import read_table
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.intake.forms import parse_batch
from services.gateway.domain.intake.identity import batch_fingerprint
from services.gateway.domain.intake.rosters import RosterRow, assign_students, parse_roster
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.idempotency import Answer, KeepAnswer
from services.gateway.intake.new_exam import (
    IsDuplicate,
    Submitted,
    add_exam,
    refuse_unearned_priority,
)
from services.gateway.intake.stored_files import StoredFiles, erase_or_leave, has_lost_files
from services.gateway.parts import Gateway
from services.gateway.request.audit import note
from services.gateway.views.batches import batch_body
from shared.contract.api.address import PREFIX
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import BatchForm
from shared.contract.exams import Upload
from shared.db.repositories.audit import Action
from shared.db.repositories.batches import BatchPlace
from shared.db.unit_of_work import UnitOfWork

RETRY_AFTER_SECONDS = 5


class BatchIntake:
    """Serves one request: ``receive`` first, then ``commit`` or ``erase``.

    Everything is committed in one transaction, so that a crash leaves a whole batch or none.
    """

    def __init__(
        self,
        request: Request,
        parts: Gateway,
        caller: Caller,
        boundary: bytes,
        folder: Path,
    ) -> None:
        self._request, self._parts, self._caller = request, parts, caller
        self._boundary, self._folder = boundary, folder
        self._batch = ReceivedBatch(source=folder / "source")
        self._exam_ids: list[str] = []
        self._files = StoredFiles(parts.blobs)

    async def receive(self) -> str:
        """Take the body. Returns its fingerprint. Raises Problem."""
        self._batch = await receive_batch(self._request.stream(), self._boundary, self._folder)
        batch = self._batch
        return batch_fingerprint(batch.fields, batch.sha256 or "", batch.roster)

    async def divide(self, form: BatchForm | None = None) -> tuple[DividedPart, ...]:
        """The students' parts of what was received, in order; nothing is taken. Raises Problem."""
        form = form or parse_batch(self._batch.fields)
        if self._batch.is_pdf and form.pages_per_student is None:
            errors = [{"field": "form.pages_per_student", "rule": "missing"}]
            raise Problem(ProblemCode.INVALID_REQUEST, errors=errors)
        return await self._parts.divider.divide(self._order(form))

    async def commit(self, keep: KeepAnswer) -> Answer:
        """Divide the batch and take its exams; ``keep`` commits with them. Raises Problem."""
        form = parse_batch(self._batch.fields)
        refuse_unearned_priority(self._caller, form)
        roster = () if self._batch.roster is None else await self._roster(self._batch.roster)
        divided = await self.divide(form)
        students = assign_students([part.name for part in divided], roster)
        exams = [
            Submitted(
                exam_id=self._new_exam_id(),
                form=form.of_student(student),
                uploads=(),
            )
            for student in students
        ]
        stored = [
            replace(exam, uploads=await self._store(exam.exam_id, number, part))
            for number, (exam, part) in enumerate(zip(exams, divided, strict=True), start=1)
        ]
        async with self._parts.database.transaction() as uow:
            answer, places = await self._add(uow, stored)
            await keep(uow, answer)
            self._files.leave_to_commit()
        taken = {place.exam_id for place in places}
        for exam in stored:
            if exam.exam_id not in taken:
                await erase_or_leave(self._parts.blobs, f"exams/{exam.exam_id}/")
        return answer

    async def erase(self) -> None:
        """Remove the files, unless rows may name them."""
        await self._files.erase()

    async def is_void(self, answer: Answer) -> bool:
        """Whether an exam of the batch failed because its files were lost."""
        exam_ids = [exam["exam_id"] for exam in answer.body["exams"]]
        return await has_lost_files(self._parts, self._caller.tenant_id, exam_ids)

    async def _roster(self, body: bytes) -> tuple[RosterRow, ...]:
        return parse_roster(await asyncio.to_thread(read_table, body, "roster"))

    def _order(self, form: BatchForm) -> DivisionOrder:
        settings = self._parts.settings
        target = self._folder / "parts"
        target.mkdir()
        return DivisionOrder(
            source=str(self._batch.source),
            folder=str(target),
            is_pdf=self._batch.is_pdf,
            pages_per_student=form.pages_per_student,
            limits=DivisionLimits(
                max_students=settings.max_batch_students,
                max_files=settings.max_files,
                max_file_bytes=settings.max_file_bytes,
                max_total_bytes=settings.max_batch_bytes,
            ),
        )

    def _new_exam_id(self) -> str:
        exam_id = str(uuid4())
        self._exam_ids.append(exam_id)
        self._files.expect(f"exams/{exam_id}/")
        return exam_id

    async def _store(self, exam_id: str, position: int, part: DividedPart) -> tuple[Upload, ...]:
        max_bytes = self._parts.settings.max_file_bytes
        try:
            return tuple(
                [
                    await store_upload(
                        self._parts.blobs, exam_id, ordinal, file_chunks(path), max_bytes
                    )
                    for ordinal, path in enumerate(part.files)
                ]
            )
        except Problem as problem:
            # Name the student's place, so that the file can be found among many.
            problem.extensions["position"] = position
            raise

    async def _add(
        self, uow: UnitOfWork, exams: Sequence[Submitted]
    ) -> tuple[Answer, tuple[BatchPlace, ...]]:
        batch_id, tenant_id = str(uuid4()), self._caller.tenant_id
        await uow.batches.lock_tenant(tenant_id)
        places = tuple(
            [
                await self._add_exam(uow, position, exam)
                for position, exam in enumerate(exams, start=1)
            ]
        )
        batch = await uow.batches.add(batch_id, tenant_id, places)
        await note(uow, self._request, self._caller, Action.BATCH_SUBMITTED, batch_id)
        body = batch_body(batch, await uow.batches.exams(batch_id))
        headers = {
            "Location": f"{PREFIX}/batches/{batch_id}",
            "Retry-After": str(RETRY_AFTER_SECONDS),
        }
        return Answer(status=202, headers=headers, body=body.model_dump(mode="json")), places

    async def _add_exam(self, uow: UnitOfWork, position: int, exam: Submitted) -> BatchPlace:
        try:
            async with uow.connection.begin_nested():
                await add_exam(uow, self._request, self._caller, exam)
        except IsDuplicate as found:
            if found.exam_id not in self._exam_ids:
                return BatchPlace(
                    position=position, exam_id=found.exam_id, duplicate_layer=found.layer
                )
            # Two places of one batch are two students, however alike their papers.
            form = exam.form.model_copy(update={"force": True})
            await add_exam(uow, self._request, self._caller, replace(exam, form=form))
        return BatchPlace(position=position, exam_id=exam.exam_id, duplicate_layer=None)
