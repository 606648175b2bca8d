"""Stage tasks that take another way than to be claimed and finished, which is ``stage_life``."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.messages import StageTask
from shared.contract.stages import TERMINAL, Stage
from shared.db.rows import to_document
from shared.db.tables import (
    OPEN_STATES,
    OUTBOX_FILLED,
    TaskState,
    exams,
    outbox,
    stage_tasks,
)

_IDENTITY = (
    stage_tasks.c.exam_id,
    stage_tasks.c.run,
    stage_tasks.c.stage,
    stage_tasks.c.page,
)


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

    async def tell_alone(self, task: StageTask, token: str) -> bool:
        """Note that the worker does nothing else from now on; False when the lease was lost."""
        result = await self._connection.execute(
            update(stage_tasks).where(_is(task), self._held_by(token)).values(is_alone=True)
        )
        return result.rowcount == 1

    async def bury(self, task: StageTask, token: str) -> bool:
        """Mark the task dead, so that nobody takes it again; False when the lease was lost."""
        result = await self._connection.execute(
            update(stage_tasks)
            .where(_is(task), self._held_by(token))
            .values(state=TaskState.DEAD, finished_at=func.clock_timestamp(), lease_until=None)
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
                state=TaskState.PENDING,
                attempt=attempt,
                token=None,
                lease_until=None,
                dispatched_at=None,
                due_at=func.clock_timestamp() + timedelta(seconds=delay_seconds),
            )
        )
        return result.rowcount == 1

    async def expired(self, limit: int) -> tuple[StageTask, ...]:
        """Take back up to ``limit`` tasks whose lease ran out; they become pending, due now.

        Each counts as a crash, because whoever held it has fallen silent, and as its own doing if
        its worker did nothing else.
        """
        due = (
            select(*_IDENTITY)
            .where(
                stage_tasks.c.state == TaskState.RUNNING,
                stage_tasks.c.lease_until < func.clock_timestamp(),
            )
            .order_by(stage_tasks.c.lease_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        rows = await self._connection.execute(
            update(stage_tasks)
            .where(*(stage_tasks.c[column.name] == due.c[column.name] for column in _IDENTITY))
            .values(
                state=TaskState.PENDING,
                crashes=stage_tasks.c.crashes + 1,
                crashes_alone=stage_tasks.c.crashes_alone
                + case((stage_tasks.c.is_alone, 1), else_=0),
                token=None,
                lease_until=None,
                due_at=func.clock_timestamp(),
                dispatched_at=None,
            )
            .returning(*due.c)
        )
        return tuple(to_document(StageTask, row) for row in rows)

    async def dispatched(self, older_than_seconds: float) -> dict[Stage, int]:
        """How many messages of each stage should be at the broker, or fetched and not begun.

        Only of stages with one that was dispatched so long ago.
        """
        too_old = func.clock_timestamp() - timedelta(seconds=older_than_seconds)
        rows = await self._connection.execute(
            select(stage_tasks.c.stage, func.count())
            .where(
                stage_tasks.c.state == TaskState.PENDING, stage_tasks.c.dispatched_at.is_not(None)
            )
            .group_by(stage_tasks.c.stage)
            .having(func.min(stage_tasks.c.dispatched_at) < too_old)
        )
        return {Stage(stage): int(count) for stage, count in rows}

    async def stranded(
        self, older_than_seconds: float, stages: Collection[Stage], limit: int
    ) -> tuple[StageTask, ...]:
        """Tasks whose message was dispatched long ago and never arrived: the broker lost it.

        From now on they count as not dispatched, so the caller has to send a new message.
        """
        is_wanted = exists().where(
            exams.c.id == stage_tasks.c.exam_id,
            exams.c.run == stage_tasks.c.run,
            exams.c.status.not_in(TERMINAL),
        )
        too_old = func.clock_timestamp() - timedelta(seconds=older_than_seconds)
        lost = (
            select(*_IDENTITY)
            .where(
                stage_tasks.c.state == TaskState.PENDING,
                stage_tasks.c.stage.in_(stages),
                stage_tasks.c.dispatched_at < too_old,
                is_wanted,
            )
            .order_by(stage_tasks.c.dispatched_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("lost")
        )
        rows = await self._connection.execute(
            update(stage_tasks)
            .where(*(stage_tasks.c[column.name] == lost.c[column.name] for column in _IDENTITY))
            .values(dispatched_at=None)
            .returning(*lost.c)
        )
        return tuple(to_document(StageTask, row) for row in rows)

    async def absolve(self, task: StageTask, *, is_attempt_counted: bool = True) -> None:
        """Take one crash back: the worker that was thought to have vanished is alive.

        Nobody remembers whether that one happened alone, so one of those is taken back as well. A
        task that does end its workers is never absolved.
        """
        attempt = stage_tasks.c.attempt if is_attempt_counted else stage_tasks.c.attempt - 1
        await self._connection.execute(
            update(stage_tasks)
            .where(_is(task), stage_tasks.c.crashes > 0)
            .values(
                crashes=stage_tasks.c.crashes - 1,
                crashes_alone=func.greatest(stage_tasks.c.crashes_alone - 1, 0),
                attempt=attempt,
            )
        )

    async def postpone(self, task: StageTask, rest_seconds: float) -> bool:
        """Let a task rest whose message nobody has sent yet; False when it is under way.

        It is due ``rest_seconds`` from now, however long it was to rest before.
        """
        due = func.statement_timestamp() + timedelta(seconds=rest_seconds)
        resting = await self._connection.execute(
            update(outbox)
            .where(
                outbox.c.exam_id == task.exam_id,
                outbox.c.run == task.run,
                outbox.c.stage == task.stage,
                outbox.c.page == task.page,
                outbox.c.published_at.is_(None),
                outbox.c.claimed_until.is_(None),
            )
            .values(available_at=due)
        )
        if resting.rowcount != 1:
            return False
        await self._connection.execute(
            update(stage_tasks)
            .where(_is(task), stage_tasks.c.state == TaskState.PENDING)
            .values(due_at=due)
        )
        await self._connection.execute(select(func.pg_notify(OUTBOX_FILLED, "")))
        return True

    async def drop_unfinished(self, exam_id: str, run: int) -> None:
        """Mark the run's unfinished tasks dead and drop their unsent messages.

        A worker that holds one learns at its next heartbeat, or at record, that nobody wants it.
        """
        await self._connection.execute(
            update(stage_tasks)
            .where(
                stage_tasks.c.exam_id == exam_id,
                stage_tasks.c.run == run,
                stage_tasks.c.state.in_(OPEN_STATES),
            )
            .values(state=TaskState.DEAD, lease_until=None)
        )
        await self._connection.execute(
            delete(outbox).where(
                outbox.c.exam_id == exam_id,
                outbox.c.run == run,
                outbox.c.published_at.is_(None),
            )
        )

    async def seconds_by_stage(self, exam_id: str, run: int) -> dict[str, float]:
        """Seconds of work per stage in ``run``; pages of one stage are added up."""
        rows = await self._connection.execute(
            select(stage_tasks.c.stage, func.sum(stage_tasks.c.seconds))
            .where(
                stage_tasks.c.exam_id == exam_id,
                stage_tasks.c.run == run,
                stage_tasks.c.state == TaskState.DONE,
            )
            .group_by(stage_tasks.c.stage)
        )
        return {stage: round(float(seconds), 3) for stage, seconds in rows}

    @staticmethod
    def _held_by(token: str) -> ColumnElement[bool]:
        return and_(stage_tasks.c.state == TaskState.RUNNING, stage_tasks.c.token == token)
