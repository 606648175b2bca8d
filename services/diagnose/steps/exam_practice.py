"""The practice paper that comes with an exam's report."""

import asyncio
from dataclasses import dataclass

from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.points.tenant_index import TenantIndex
from services.diagnose.domain.practice.choice import PracticeWish, choose_items
from services.diagnose.domain.practice.grades import year_of
from services.diagnose.domain.practice.targets import (
    MOST_PER_POINT,
    exam_targets,
    points_of,
)
from services.diagnose.steps.ports import TenantIndexes
from shared.contract.bank import BankItem
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.exams import Exam
from shared.contract.practice import (
    DEFAULT_COUNT,
    PracticePaper,
)
from shared.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PracticeSource:
    """What an exam's practice paper is chosen from, and what is wished of it."""

    tenant: TenantIndex
    bank: tuple[BankItem, ...]
    wish: PracticeWish


class ExamPractice:
    """Chooses the practice paper that comes with an exam's report."""

    def __init__(self, points: TenantIndexes) -> None:
        self._points = points

    async def load(
        self, uow: UnitOfWork, exam: Exam, run: int, subject: str | None, analysis: Analysis
    ) -> PracticeSource:
        """The tenant's items for the points of this paper; a run's seed is always the same."""
        tenant = await self._points.look_up(uow, exam.tenant_id)
        points = points_of(analysis.questions)
        bank = await uow.bank.for_points(exam.tenant_id, points, each=MOST_PER_POINT)
        wish = PracticeWish(
            count=DEFAULT_COUNT,
            effort=None,
            language=exam.language,
            subject=subject,
            seed=f"{exam.id}:{run}",
            seen=tuple(question.stem for question in analysis.questions),
            year=year_of(exam.grade),
        )
        return PracticeSource(tenant, bank, wish)

    async def choose(
        self, source: PracticeSource, analysis: Analysis, diagnosis: Diagnosis
    ) -> PracticePaper:
        """A paper for the weak points. It has no items when nothing fits."""
        index = await self._points.index(source.tenant)
        # CPU-bound: a thread keeps the worker's event loop responsive.
        return await asyncio.to_thread(_for_exam, analysis, diagnosis, source, index)


def _for_exam(
    analysis: Analysis, diagnosis: Diagnosis, source: PracticeSource, index: PointIndex
) -> PracticePaper:
    """Items for the points that the student should practise."""
    targets = exam_targets(analysis, diagnosis, source.wish.subject, index)
    return choose_items(targets, source.bank, source.wish)
