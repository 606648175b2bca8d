"""Practice papers on order: leased, fenced and counted like the stages of an exam."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.failures import FailureCode
from shared.contract.practice import (
    PracticeFile,
    PracticeJob,
    PracticeOrder,
    PracticePaper,
    PracticeState,
    PracticeStep,
)
from shared.db.rows import to_document
from shared.db.tables import practice_papers

_TABLE = practice_papers
_OPEN = (PracticeState.PENDING, PracticeState.RUNNING)


@dataclass(frozen=True, slots=True)
class PracticeLease:
    """An order that was taken: ``token`` is the fence; attempts include the present one."""

    job: PracticeJob
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

    async def claim(self, step: PracticeStep, lease_seconds: float) -> PracticeLease | None:
        """Take the order whose ``step`` has been due longest, and count the attempt.

        An order whose lease ran out is due as well. That counts as a crash.
        """
        now = func.clock_timestamp()
        due = (
            select(_TABLE.c.id)
            .where(
                _TABLE.c.step == step,
                or_(
                    and_(_TABLE.c.state == PracticeState.PENDING, _TABLE.c.due_at <= now),
                    and_(_TABLE.c.state == PracticeState.RUNNING, _TABLE.c.lease_until < now),
                ),
            )
            .order_by(_TABLE.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = (
            await self._connection.execute(
                update(_TABLE)
                .where(_TABLE.c.id == due.scalar_subquery())
                .values(
                    state=PracticeState.RUNNING,
                    attempt=_TABLE.c.attempt + 1,
                    crashes=_TABLE.c.crashes
                    + case((_TABLE.c.state == PracticeState.RUNNING, 1), else_=0),
                    token=str(uuid4()),
                    lease_until=now + timedelta(seconds=lease_seconds),
                )
                .returning(_TABLE)
            )
        ).one_or_none()
        if row is None:
            return None
        return PracticeLease(to_document(PracticeJob, row), row.token, row.attempt, row.crashes)

    async def extend(self, lease: PracticeLease, lease_seconds: float) -> bool:
        """Heartbeat: prolong the lease; False when it is no longer ours."""
        until = func.clock_timestamp() + timedelta(seconds=lease_seconds)
        return await self._move(lease, {"lease_until": until})

    async def hand_over(self, lease: PracticeLease, paper: PracticePaper) -> bool:
        """Record the selection and make the drawing due; False when the lease was lost."""
        return await self._move(
            lease,
            {
                "step": PracticeStep.DRAWING,
                "state": PracticeState.PENDING,
                "paper": paper.model_dump(mode="json"),
                "attempt": 0,
                "crashes": 0,
                "token": None,
                "lease_until": None,
                "due_at": func.clock_timestamp(),
            },
        )

    async def finish(self, lease: PracticeLease, files: Sequence[PracticeFile]) -> bool:
        """Record the files: the order is ready. False when the lease was lost."""
        return await self._end(
            lease,
            PracticeState.READY,
            {"files": [file.model_dump(mode="json") for file in files]},
        )

    async def fail(self, lease: PracticeLease, code: FailureCode) -> bool:
        """End the order with a code; False when the lease was lost."""
        return await self._end(lease, PracticeState.FAILED, {"error_code": code})

    async def release(
        self, lease: PracticeLease, *, delay_seconds: float, is_attempt_counted: bool = True
    ) -> bool:
        """Give the step back, due after ``delay_seconds``; False when the lease was lost."""
        return await self._move(
            lease,
            {
                "state": PracticeState.PENDING,
                "attempt": lease.attempt - (not is_attempt_counted),
                "token": None,
                "lease_until": None,
                "due_at": func.clock_timestamp() + timedelta(seconds=delay_seconds),
            },
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
        return tuple(str(found) for found in rows.scalars())

    async def _end(
        self, lease: PracticeLease, state: PracticeState, values: dict[str, Any]
    ) -> bool:
        ended = {"state": state, "completed_at": func.clock_timestamp(), "lease_until": None}
        return await self._move(lease, {**ended, **values})

    async def _move(self, lease: PracticeLease, values: dict[str, Any]) -> bool:
        result = await self._connection.execute(
            update(_TABLE)
            .where(
                _TABLE.c.id == lease.job.id,
                _TABLE.c.step == lease.job.step,
                _TABLE.c.state == PracticeState.RUNNING,
                _TABLE.c.token == lease.token,
            )
            .values(**values)
        )
        return result.rowcount == 1
