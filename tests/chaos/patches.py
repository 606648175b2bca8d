"""Protections, taken out one at a time, so that the chaos run can show that it would notice."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, update

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS
from shared.db.repositories.outbox import Outbox, OutboxRow
from shared.db.repositories.tasks import Tasks
from shared.db.tables import TaskState, stage_tasks
from shared.messaging.broker import build_broker, message_for
from shared.settings import ServiceSettings


def _is(task: StageTask) -> ColumnElement[bool]:
    return and_(
        stage_tasks.c.exam_id == task.exam_id,
        stage_tasks.c.run == task.run,
        stage_tasks.c.stage == task.stage,
        stage_tasks.c.page == task.page,
    )


async def unfenced_finish(self: Tasks, task: StageTask, token: str, seconds: float) -> bool:
    """Whoever computed may record, whether the lease is still theirs or not."""
    await self._connection.execute(
        update(stage_tasks).where(_is(task)).values(state=TaskState.DONE, seconds=seconds)
    )
    return True


def without_outbox() -> None:
    """Messages are sent at once, in the middle of the transaction."""
    broker: list[Any] = []

    async def add(self: Outbox, exam: Exam, task: StageTask, *, delay_seconds: float = 0.0) -> None:
        if not broker:
            broker.append(build_broker(ServiceSettings().amqp_url))
        row = OutboxRow(
            id=0,
            queue=SPECS[task.stage].queue,
            stage=task.stage,
            priority=exam.priority,
            message=task,
            available_at=exam.created_at,
            claimed_until=exam.created_at,
        )
        broker[0].enqueue(message_for(row))

    Outbox.add = add  # type: ignore[method-assign]


PATCHES: dict[str, Callable[[], None]] = {
    "outbox": without_outbox,
}
