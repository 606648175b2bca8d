"""What is unfinished and what was finished last: the facts behind estimates of remaining time."""

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.model import Document
from shared.contract.stages import SPECS, TERMINAL, Priority, Stage, Status
from shared.db.rows import to_document
from shared.db.tables import IS_RUNNING, exams, stage_tasks

_UNFINISHED = tuple(status for status in Status if status not in TERMINAL)
#: The newest spans of work of each stage. An index finds them.
_FINISHED = text(
    """
    SELECT stages.stage, recent.due_at, recent.started_at, recent.finished_at
    FROM unnest(CAST(:stages AS text[])) AS stages(stage)
    CROSS JOIN LATERAL (
      SELECT due_at, started_at, finished_at FROM stage_tasks
      WHERE state = 'done' AND stage_tasks.stage = stages.stage
        AND started_at IS NOT NULL AND finished_at IS NOT NULL
      ORDER BY finished_at DESC LIMIT :limit
    ) AS recent
    """
)


class UnfinishedExam(Document):
    """An exam that work remains for. ``pages_total`` is 0 until its pages are made."""

    id: str
    tenant_id: str
    priority: Priority
    created_at: datetime
    status: Status
    pages_total: int
    pages_done: int


class FinishedTask(Document):
    """When a task could have begun, began and ended."""

    stage: Stage
    due_at: datetime
    started_at: datetime
    finished_at: datetime


class Workload:
    """Repository of work that waits and work that was done. It only reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def unfinished(self, limit: int) -> tuple[UnfinishedExam, ...]:
        """Exams of all tenants that have not ended, oldest first."""
        query = (
            select(*(exams.c[name] for name in UnfinishedExam.model_fields))
            .where(exams.c.status.in_(_UNFINISHED))
            .order_by(exams.c.created_at)
            .limit(limit)
        )
        rows = await self._connection.execute(query)
        return tuple(to_document(UnfinishedExam, row) for row in rows)

    async def finished(self, per_stage: int) -> tuple[FinishedTask, ...]:
        """The tasks that each stage finished last."""
        values = {"stages": [stage.value for stage in SPECS], "limit": per_stage}
        rows = await self._connection.execute(_FINISHED, values)
        return tuple(to_document(FinishedTask, row) for row in rows)

    async def running(self) -> dict[Stage, int]:
        """Tasks of each stage that are being worked on."""
        task = stage_tasks.c
        query = select(task.stage, func.count()).where(IS_RUNNING).group_by(task.stage)
        rows = await self._connection.execute(query)
        return {Stage(stage): count for stage, count in rows}

    async def now(self) -> datetime:
        """The time on the database's clock. All times above are of this clock."""
        query = select(func.clock_timestamp())
        found: datetime = (await self._connection.execute(query)).scalar_one()
        return found
