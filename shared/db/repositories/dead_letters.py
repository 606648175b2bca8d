"""Dead letters: tasks that used up their attempts, kept until a person decides."""

import builtins
from datetime import datetime
from typing import Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.exams import Exam
from shared.contract.failures import FailureCode
from shared.contract.messages import StageTask
from shared.contract.model import Document
from shared.contract.stages import Stage
from shared.db.rows import to_document
from shared.db.tables import dead_letters


class DeadLetter(Document):
    """One exhausted task. ``error`` names the exception and where it rose, never its text."""

    id: int
    exam_id: str
    tenant_id: str
    run: int
    stage: Stage
    page: int
    code: FailureCode
    error: str
    message: StageTask
    created_at: datetime
    resolved_at: datetime | None
    resolution: Literal["replayed", "discarded"] | None


class DeadLetters:
    """Repository of dead letters."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, exam: Exam, task: StageTask, code: FailureCode, error: str) -> None:
        """Keep the message of ``task`` and why it died."""
        await self._connection.execute(
            insert(dead_letters).values(
                exam_id=exam.id,
                tenant_id=exam.tenant_id,
                run=task.run,
                stage=task.stage,
                page=task.page,
                code=code,
                error=error,
                message=task.model_dump(mode="json", exclude_none=True),
            )
        )

    async def list(self, *, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Unresolved dead letters, oldest first."""
        query = (
            select(dead_letters)
            .where(dead_letters.c.resolved_at.is_(None))
            .order_by(dead_letters.c.id)
            .limit(limit)
        )
        return tuple(to_document(DeadLetter, row) for row in await self._connection.execute(query))

    async def list_ids(self, code: FailureCode | None) -> builtins.list[int]:
        """All unresolved dead letters, or those of ``code``, oldest first."""
        query = select(dead_letters.c.id).where(dead_letters.c.resolved_at.is_(None))
        if code is not None:
            query = query.where(dead_letters.c.code == code)
        rows = await self._connection.execute(query.order_by(dead_letters.c.id))
        return [int(found) for found in rows.scalars()]

    async def find(self, letter_id: int) -> DeadLetter | None:
        """The dead letter, resolved or not, or None."""
        row = (
            await self._connection.execute(
                select(dead_letters).where(dead_letters.c.id == letter_id)
            )
        ).one_or_none()
        if row is None:
            return None
        return to_document(DeadLetter, row)

    async def resolve(self, letter_id: int, resolution: Literal["replayed", "discarded"]) -> bool:
        """Record what was decided; False when it was decided before."""
        result = await self._connection.execute(
            update(dead_letters)
            .where(dead_letters.c.id == letter_id, dead_letters.c.resolved_at.is_(None))
            .values(resolution=resolution, resolved_at=func.clock_timestamp())
        )
        return result.rowcount == 1
