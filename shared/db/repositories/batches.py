"""Batches: exams that were submitted together, in their order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.failures import FailureCode
from shared.contract.model import Document
from shared.contract.stages import Status
from shared.db.rows import to_document
from shared.db.tables import batch_exams, batches, exams


class Batch(Document):
    """A batch as submitted."""

    id: str
    tenant_id: str
    students: int
    created_at: datetime


class BatchPlace(Document):
    """Which exam stands at a place; ``duplicate_layer`` is set where it is an earlier one."""

    position: int
    exam_id: str
    duplicate_layer: int | None


class BatchExam(BatchPlace):
    """An exam of a batch with its present state."""

    student_ref: str | None
    status: Status
    progress: int
    error_code: FailureCode | None


class Batches:
    """Repository of batches."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock_tenant(self, tenant_id: str) -> None:
        """Let one batch of a tenant be written at a time, until the transaction ends.

        Two batches with the same papers in another order would otherwise wait for each other.
        """
        await self._connection.execute(
            select(func.pg_advisory_xact_lock(0x45584C42, func.hashtext(tenant_id)))
        )

    async def add(self, batch_id: str, tenant_id: str, places: Sequence[BatchPlace]) -> Batch:
        """Store a batch whose exams exist."""
        row = (
            await self._connection.execute(
                insert(batches)
                .values(id=batch_id, tenant_id=tenant_id, students=len(places))
                .returning(batches)
            )
        ).one()
        await self._connection.execute(
            insert(batch_exams),
            [{"batch_id": batch_id, **place.model_dump()} for place in places],
        )
        return to_document(Batch, row)

    async def find(self, batch_id: str, tenant_id: str) -> Batch | None:
        """The tenant's batch, or None."""
        query = select(batches).where(batches.c.id == batch_id, batches.c.tenant_id == tenant_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(Batch, row)

    async def exams(self, batch_id: str) -> tuple[BatchExam, ...]:
        """The batch's exams in order; those that were erased are missing."""
        query: Select[Any] = (
            select(
                batch_exams.c.position,
                batch_exams.c.exam_id,
                batch_exams.c.duplicate_layer,
                exams.c.student_ref,
                exams.c.status,
                exams.c.progress,
                exams.c.error_code,
            )
            .join(exams, exams.c.id == batch_exams.c.exam_id)
            .where(batch_exams.c.batch_id == batch_id)
            .order_by(batch_exams.c.position)
        )
        return tuple(to_document(BatchExam, row) for row in await self._connection.execute(query))
