"""Stage tasks: who may work on what, counted, leased and fenced."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.messages import StageTask
from shared.contract.stages import TERMINAL
from shared.db.rows import to_document
from shared.db.tables import exams, outbox, stage_tasks


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to record a task. ``token`` fences out everybody whose lease was given on."""

    token: str
    attempt: int
    due_at: datetime
    started_at: datetime


def _is(task: StageTask) -> ColumnElement[bool]:
    return and_(
        stage_tasks.c.exam_id == task.exam_id,
        stage_tasks.c.run == task.run,
        stage_tasks.c.stage == task.stage,
        stage_tasks.c.page == task.page,
    )


class Tasks:
    """Repository of stage tasks."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, task: StageTask) -> bool:
        """Create the task, due now; False when it is there already."""
        result = await self._connection.execute(
            insert(stage_tasks)
            .values(exam_id=task.exam_id, run=task.run, stage=task.stage, page=task.page)
            .on_conflict_do_nothing()
        )
        return result.rowcount == 1

    async def claim(self, task: StageTask, lease_seconds: float) -> Lease | None:
        """Take the task when it is due and nobody holds it; counts the attempt."""
        now = func.clock_timestamp()
        row = (
            await self._connection.execute(
                update(stage_tasks)
                .where(
                    _is(task),
                    or_(
                        and_(stage_tasks.c.state == "pending", stage_tasks.c.due_at <= now),
                        and_(stage_tasks.c.state == "running", stage_tasks.c.lease_until < now),
                    ),
                )
                .values(
                    state="running",
                    attempt=stage_tasks.c.attempt + 1,
                    token=str(uuid4()),
                    lease_until=now + timedelta(seconds=lease_seconds),
                    started_at=now,
                )
                .returning(
                    stage_tasks.c.token,
                    stage_tasks.c.attempt,
                    stage_tasks.c.due_at,
                    stage_tasks.c.started_at,
                )
            )
        ).one_or_none()
        return None if row is None else Lease(*row)

    async def extend(self, task: StageTask, token: str, lease_seconds: float) -> bool:
        """Heartbeat: prolong the lease; False when it is no longer ours or cancelled."""
        is_wanted = exists().where(
            exams.c.id == task.exam_id,
            exams.c.run == task.run,
            exams.c.status.not_in(TERMINAL),
            exams.c.is_cancel_requested.is_(False),
        )
        until = func.clock_timestamp() + timedelta(seconds=lease_seconds)
        result = await self._connection.execute(
            update(stage_tasks)
            .where(_is(task), self._held_by(token), is_wanted)
            .values(lease_until=until)
        )
        return result.rowcount == 1

    async def finish(self, task: StageTask, token: str, seconds: float) -> bool:
        """Mark the task done; False when the lease was lost, so nothing may be recorded."""
        result = await self._connection.execute(
            update(stage_tasks)
            .where(_is(task), self._held_by(token))
            .values(
                state="done", seconds=seconds, finished_at=func.clock_timestamp(), lease_until=None
            )
        )
        return result.rowcount == 1

    async def bury(self, task: StageTask, token: str) -> bool:
        """Mark the task dead, so that nobody takes it again; False when the lease was lost."""
        result = await self._connection.execute(
            update(stage_tasks)
            .where(_is(task), self._held_by(token))
            .values(state="dead", finished_at=func.clock_timestamp(), lease_until=None)
        )
        return result.rowcount == 1

    async def release(
        self, task: StageTask, token: str, *, delay_seconds: float, is_attempt_counted: bool
    ) -> bool:
        """Give the task back, due after ``delay_seconds``; False when the lease was lost."""
        attempt = stage_tasks.c.attempt if is_attempt_counted else stage_tasks.c.attempt - 1
        result = await self._connection.execute(
            update(stage_tasks)
            .where(_is(task), self._held_by(token))
            .values(
                state="pending",
                attempt=attempt,
                token=None,
                lease_until=None,
                due_at=func.clock_timestamp() + timedelta(seconds=delay_seconds),
            )
        )
        return result.rowcount == 1

    async def expired(self, limit: int) -> tuple[StageTask, ...]:
        """Take back up to ``limit`` tasks whose lease ran out; they become pending, due now."""
        due = (
            select(
                stage_tasks.c.exam_id,
                stage_tasks.c.run,
                stage_tasks.c.stage,
                stage_tasks.c.page,
            )
            .where(
                stage_tasks.c.state == "running",
                stage_tasks.c.lease_until < func.clock_timestamp(),
            )
            .order_by(stage_tasks.c.lease_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        rows = await self._connection.execute(
            update(stage_tasks)
            .where(
                stage_tasks.c.exam_id == due.c.exam_id,
                stage_tasks.c.run == due.c.run,
                stage_tasks.c.stage == due.c.stage,
                stage_tasks.c.page == due.c.page,
            )
            .values(state="pending", token=None, lease_until=None, due_at=func.clock_timestamp())
            .returning(due.c.exam_id, due.c.run, due.c.stage, due.c.page)
        )
        return tuple(_task(row) for row in rows)

    async def stranded(self, older_than_seconds: float, limit: int) -> tuple[StageTask, ...]:
        """Tasks due for long whose message was published and never arrived: the broker lost it.

        Their ``due_at`` becomes now, so that the next look waits as long again.
        """
        has_message_waiting = exists().where(
            outbox.c.exam_id == stage_tasks.c.exam_id,
            outbox.c.run == stage_tasks.c.run,
            outbox.c.stage == stage_tasks.c.stage,
            outbox.c.page == stage_tasks.c.page,
            or_(
                outbox.c.published_at.is_(None),
                outbox.c.published_at
                > func.clock_timestamp() - timedelta(seconds=older_than_seconds),
            ),
        )
        is_wanted = exists().where(
            exams.c.id == stage_tasks.c.exam_id,
            exams.c.run == stage_tasks.c.run,
            exams.c.status.not_in(TERMINAL),
        )
        lost = (
            select(
                stage_tasks.c.exam_id,
                stage_tasks.c.run,
                stage_tasks.c.stage,
                stage_tasks.c.page,
            )
            .where(
                stage_tasks.c.state == "pending",
                stage_tasks.c.due_at
                < func.clock_timestamp() - timedelta(seconds=older_than_seconds),
                ~has_message_waiting,
                is_wanted,
            )
            .order_by(stage_tasks.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("lost")
        )
        rows = await self._connection.execute(
            update(stage_tasks)
            .where(
                stage_tasks.c.exam_id == lost.c.exam_id,
                stage_tasks.c.run == lost.c.run,
                stage_tasks.c.stage == lost.c.stage,
                stage_tasks.c.page == lost.c.page,
            )
            .values(due_at=func.clock_timestamp())
            .returning(lost.c.exam_id, lost.c.run, lost.c.stage, lost.c.page)
        )
        return tuple(_task(row) for row in rows)

    async def seconds_by_stage(self, exam_id: str, run: int) -> dict[str, float]:
        """Seconds of work per stage in ``run``; pages of one stage are added up."""
        rows = await self._connection.execute(
            select(stage_tasks.c.stage, func.sum(stage_tasks.c.seconds))
            .where(
                stage_tasks.c.exam_id == exam_id,
                stage_tasks.c.run == run,
                stage_tasks.c.state == "done",
            )
            .group_by(stage_tasks.c.stage)
        )
        return {stage: round(float(seconds), 3) for stage, seconds in rows}

    @staticmethod
    def _held_by(token: str) -> ColumnElement[bool]:
        return and_(stage_tasks.c.state == "running", stage_tasks.c.token == token)


def _task(row: Row[Any]) -> StageTask:
    return to_document(StageTask, row)
