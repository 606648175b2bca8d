"""Orders of practice papers: which knowledge points an order is about, and items for them."""

import asyncio
from dataclasses import dataclass

from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.points.subjects import SUBJECTS
from services.diagnose.domain.points.tenant_index import TenantIndex
from services.diagnose.domain.practice.choice import PracticeWish, choose_items
from services.diagnose.domain.practice.grades import year_of
from services.diagnose.domain.practice.lecture_topics import lecture_points
from services.diagnose.domain.practice.targets import (
    MOST_PER_POINT,
    MOST_TARGETS,
    Target,
    exam_targets,
    target_of,
)
from services.diagnose.steps.exam_subject import subject_of
from services.diagnose.steps.ports import LectureReader, TenantIndexes
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.jobs import Job, JobKind
from shared.contract.practice import PracticeJob, PracticePaper
from shared.db.database import Database
from shared.db.repositories.jobs import JobLease
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class SelectionSource:
    """What an order is served from. ``results`` belong to its exam; None for a lecture."""

    job: PracticeJob
    tenant: TenantIndex
    subject: str | None
    results: tuple[Analysis, Diagnosis] | None = None
    grade: str | None = None


class PracticeSelection:
    """The first step of an order: its knowledge points, and items for them."""

    kind = JobKind.PRACTICE_SELECTION

    def __init__(
        self, blobs: BlobStore, points: TenantIndexes, read_lecture: LectureReader
    ) -> None:
        self._blobs, self._points, self._read_lecture = blobs, points, read_lecture

    async def load(self, uow: UnitOfWork, queued: Job) -> SelectionSource | None:
        """The exam's results where the order names one; None when nobody waits for the order."""
        job = await uow.practice_papers.wanted(queued.subject_id)
        if job is None:
            return None
        tenant = await self._points.look_up(uow, job.tenant_id)
        if job.exam_id is None:
            return SelectionSource(job, tenant, job.request.subject)
        exam = await uow.exams.get(job.exam_id)
        analysis = await uow.analyses.get(exam.id, exam.run)
        diagnosis = await uow.diagnoses.get(exam.id, exam.run)
        subject = job.request.subject or await subject_of(uow, exam, exam.run)
        return SelectionSource(job, tenant, subject, (analysis, diagnosis), exam.grade)

    async def compute(self, database: Database, source: SelectionSource) -> PracticePaper:
        """The chosen paper. Raises PermanentFailure: ``no_topic_found``, ``no_practice_items``."""
        index = await self._points.index(source.tenant)
        subject, targets = await self._targets(source, index)
        if not targets:
            raise PermanentFailure(FailureCode.NO_TOPIC_FOUND)
        points = tuple(target.point for target in targets)
        async with database.transaction() as uow:
            bank = await uow.bank.for_points(source.job.tenant_id, points, each=MOST_PER_POINT)
        order = source.job.request
        seen: tuple[str, ...] = ()
        if source.results is not None:
            seen = tuple(question.stem for question in source.results[0].questions)
        wish = PracticeWish(
            order.count,
            order.difficulty,
            order.language,
            subject,
            source.job.id,
            seen,
            year_of(source.grade),
        )
        paper = await asyncio.to_thread(choose_items, targets, bank, wish)
        if not paper.items:
            raise PermanentFailure(FailureCode.NO_PRACTICE_ITEMS)
        return paper

    async def save(self, uow: UnitOfWork, lease: JobLease, paper: PracticePaper) -> bool:
        """Record the paper; drawing follows."""
        await uow.practice_papers.choose(lease.job.subject_id, paper)
        return False

    async def postpone(self, uow: UnitOfWork, lease: JobLease, *_: object) -> None:
        """The order waits on; nobody is told."""

    async def give_up(
        self, uow: UnitOfWork, lease: JobLease, code: FailureCode, *_: object
    ) -> None:
        """End the order with ``code``."""
        await uow.practice_papers.fail(lease.job.subject_id, code)

    async def _targets(
        self, source: SelectionSource, index: PointIndex
    ) -> tuple[str | None, tuple[Target, ...]]:
        if source.results is not None:
            analysis, diagnosis = source.results
            return source.subject, exam_targets(analysis, diagnosis, source.subject, index)
        lecture = source.job.request.lecture
        if lecture is None:
            raise PermanentFailure(FailureCode.NO_TEXT_FOUND)
        data = await self._blobs.read(lecture.blob_key)
        # CPU-bound: a thread keeps the event loop responsive.
        text = await asyncio.to_thread(self._read_lecture, data, lecture.media_type)
        return await asyncio.to_thread(_lecture_targets, text, source.subject, index)


def _lecture_targets(
    text: str, subject: str | None, index: PointIndex
) -> tuple[str | None, tuple[Target, ...]]:
    """Subject and points of a lecture."""
    found, points = lecture_points(text, subject, SUBJECTS, index, MOST_TARGETS)
    return found, tuple(target_of(point, found, index) for point in points)
