"""The selection of practice papers: for an exam's run, and for orders of clients."""

import asyncio
from dataclasses import dataclass

from services.diagnose.adapters.lecture_text import lecture_text
from services.diagnose.adapters.taxonomy.taxonomy_files import SUBJECTS
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.domain.points.knowledge_points import PointIndex
from services.diagnose.domain.points.tenant_index import TenantIndex
from services.diagnose.domain.practice.choice import PracticeWish, choose_items
from services.diagnose.domain.practice.lecture_topics import lecture_points
from services.diagnose.domain.practice.targets import (
    MOST_TARGETS,
    Target,
    exam_targets,
    points_of,
    target_of,
)
from shared.contract.bank import BankItem
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.exams import Exam
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.practice import (
    DEFAULT_COUNT,
    PracticeJob,
    PracticePaper,
    PracticeStep,
)
from shared.db.database import Database
from shared.db.repositories.practice import PracticeLease
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore

#: Bank items that are looked at per point.
_EACH = 60


@dataclass(frozen=True, slots=True)
class PracticeSource:
    """What an exam's practice paper is chosen from, and how it shall be."""

    tenant: TenantIndex
    bank: tuple[BankItem, ...]
    wish: PracticeWish


class ExamPractice:
    """Chooses the practice paper that comes with an exam's report."""

    def __init__(self, points: TenantPoints) -> None:
        self._points = points

    async def load(
        self, uow: UnitOfWork, exam: Exam, run: int, analysis: Analysis
    ) -> PracticeSource:
        """The tenant's items for the points of this paper; a run's seed is always the same."""
        tenant = await self._points.look_up(uow, exam.tenant_id)
        points = points_of(analysis.questions)
        bank = await uow.bank.for_points(exam.tenant_id, points, each=_EACH)
        wish = PracticeWish(
            count=DEFAULT_COUNT,
            effort=None,
            language=exam.language,
            subject=await subject_of(uow, exam),
            seed=f"{exam.id}:{run}",
            seen=tuple(question.stem for question in analysis.questions),
        )
        return PracticeSource(tenant, bank, wish)

    async def choose(
        self, source: PracticeSource, analysis: Analysis, diagnosis: Diagnosis
    ) -> PracticePaper:
        """A paper for the weak points; without items where nothing fits."""
        index = await self._points.index(source.tenant)
        # CPU-bound: a thread keeps the worker's event loop responsive.
        return await asyncio.to_thread(for_exam, analysis, diagnosis, source, index)


def for_exam(
    analysis: Analysis, diagnosis: Diagnosis, source: PracticeSource, index: PointIndex
) -> PracticePaper:
    """Items for the points that the student should practise."""
    targets = exam_targets(analysis, diagnosis, source.wish.subject, index)
    return choose_items(targets, source.bank, source.wish)


@dataclass(frozen=True, slots=True)
class SelectionSource:
    """What an order is served from; ``results`` are of its exam, None for a lecture."""

    job: PracticeJob
    tenant: TenantIndex
    subject: str | None
    results: tuple[Analysis, Diagnosis] | None = None


class PracticeSelection:
    """The first step of an order: its knowledge points, and items for them."""

    step = PracticeStep.SELECTION

    def __init__(self, blobs: BlobStore, points: TenantPoints) -> None:
        self._blobs, self._points = blobs, points

    async def load(self, uow: UnitOfWork, job: PracticeJob) -> SelectionSource:
        """The exam's results where the order names one."""
        tenant = await self._points.look_up(uow, job.tenant_id)
        if job.exam_id is None:
            return SelectionSource(job, tenant, job.request.subject)
        exam = await uow.exams.get(job.exam_id)
        analysis = await uow.analyses.get(exam.id, exam.run)
        diagnosis = await uow.diagnoses.get(exam.id, exam.run)
        subject = job.request.subject or await subject_of(uow, exam)
        return SelectionSource(job, tenant, subject, (analysis, diagnosis))

    async def compute(self, database: Database, source: SelectionSource) -> PracticePaper:
        """The chosen paper. Raises PermanentFailure: ``no_topic_found``, ``no_practice_items``."""
        index = await self._points.index(source.tenant)
        subject, targets = await self._targets(source, index)
        if not targets:
            raise PermanentFailure(FailureCode.NO_TOPIC_FOUND)
        points = tuple(target.point for target in targets)
        async with database.transaction() as uow:
            bank = await uow.bank.for_points(source.job.tenant_id, points, each=_EACH)
        order = source.job.request
        seen: tuple[str, ...] = ()
        if source.results is not None:
            seen = tuple(question.stem for question in source.results[0].questions)
        wish = PracticeWish(
            order.count, order.difficulty, order.language, subject, source.job.id, seen
        )
        paper = await asyncio.to_thread(choose_items, targets, bank, wish)
        if not paper.items:
            raise PermanentFailure(FailureCode.NO_PRACTICE_ITEMS)
        return paper

    async def save(self, uow: UnitOfWork, lease: PracticeLease, paper: PracticePaper) -> bool:
        """Record the paper; its drawing is due."""
        return await uow.practice_papers.hand_over(lease, paper)

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
        return await asyncio.to_thread(
            lecture_targets, data, lecture.media_type, source.subject, index
        )


def lecture_targets(
    data: bytes, media_type: str, subject: str | None, index: PointIndex
) -> tuple[str | None, tuple[Target, ...]]:
    """Subject and points of a lecture file. Raises PermanentFailure when it cannot be read."""
    text = lecture_text(data, media_type)
    found, points = lecture_points(text, subject, SUBJECTS, index, MOST_TARGETS)
    return found, tuple(target_of(point, found, index) for point in points)


async def subject_of(uow: UnitOfWork, exam: Exam) -> str | None:
    """The declared subject, else the printed one, else the answer key's."""
    if exam.subject:
        return exam.subject
    paper = await uow.read_papers.find(exam.id, exam.run)
    if paper is not None and paper.metadata.subject:
        return paper.metadata.subject
    key = await uow.papers.key(exam.paper_id)
    return key.subject if key else None
