"""Corrections: what people have put right, applied by every analysis that follows."""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.corrections import Change, Correction
from shared.db.rows import to_document
from shared.db.tables import corrections


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
