"""Corrections: what people have put right, applied by every analysis that follows."""

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.corrections import Change, Correction
from shared.db.rows import to_document
from shared.db.tables import corrections, exams


class RecentCorrection(Correction):
    """A correction with whose paper it is about."""

    student_ref: str | None
    paper_id: str | None


class Corrections:
    """Repository of corrections. They are added and never changed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, exam_id: str, run: int, ordinal: int, change: Change, key_id: str) -> None:
        """Record that the holder of ``key_id`` changed a question."""
        await self._connection.execute(
            insert(corrections).values(
                exam_id=exam_id,
                run=run,
                ordinal=ordinal,
                change=change.model_dump(mode="json", exclude_none=True),
                key_id=key_id,
            )
        )

    async def list(self, exam_id: str) -> tuple[Correction, ...]:
        """All corrections of an exam, oldest first."""
        query = (
            select(corrections).where(corrections.c.exam_id == exam_id).order_by(corrections.c.id)
        )
        return tuple(to_document(Correction, row) for row in await self._connection.execute(query))

    async def recent(self, tenant_id: str, limit: int) -> tuple[RecentCorrection, ...]:
        """What people last put right, newest first, without what was taken back."""
        later = corrections.alias("later")
        is_replaced = exists().where(
            later.c.exam_id == corrections.c.exam_id,
            later.c.ordinal == corrections.c.ordinal,
            later.c.id > corrections.c.id,
        )
        query = (
            select(corrections, exams.c.student_ref, exams.c.paper_id)
            .join(exams, exams.c.id == corrections.c.exam_id)
            .where(
                exams.c.tenant_id == tenant_id,
                corrections.c.change["is_undone"].is_(None),
                ~is_replaced,
            )
            .order_by(corrections.c.id.desc())
            .limit(limit)
        )
        return tuple(
            to_document(RecentCorrection, row) for row in await self._connection.execute(query)
        )
