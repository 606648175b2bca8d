"""The outbox: messages that are due, committed together with the state that made them due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage
from shared.db.tables import exams, outbox

#: Channel that wakes the relay.
OUTBOX_FILLED = "outbox_filled"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message to publish; ``id`` becomes its message id, so that repeats can be recognised."""

    id: int
    queue: str
    stage: Stage
    priority: int
    message: StageTask


class Outbox:
    """Repository of the outbox."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, exam: Exam, task: StageTask, *, delay_seconds: float = 0.0) -> None:
        """Put the message for ``task`` in, to be published after ``delay_seconds``."""
        await self._connection.execute(
            insert(outbox).values(
                exam_id=exam.id,
                tenant_id=exam.tenant_id,
                run=task.run,
                stage=task.stage,
                page=task.page,
                queue=SPECS[task.stage].queue,
                priority=exam.priority,
                message=task.model_dump(mode="json", exclude_none=True),
                available_at=func.clock_timestamp() + timedelta(seconds=delay_seconds),
            )
        )
        await self._wake_relay()

    async def add_again(self, task: StageTask) -> None:
        """Put the message for ``task`` in once more, with its exam's present priority."""
        await self._connection.execute(
            insert(outbox).from_select(
                [
                    "exam_id",
                    "tenant_id",
                    "run",
                    "stage",
                    "page",
                    "queue",
                    "priority",
                    "message",
                ],
                select(
                    exams.c.id,
                    exams.c.tenant_id,
                    literal(task.run),
                    literal(task.stage),
                    literal(task.page),
                    literal(SPECS[task.stage].queue),
                    exams.c.priority,
                    literal(task.model_dump(mode="json", exclude_none=True), outbox.c.message.type),
                ).where(exams.c.id == task.exam_id),
            )
        )
        await self._wake_relay()

    async def claim(self, limit: int, hold_seconds: float) -> tuple[OutboxRow, ...]:
        """Take up to ``limit`` due messages for ``hold_seconds``, most urgent and oldest first.

        A claim that lapses (its relay died between publishing and marking) is taken again: a
        message may be published twice, never not at all.
        """
        now = func.clock_timestamp()
        due = (
            select(outbox.c.id)
            .where(
                outbox.c.published_at.is_(None),
                outbox.c.available_at <= now,
                or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until < now),
            )
            .order_by(outbox.c.priority.desc(), outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        rows = await self._connection.execute(
            update(outbox)
            .where(outbox.c.id == due.c.id)
            .values(claimed_until=now + timedelta(seconds=hold_seconds))
            .returning(
                outbox.c.id, outbox.c.queue, outbox.c.stage, outbox.c.priority, outbox.c.message
            )
        )
        claimed = [
            OutboxRow(id_, queue, Stage(stage), priority, StageTask.model_validate(message))
            for id_, queue, stage, priority, message in rows
        ]
        return tuple(sorted(claimed, key=lambda row: (-row.priority, row.id)))

    async def mark_published(self, ids: Sequence[int]) -> None:
        """The broker has confirmed these messages."""
        await self._connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids))
            .values(published_at=func.clock_timestamp(), claimed_until=None)
        )

    async def unclaim(self, ids: Sequence[int]) -> None:
        """Publishing failed: let any relay take these messages at once."""
        await self._connection.execute(
            update(outbox).where(outbox.c.id.in_(ids)).values(claimed_until=None)
        )

    async def lag(self) -> tuple[int, float]:
        """How many due messages wait, and for how many seconds the oldest has."""
        age = func.extract("epoch", func.clock_timestamp() - func.min(outbox.c.available_at))
        row = (
            await self._connection.execute(
                select(func.count(), age).where(
                    outbox.c.published_at.is_(None),
                    outbox.c.available_at <= func.clock_timestamp(),
                )
            )
        ).one()
        return int(row[0]), float(row[1] or 0.0)

    async def _wake_relay(self) -> None:
        await self._connection.execute(select(func.pg_notify(OUTBOX_FILLED, literal(""))))
