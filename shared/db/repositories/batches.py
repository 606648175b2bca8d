"""Batches: exams that were submitted together, in their order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.batches import BatchOrder, BatchPart, BatchState, Refusal
from shared.contract.failures import FailureCode
from shared.contract.model import Document
from shared.contract.stages import Status
from shared.db.rows import to_document
from shared.db.tables import batch_exams, batches, exams


class Batch(Document):
    """A batch, or the preview of one. ``students`` is 0 until it is divided."""

    id: str
    tenant_id: str
    students: int
    created_at: datetime
    state: BatchState
    #: None once it is divided or refused.
    request: BatchOrder | None
    refusal: Refusal | None
    error_code: FailureCode | None
    is_preview: bool
    parts: tuple[BatchPart, ...] | None


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

    async def add(
        self, batch_id: str, tenant_id: str, order: BatchOrder, *, is_preview: bool = False
    ) -> Batch:
        """Take an order; the caller has its job done."""
        row = (
            await self._connection.execute(
                insert(batches)
                .values(
                    id=batch_id,
                    tenant_id=tenant_id,
                    students=0,
                    state=BatchState.DIVIDING,
                    request=order.model_dump(mode="json"),
                    is_preview=is_preview,
                )
                .returning(batches)
            )
        ).one()
        return to_document(Batch, row)

    async def find(
        self, batch_id: str, tenant_id: str, *, is_preview: bool = False, is_locked: bool = False
    ) -> Batch | None:
        """The tenant's batch, or the preview of one, or None."""
        query = select(batches).where(
            batches.c.id == batch_id,
            batches.c.tenant_id == tenant_id,
            batches.c.is_preview == is_preview,
        )
        if is_locked:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(Batch, row)

    async def wanted(self, batch_id: str) -> Batch | None:
        """The batch when somebody waits for its division, its row locked."""
        query = select(batches).where(
            batches.c.id == batch_id, batches.c.state == BatchState.DIVIDING
        )
        row = (await self._connection.execute(query.with_for_update())).one_or_none()
        return None if row is None else to_document(Batch, row)

    async def divide(self, batch_id: str, places: Sequence[BatchPlace]) -> bool:
        """Record the exams, which exist. False when nobody waits for them."""
        values = {"state": BatchState.DIVIDED, "request": None, "students": len(places)}
        if not await self._move(batch_id, BatchState.DIVIDING, values):
            return False
        await self._connection.execute(
            insert(batch_exams),
            [{"batch_id": batch_id, **place.model_dump()} for place in places],
        )
        return True

    async def name_parts(self, batch_id: str, parts: Sequence[BatchPart]) -> bool:
        """Record what a preview found. False when nobody waits for it."""
        values = {
            "state": BatchState.DIVIDED,
            "request": None,
            "students": len(parts),
            "parts": [part.model_dump() for part in parts],
        }
        return await self._move(batch_id, BatchState.DIVIDING, values)

    async def refuse(self, batch_id: str, refusal: Refusal) -> bool:
        """End the batch, because it cannot be divided. False when it has ended before."""
        values = {
            "state": BatchState.REFUSED,
            "request": None,
            "refusal": refusal.model_dump(mode="json"),
        }
        return await self._move(batch_id, BatchState.DIVIDING, values)

    async def fail(self, batch_id: str, code: FailureCode) -> bool:
        """End the batch with a code; it can be reopened. False when it has ended before."""
        values = {"state": BatchState.FAILED, "error_code": code}
        return await self._move(batch_id, BatchState.DIVIDING, values)

    async def cancel(self, batch_id: str) -> bool:
        """End the batch on request before it is divided. False when it has ended before."""
        values = {"state": BatchState.CANCELLED, "request": None}
        return await self._move(batch_id, BatchState.DIVIDING, values)

    async def reopen(self, batch_id: str) -> bool:
        """Take up a batch that failed; False for others."""
        values = {"state": BatchState.DIVIDING, "error_code": None}
        return await self._move(batch_id, BatchState.FAILED, values)

    async def forget(self, older_than_days: float, limit: int) -> tuple[str, ...]:
        """Remove previews, and batches that never became exams; returns their ids."""
        too_old = func.clock_timestamp() - timedelta(days=older_than_days)
        old = (
            select(batches.c.id)
            .where(
                or_(batches.c.is_preview, batches.c.state != BatchState.DIVIDED),
                batches.c.created_at < too_old,
                # A row of the version before may be without its exams for a moment.
                ~exists().where(batch_exams.c.batch_id == batches.c.id),
            )
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = await self._connection.execute(
            delete(batches).where(batches.c.id.in_(old)).returning(batches.c.id)
        )
        return tuple(str(found) for found in rows.scalars())

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

    async def _move(self, batch_id: str, state: BatchState, values: dict[str, Any]) -> bool:
        is_it = (batches.c.id == batch_id, batches.c.state == state)
        result = await self._connection.execute(update(batches).where(*is_it).values(**values))
        return result.rowcount == 1
