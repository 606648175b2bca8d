"""What is old enough to be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Table, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.stages import TERMINAL
from shared.db.repositories.class_reports import ClassReports
from shared.db.tables import (
    batch_exams,
    batches,
    dead_letters,
    erasures,
    events,
    exams,
    metadata,
    outbox,
    practice_papers,
    stage_tasks,
    webhook_deliveries,
)

Folder = Literal["exams", "practice-papers", "batches"]

#: Whose files lie in a folder.
_OWNERS: dict[Folder, Table] = {
    "exams": exams,
    "practice-papers": practice_papers,
    "batches": batches,
}


@dataclass(frozen=True, slots=True)
class Erasure:
    """Files that are to be erased: all of ``owner_id`` below ``folder``."""

    owner_id: str
    folder: Folder

    @property
    def prefix(self) -> str:
        """The prefix of their keys."""
        return f"{self.folder}/{self.owner_id}/"


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

        The same transaction notes that their blobs are to be erased. Blobs without rows only cost
        space. Rows without blobs would name files that are gone.
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
        ids = tuple(str(row.id) for row in forgotten)
        for exam_id in ids:
            await self.erase_again(exam_id, 0.0)
        return ids

    async def erase_again(
        self, owner_id: str, after_seconds: float, *, folder: Folder = "exams"
    ) -> None:
        """Have the files below ``folder`` of ``owner_id`` erased, by whoever looks then.

        Once more when no worker can still be writing any, or because the rows went first.
        """
        due_at = func.clock_timestamp() + timedelta(seconds=after_seconds)
        await self._connection.execute(
            upsert(erasures)
            .values(exam_id=owner_id, folder=folder, due_at=due_at)
            .on_conflict_do_update(index_elements=["exam_id"], set_={"due_at": due_at})
        )

    async def due_erasures(self, limit: int) -> tuple[Erasure, ...]:
        """Whose files are to be erased now, those that have waited longest first."""
        query = (
            select(erasures.c.exam_id, erasures.c.folder)
            .where(erasures.c.due_at < func.clock_timestamp())
            .order_by(erasures.c.due_at)
            .limit(limit)
        )
        return tuple(Erasure(*row) for row in await self._connection.execute(query))

    async def unnamed(self, folder: Folder, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of ``ids`` that no row of an exam, of an order of its own or of a batch has."""
        table = _OWNERS[folder]
        found = await self._connection.execute(select(table.c.id).where(table.c.id.in_(ids)))
        named = {str(row) for row in found.scalars()}
        return tuple(owner_id for owner_id in ids if owner_id not in named)

    async def end_erasure(self, owner_id: str) -> None:
        """These files are gone for good."""
        await self._connection.execute(delete(erasures).where(erasures.c.exam_id == owner_id))

    async def erase_content(self, exam_id: str) -> None:
        """Remove every row that belongs to the exam but its own and those of its history."""
        kept = {exams, stage_tasks, events, outbox, dead_letters, batch_exams, webhook_deliveries}
        for table in metadata.sorted_tables:
            if "exam_id" in table.c and table not in kept:
                await self._connection.execute(delete(table).where(table.c.exam_id == exam_id))


def _days_ago(days: float) -> ColumnElement[datetime]:
    return func.clock_timestamp() - timedelta(days=days)
