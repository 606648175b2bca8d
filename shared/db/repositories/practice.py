"""Practice papers on order: leased, fenced and counted like the stages of an exam."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, case, delete, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.failures import FailureCode
from shared.contract.practice import (
    PracticeFile,
    PracticeJob,
    PracticeOrder,
    PracticePaper,
    PracticeState,
    PracticeStep,
    PracticeTask,
)
from shared.db.rows import to_document
from shared.db.tables import OUTBOX_FILLED, practice_papers

_TABLE = practice_papers
_OPEN = (PracticeState.PENDING, PracticeState.RUNNING)


@dataclass(frozen=True, slots=True)
class PracticeLease:
    """A step that was taken: ``token`` is the fence; attempts include the present one."""

    token: str
    attempt: int
    crashes: int


class PracticePapers:
    """Repository of practice papers on order."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, practice_id: str, tenant_id: str, order: PracticeOrder) -> PracticeJob:
        """Take an order; its first step is due at once."""
        row = (
            await self._connection.execute(
                insert(_TABLE)
                .values(
                    id=practice_id,
                    tenant_id=tenant_id,
                    exam_id=order.exam_id,
                    request=order.model_dump(mode="json"),
                    step=PracticeStep.SELECTION,
                )
                .returning(_TABLE)
            )
        ).one()
        await self._wake_relay()
        return to_document(PracticeJob, row)

    async def find(self, practice_id: str, *, tenant_id: str | None = None) -> PracticeJob | None:
        """The order, of ``tenant_id`` only where that is given, or None."""
        query = select(_TABLE).where(_TABLE.c.id == practice_id)
        if tenant_id is not None:
            query = query.where(_TABLE.c.tenant_id == tenant_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(PracticeJob, row)

    async def delete(self, practice_id: str, tenant_id: str) -> None:
        """Forget the order; whoever works on it finds its lease gone."""
        await self._connection.execute(
            delete(_TABLE).where(_TABLE.c.id == practice_id, _TABLE.c.tenant_id == tenant_id)
        )

    async def claim(self, task: PracticeTask, lease_seconds: float) -> PracticeLease | None:
        """Take the step when it is due and nobody holds it; counts the attempt."""
        now = func.clock_timestamp()
        row = (
            await self._connection.execute(
                update(_TABLE)
                .where(
                    _TABLE.c.id == task.practice_id,
                    _TABLE.c.step == task.step,
                    or_(
                        and_(_TABLE.c.state == PracticeState.PENDING, _TABLE.c.due_at <= now),
                        and_(_TABLE.c.state == PracticeState.RUNNING, _TABLE.c.lease_until < now),
                    ),
                )
                .values(
                    state=PracticeState.RUNNING,
                    attempt=_TABLE.c.attempt + 1,
                    crashes=_TABLE.c.crashes
                    + case((_TABLE.c.state == PracticeState.RUNNING, 1), else_=0),
                    token=str(uuid4()),
                    lease_until=now + timedelta(seconds=lease_seconds),
                )
                .returning(_TABLE.c.token, _TABLE.c.attempt, _TABLE.c.crashes)
            )
        ).one_or_none()
        return None if row is None else PracticeLease(*row)

    async def extend(self, task: PracticeTask, token: str, lease_seconds: float) -> bool:
        """Heartbeat: prolong the lease; False when it is no longer ours."""
        until = func.clock_timestamp() + timedelta(seconds=lease_seconds)
        return await self._move(task, token, {"lease_until": until})

    async def hand_over(self, task: PracticeTask, token: str, paper: PracticePaper) -> bool:
        """Record the selection and make the drawing due; False when the lease was lost."""
        is_ours = await self._move(
            task,
            token,
            {
                "step": PracticeStep.DRAWING,
                "state": PracticeState.PENDING,
                "paper": paper.model_dump(mode="json"),
                "attempt": 0,
                "crashes": 0,
                "token": None,
                "lease_until": None,
                "dispatched_at": None,
                "due_at": func.clock_timestamp(),
            },
        )
        if is_ours:
            await self._wake_relay()
        return is_ours

    async def finish(self, task: PracticeTask, token: str, files: Sequence[PracticeFile]) -> bool:
        """Record the files: the order is ready. False when the lease was lost."""
        return await self._end(
            task,
            token,
            PracticeState.READY,
            {"files": [file.model_dump(mode="json") for file in files]},
        )

    async def fail(self, task: PracticeTask, token: str, code: FailureCode) -> bool:
        """End the order with a code; False when the lease was lost."""
        return await self._end(task, token, PracticeState.FAILED, {"error_code": code})

    async def release(
        self, task: PracticeTask, token: str, *, delay_seconds: float, is_attempt_counted: bool
    ) -> bool:
        """Give the step back, due after ``delay_seconds``; False when the lease was lost."""
        attempt = _TABLE.c.attempt if is_attempt_counted else _TABLE.c.attempt - 1
        return await self._move(
            task,
            token,
            {
                "state": PracticeState.PENDING,
                "attempt": attempt,
                "token": None,
                "lease_until": None,
                "dispatched_at": None,
                "due_at": func.clock_timestamp() + timedelta(seconds=delay_seconds),
            },
        )

    async def take_due(self, limit: int, resend_seconds: float) -> tuple[PracticeTask, ...]:
        """Steps whose message has to be sent now; they count as dispatched.

        Due is what nobody was told of, what was told longer than ``resend_seconds`` ago without
        being begun, and what a worker held until its lease ran out: that counts as a crash.
        """
        now = func.clock_timestamp()
        is_lost = and_(_TABLE.c.state == PracticeState.RUNNING, _TABLE.c.lease_until < now)
        is_unsent = or_(
            _TABLE.c.dispatched_at.is_(None),
            _TABLE.c.dispatched_at < now - timedelta(seconds=resend_seconds),
        )
        is_waiting = and_(_TABLE.c.state == PracticeState.PENDING, _TABLE.c.due_at <= now)
        due = (
            select(_TABLE.c.id)
            .where(_TABLE.c.state.in_(_OPEN), or_(and_(is_waiting, is_unsent), is_lost))
            .order_by(_TABLE.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        was_running = _TABLE.c.state == PracticeState.RUNNING
        rows = await self._connection.execute(
            update(_TABLE)
            .where(_TABLE.c.id == due.c.id)
            .values(
                state=PracticeState.PENDING,
                crashes=_TABLE.c.crashes + case((was_running, 1), else_=0),
                token=None,
                lease_until=None,
                dispatched_at=now,
            )
            .returning(_TABLE.c.id, _TABLE.c.step)
        )
        return tuple(PracticeTask(practice_id=row.id, step=PracticeStep(row.step)) for row in rows)

    async def recall(self, tasks: Sequence[PracticeTask]) -> None:
        """Sending failed: let any relay take these steps at once."""
        await self._connection.execute(
            update(_TABLE)
            .where(
                _TABLE.c.id.in_([task.practice_id for task in tasks]),
                _TABLE.c.state == PracticeState.PENDING,
            )
            .values(dispatched_at=None)
        )

    async def forget(self, older_than_days: float, limit: int) -> tuple[str, ...]:
        """Erase ended orders of lectures, which no exam takes with it; returns their ids."""
        too_old = func.clock_timestamp() - timedelta(days=older_than_days)
        old = (
            select(_TABLE.c.id)
            .where(
                _TABLE.c.exam_id.is_(None),
                _TABLE.c.state.not_in(_OPEN),
                _TABLE.c.completed_at < too_old,
            )
            .limit(limit)
        )
        rows = await self._connection.execute(
            delete(_TABLE).where(_TABLE.c.id.in_(old)).returning(_TABLE.c.id)
        )
        return tuple(rows.scalars())

    async def _end(
        self, task: PracticeTask, token: str, state: PracticeState, values: dict[str, Any]
    ) -> bool:
        ended = {"state": state, "completed_at": func.clock_timestamp(), "lease_until": None}
        return await self._move(task, token, {**ended, **values})

    async def _move(self, task: PracticeTask, token: str, values: dict[str, Any]) -> bool:
        result = await self._connection.execute(
            update(_TABLE)
            .where(
                _TABLE.c.id == task.practice_id,
                _TABLE.c.step == task.step,
                _TABLE.c.state == PracticeState.RUNNING,
                _TABLE.c.token == token,
            )
            .values(**values)
        )
        return result.rowcount == 1

    async def _wake_relay(self) -> None:
        await self._connection.execute(select(func.pg_notify(OUTBOX_FILLED, literal(""))))
