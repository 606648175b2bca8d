"""Which exam repeats which: judged between two exams, written once, never taken back."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.duplicates import Duplicate
from shared.contract.exams import Exam
from shared.contract.stages import RETRYABLE, TERMINAL, Status
from shared.db.rows import to_document
from shared.db.tables import batch_exams, exams


class Duplicates:
    """Repository of findings. An exam that was forced, or has ended, is never marked."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rivals(self, exam: Exam, exam_ids: Collection[str]) -> tuple[Exam, ...]:
        """Those of ``exam_ids`` that can be the same as ``exam``, earliest accepted first.

        They have not ended, and no declaration of theirs contradicts one of ``exam``. Where both
        name a paper or a student, it is the same one. Two places of a batch are two students.
        """
        ours, theirs = batch_exams.alias("ours"), batch_exams.alias("theirs")
        is_in_one_batch = (
            exists()
            .where(ours.c.exam_id == exam.id, theirs.c.exam_id == exams.c.id)
            .where(ours.c.batch_id == theirs.c.batch_id)
            .correlate(exams)
        )
        query = (
            self._of_tenant(exam)
            .where(
                exams.c.id.in_(exam_ids),
                exams.c.status.not_in((*RETRYABLE, Status.DUPLICATE)),
                exams.c.is_cancel_requested.is_(False),
                exams.c.duplicate_of.is_(None),
                ~is_in_one_batch,
                _agrees(exams.c.student_ref, exam.student_ref),
                _agrees(exams.c.paper_id, exam.paper_id),
            )
            .order_by(exams.c.created_at, exams.c.id)
        )
        rows = await self._connection.execute(query)
        return tuple(to_document(Exam, row) for row in rows)

    async def mark(self, exam: Exam, finding: Duplicate) -> bool:
        """Write down that ``exam`` repeats another; False when it has ended or is marked."""
        result = await self._connection.execute(
            update(exams)
            .where(
                exams.c.id == exam.id,
                exams.c.run == exam.run,
                exams.c.status.not_in(TERMINAL),
                exams.c.is_forced.is_(False),
                exams.c.duplicate_of.is_(None),
            )
            .values(duplicate_of=finding.of, duplicate_layer=finding.layer, updated_at=func.now())
        )
        return result.rowcount == 1

    async def of(self, exam: Exam) -> tuple[Exam, ...]:
        """The exams that ended as duplicates of ``exam``, earliest first."""
        query = (
            self._of_tenant(exam)
            .where(exams.c.duplicate_of == exam.id, exams.c.status == Status.DUPLICATE)
            .order_by(exams.c.created_at, exams.c.id)
        )
        rows = await self._connection.execute(query)
        return tuple(to_document(Exam, row) for row in rows)

    @staticmethod
    def _of_tenant(exam: Exam) -> Select[tuple[object, ...]]:
        return select(exams).where(exams.c.tenant_id == exam.tenant_id)


def _agrees(column: ColumnElement[str | None], declared: str | None) -> ColumnElement[bool]:
    """Whether two declarations can be of the same: at least one is missing, or both are equal."""
    return true() if declared is None else or_(column.is_(None), column == declared)
