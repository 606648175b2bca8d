"""What is old enough to be forgotten."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.stages import TERMINAL
from shared.db.repositories.class_reports import ClassReports
from shared.db.tables import exams, outbox


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

        Whoever asks removes their blobs afterwards: blobs without rows cost space, rows without
        blobs would be broken promises.
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


def _days_ago(days: float) -> ColumnElement[datetime]:
    return func.clock_timestamp() - timedelta(days=days)
