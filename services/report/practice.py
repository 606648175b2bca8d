"""The drawing of practice papers that clients order."""

import asyncio
import hashlib

from services.report.domain.views.practice_paper import PracticePart
from services.report.steps.ports import PdfTemplates
from services.report.steps.practice_files import draw_practice
from shared.contract.failures import FailureCode
from shared.contract.jobs import Job, JobKind
from shared.contract.practice import PracticeFile, PracticeJob
from shared.db.database import Database
from shared.db.repositories.jobs import JobLease
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore

_PARTS = {"paper.pdf": PracticePart.PAPER, "key.pdf": PracticePart.KEY}


class PracticeDrawing:
    """The last step of an order: the paper and its key as PDF."""

    kind = JobKind.PRACTICE_DRAWING

    def __init__(self, blobs: BlobStore, pdf: PdfTemplates) -> None:
        self._blobs, self._pdf = blobs, pdf

    async def load(self, uow: UnitOfWork, queued: Job) -> PracticeJob | None:
        """The order, which holds all that is drawn; None when nobody waits for it."""
        return await uow.practice_papers.wanted(queued.subject_id)

    async def compute(self, database: Database, job: PracticeJob) -> tuple[PracticeFile, ...]:  # noqa: ARG002
        """Draw both files and write them. A repetition writes the same keys."""
        # CPU-bound: a thread keeps the event loop responsive.
        drawn = await asyncio.to_thread(self._draw, job)
        files = []
        for name, data in drawn.items():
            key = job.blob_prefix + name
            await self._blobs.write(key, data)
            digest = hashlib.sha256(data).hexdigest()
            files.append(PracticeFile(name=name, blob_key=key, size_bytes=len(data), sha256=digest))
        return tuple(files)

    async def save(self, uow: UnitOfWork, lease: JobLease, files: tuple[PracticeFile, ...]) -> bool:
        """Record the files: the order is ready."""
        await uow.practice_papers.finish(lease.job.subject_id, files)
        return False

    async def postpone(self, uow: UnitOfWork, lease: JobLease, *_: object) -> None:
        """The order waits on; nobody is told."""

    async def give_up(
        self, uow: UnitOfWork, lease: JobLease, code: FailureCode, *_: object
    ) -> None:
        """End the order with ``code``."""
        await uow.practice_papers.fail(lease.job.subject_id, code)

    def _draw(self, job: PracticeJob) -> dict[str, bytes]:
        if job.paper is None:
            raise LookupError(f"practice paper {job.id} has no items")
        return {
            name: draw_practice(self._pdf, job.paper, part, job.created_at)
            for name, part in _PARTS.items()
        }
