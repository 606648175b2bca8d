"""The division of batches: a class's file becomes an exam for every student."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import structlog

from services.ingest.adapters.division.divider import DividedPart, divide
from services.ingest.adapters.division.division_order import DivisionOrder
from services.ingest.adapters.division.student_files import store_file
from services.ingest.domain.division.assignment import assign_students
from services.ingest.domain.division.refusal import Refused
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.batches import BatchOrder, BatchPart, Refusal
from shared.contract.exams import Upload
from shared.contract.failures import FailureCode
from shared.contract.jobs import Job, JobKind
from shared.db.database import Database
from shared.db.repositories.batches import Batch, BatchPlace
from shared.db.repositories.jobs import JobLease
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.admission import IsDuplicate, Submitted, UnknownPaper, admit
from shared.observability.log_setup import error_site
from shared.storage.blobs import BlobStore
from shared.storage.failure import BlobStoreError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Division:
    """What came of a batch's file: exams whose files are stored, parts of a preview, a refusal."""

    exams: tuple[Submitted, ...] = ()
    parts: tuple[BatchPart, ...] = ()
    refusal: Refusal | None = None


class BatchDivision:
    """Divides the file of a batch, and takes all its exams in one transaction.

    A repetition stores under new ids, so that no attempt can erase what another has stored.
    """

    kind = JobKind.DIVISION

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    async def load(self, uow: UnitOfWork, queued: Job) -> Batch | None:
        """The batch, its row locked; None when nobody waits for its division."""
        return await uow.batches.wanted(queued.subject_id)

    async def compute(self, database: Database, batch: Batch) -> Division:  # noqa: ARG002
        """Divide into a folder of its own and store every student's files."""
        if batch.request is None:
            raise LookupError(f"batch {batch.id} has no order")
        with tempfile.TemporaryDirectory(prefix="examlens-division-") as folder:
            try:
                return await self._divide(batch, batch.request, Path(folder))
            except Refused as refused:
                return Division(refusal=Refusal(code=refused.code, extensions=refused.extensions))

    async def save(self, uow: UnitOfWork, lease: JobLease, division: Division) -> bool:
        """Take the exams, name the parts or refuse the batch; its file is wanted no more."""
        job = lease.job
        if division.refusal is None and division.exams:
            division = await self._take(uow, job, division)
        if division.refusal is not None:
            await uow.batches.refuse(job.subject_id, division.refusal)
        elif not division.exams:
            await uow.batches.name_parts(job.subject_id, division.parts)
        await uow.retention.erase_again(job.subject_id, 0.0, folder="batches")
        return False

    async def postpone(self, uow: UnitOfWork, lease: JobLease, *_: object) -> None:
        """The batch waits on; nobody is told."""

    async def give_up(
        self, uow: UnitOfWork, lease: JobLease, code: FailureCode, *_: object
    ) -> None:
        """The batch failed with ``code``. Its file stays, for whoever replays the job."""
        await uow.batches.fail(lease.job.subject_id, code)

    async def _divide(self, batch: Batch, order: BatchOrder, folder: Path) -> Division:
        source, target = folder / "source", folder / "parts"
        target.mkdir()
        await self._blobs.fetch(order.source_key, source)
        parts = await divide(
            DivisionOrder(
                source=str(source),
                folder=str(target),
                is_pdf=order.is_pdf,
                pages_per_student=order.form.pages_per_student,
                limits=order.limits,
            )
        )
        if batch.is_preview:
            named = (BatchPart(name=part.name, files=len(part.files)) for part in parts)
            return Division(parts=tuple(named))
        students = assign_students([part.name for part in parts], order.roster)
        return Division(exams=await self._store(order, parts, students))

    async def _store(
        self, order: BatchOrder, parts: Sequence[DividedPart], students: Sequence[str | None]
    ) -> tuple[Submitted, ...]:
        exams = [
            Submitted(str(uuid4()), order.form.of_student(student), ()) for student in students
        ]
        try:
            return tuple(
                [
                    replace(exam, uploads=await self._store_files(order, exam, place, part))
                    for place, (exam, part) in enumerate(zip(exams, parts, strict=True), start=1)
                ]
            )
        except BaseException:
            # Cancelled, refused or broken off: no row will name these files.
            await asyncio.shield(self._erase(exams))
            raise

    async def _store_files(
        self, order: BatchOrder, exam: Submitted, position: int, part: DividedPart
    ) -> tuple[Upload, ...]:
        try:
            return tuple(
                [
                    await store_file(
                        self._blobs, exam.exam_id, ordinal, path, order.limits.file_bytes
                    )
                    for ordinal, path in enumerate(part.files)
                ]
            )
        except Refused as refused:
            # The student's place, so that the file can be found among many.
            raise Refused(refused.code, **refused.extensions, position=position) from refused

    async def _erase(self, exams: Sequence[Submitted]) -> None:
        try:
            for exam in exams:
                await self._blobs.delete_prefix(f"exams/{exam.exam_id}/")
        except BlobStoreError as error:
            # The relay sweeps up what no row names.
            log.warning("division.files_left_behind", error=error_site(error))

    async def _take(self, uow: UnitOfWork, job: Job, division: Division) -> Division:
        """Make the exams; the division as a refusal where its paper was erased meanwhile."""
        await uow.batches.lock_tenant(job.tenant_id)
        own = {exam.exam_id for exam in division.exams}
        places = []
        try:
            async with uow.connection.begin_nested():
                for position, exam in enumerate(division.exams, start=1):
                    places.append(await _take_one(uow, job, position, exam, own))
                await uow.batches.divide(job.subject_id, places)
        except UnknownPaper:
            places = []
        for exam_id in own - {place.exam_id for place in places}:
            await uow.retention.erase_again(exam_id, 0.0)
        if not places:
            return Division(refusal=Refusal(code=ProblemCode.UNKNOWN_PAPER))
        return division


async def _take_one(
    uow: UnitOfWork, job: Job, position: int, exam: Submitted, own: set[str]
) -> BatchPlace:
    try:
        async with uow.connection.begin_nested():
            await admit(uow, job.tenant_id, exam, traceparent=job.traceparent)
    except IsDuplicate as found:
        if found.exam_id not in own:
            return BatchPlace(position=position, exam_id=found.exam_id, duplicate_layer=found.layer)
        # Two places of one batch are two students, however alike their papers.
        form = exam.form.model_copy(update={"force": True})
        forced = replace(exam, form=form)
        await admit(uow, job.tenant_id, forced, traceparent=job.traceparent)
    return BatchPlace(position=position, exam_id=exam.exam_id, duplicate_layer=None)
