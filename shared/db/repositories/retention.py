"""What is old enough to be forgotten."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.stages import TERMINAL
from shared.db.repositories.class_reports import ClassReports
from shared.db.tables import (
    batch_exams,
    dead_letters,
    erasures,
    events,
    exams,
    metadata,
    outbox,
    stage_tasks,
    webhook_deliveries,
)


class Retention:
    """Repository of what has outlived its use."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def forget_published(self, older_than_days: float, limit: int) -> int:
        """Remove messages that were published so long ago; returns how many."""
        old = (
            select(outbox.c.id)
            .where(outbox.c.published_at < _days_ago(older_than_days))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        result = await self._connection.execute(delete(outbox).where(outbox.c.id.in_(old)))
        return int(result.rowcount)

    async def forget_exams(self, older_than_days: float, limit: int) -> tuple[str, ...]:
        """Remove exams that ended so long ago with all their rows; returns their ids.

        The caller removes their blobs afterwards. Blobs without rows only cost space. Rows without
        blobs would name files that are gone.
        """
        old = (
            select(exams.c.id)
            .where(
                exams.c.status.in_(TERMINAL),
                exams.c.completed_at < _days_ago(older_than_days),
            )
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = await self._connection.execute(
            delete(exams).where(exams.c.id.in_(old)).returning(exams.c.id, exams.c.paper_id)
        )
        forgotten = rows.all()
        # In one order everywhere, so that two relays never wait for each other.
        for paper_id in sorted({row.paper_id for row in forgotten if row.paper_id is not None}):
            await ClassReports(self._connection).mark_stale(paper_id)
        return tuple(str(row.id) for row in forgotten)

    async def erase_again(self, exam_id: str, after_seconds: float) -> None:
        """Have the exam's files erased once more, when no worker can still be writing any."""
        due_at = func.clock_timestamp() + timedelta(seconds=after_seconds)
        await self._connection.execute(
            upsert(erasures)
            .values(exam_id=exam_id, due_at=due_at)
            .on_conflict_do_update(index_elements=["exam_id"], set_={"due_at": due_at})
        )

    async def due_erasures(self, limit: int) -> tuple[str, ...]:
        """Exams whose files are to be erased now."""
        query = (
            select(erasures.c.exam_id)
            .where(erasures.c.due_at < func.clock_timestamp())
            .limit(limit)
        )
        return tuple(str(found) for found in (await self._connection.execute(query)).scalars())

    async def end_erasure(self, exam_id: str) -> None:
        """The exam's files are gone for good."""
        await self._connection.execute(delete(erasures).where(erasures.c.exam_id == exam_id))

    async def erase_content(self, exam_id: str) -> None:
        """Remove every row that belongs to the exam but its own and those of its history."""
        kept = {exams, stage_tasks, events, outbox, dead_letters, batch_exams, webhook_deliveries}
        for table in metadata.sorted_tables:
            if "exam_id" in table.c and table not in kept:
                await self._connection.execute(delete(table).where(table.c.exam_id == exam_id))


def _days_ago(days: float) -> ColumnElement[datetime]:
    return func.clock_timestamp() - timedelta(days=days)
