"""Practice papers on order: what is asked for and what came of it. Jobs do the work."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, case, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.failures import FailureCode
from shared.contract.jobs import JobKind
from shared.contract.practice import (
    OPEN_ORDERS,
    PracticeFile,
    PracticeJob,
    PracticeOrder,
    PracticePaper,
    PracticeState,
    PracticeStep,
)
from shared.db.repositories.jobs import Jobs
from shared.db.rows import to_document
from shared.db.tables import JobState, jobs, practice_papers

_TABLE = practice_papers
_IS_OPEN = _TABLE.c.state.in_(OPEN_ORDERS)
#: The version before knows no cancelled orders and takes them for failed ones.
_STATE = case(
    (_TABLE.c.cancelled_at.is_not(None), literal(PracticeState.CANCELLED)),
    (
        and_(_IS_OPEN, jobs.c.state == JobState.RUNNING),
        literal(PracticeState.RUNNING),
    ),
    (_IS_OPEN, literal(PracticeState.PENDING)),
    else_=_TABLE.c.state,
).label("state")


class PracticePapers:
    """Repository of practice papers on order."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        practice_id: str,
        tenant_id: str,
        order: PracticeOrder,
        *,
        traceparent: str | None = None,
    ) -> PracticeJob:
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
        job = to_document(PracticeJob, row)
        await self.enqueue(job, traceparent=traceparent)
        return job

    async def enqueue(self, job: PracticeJob, *, traceparent: str | None = None) -> None:
        """Have the present step of ``job`` done."""
        await Jobs(self._connection).add(
            JobKind(job.step),
            job.id,
            job.tenant_id,
            priority=job.request.priority,
            traceparent=traceparent,
        )

    async def find(self, practice_id: str, *, tenant_id: str | None = None) -> PracticeJob | None:
        """The order, of ``tenant_id`` only where that is given, or None."""
        columns = [*(column for column in _TABLE.c if column.name != "state"), _STATE]
        query = (
            select(*columns)
            .outerjoin(jobs, and_(jobs.c.practice_id == _TABLE.c.id, jobs.c.kind == _TABLE.c.step))
            .where(_TABLE.c.id == practice_id)
        )
        if tenant_id is not None:
            query = query.where(_TABLE.c.tenant_id == tenant_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(PracticeJob, row)

    async def wanted(self, practice_id: str) -> PracticeJob | None:
        """The order when somebody waits for it, its row locked until the transaction ends."""
        lock = select(_TABLE.c.id).where(_TABLE.c.id == practice_id, _IS_OPEN).with_for_update()
        if (await self._connection.execute(lock)).one_or_none() is None:
            return None
        return await self.find(practice_id)

    async def delete(self, practice_id: str, tenant_id: str) -> None:
        """Forget the order with its jobs; whoever works on it finds its lease gone."""
        await self._connection.execute(
            delete(_TABLE).where(_TABLE.c.id == practice_id, _TABLE.c.tenant_id == tenant_id)
        )

    async def choose(self, practice_id: str, paper: PracticePaper) -> bool:
        """Record the selection: drawing follows. False when nobody waits for it."""
        values = {"step": PracticeStep.DRAWING, "paper": paper.model_dump(mode="json")}
        return await self._move(practice_id, PracticeStep.SELECTION, values)

    async def finish(self, practice_id: str, files: Sequence[PracticeFile]) -> bool:
        """Record the files: the order is ready. False when nobody waits for it."""
        values = {
            "state": PracticeState.READY,
            "files": [file.model_dump(mode="json") for file in files],
            "completed_at": func.clock_timestamp(),
        }
        return await self._move(practice_id, PracticeStep.DRAWING, values)

    async def fail(self, practice_id: str, code: FailureCode) -> bool:
        """End the order with a code. False when it has ended before."""
        values = {
            "state": PracticeState.FAILED,
            "error_code": code,
            "completed_at": func.clock_timestamp(),
        }
        return await self._move(practice_id, None, values)

    async def cancel(self, practice_id: str) -> bool:
        """End the order on request. False when it has ended before."""
        now = func.clock_timestamp()
        values = {"state": PracticeState.FAILED, "completed_at": now, "cancelled_at": now}
        return await self._move(practice_id, None, values)

    async def reopen(self, practice_id: str) -> bool:
        """Take up an order that failed or was cancelled at its present step; False for others."""
        result = await self._connection.execute(
            update(_TABLE)
            .where(_TABLE.c.id == practice_id, _TABLE.c.state == PracticeState.FAILED)
            .values(
                state=PracticeState.PENDING, error_code=None, completed_at=None, cancelled_at=None
            )
        )
        return result.rowcount == 1

    async def forget(self, older_than_days: float, limit: int) -> tuple[str, ...]:
        """Erase ended orders of lectures, which no exam takes with it; returns their ids."""
        too_old = func.clock_timestamp() - timedelta(days=older_than_days)
        old = (
            select(_TABLE.c.id)
            .where(
                _TABLE.c.exam_id.is_(None),
                ~_IS_OPEN,
                _TABLE.c.completed_at < too_old,
            )
            .limit(limit)
        )
        rows = await self._connection.execute(
            delete(_TABLE).where(_TABLE.c.id.in_(old)).returning(_TABLE.c.id)
        )
        return tuple(str(found) for found in rows.scalars())

    async def _move(
        self, practice_id: str, step: PracticeStep | None, values: dict[str, Any]
    ) -> bool:
        query = update(_TABLE).where(_TABLE.c.id == practice_id, _IS_OPEN)
        if step is not None:
            query = query.where(_TABLE.c.step == step)
        return (await self._connection.execute(query.values(**values))).rowcount == 1
