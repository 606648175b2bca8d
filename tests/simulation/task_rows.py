"""The repositories of tasks and their leases, as the model of PostgreSQL has them.

An UPDATE looks at rows as they were when its statement began. It waits for those that somebody
changes meanwhile, and then asks once more. So a row that fits only afterwards is left out, as
PostgreSQL does it (READ COMMITTED).
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from shared.contract.messages import StageTask
from shared.contract.stages import TERMINAL, Stage
from shared.db.repositories.tasks import Tasks
from tests.simulation.server import Mode, Row, Transaction

TaskKey = tuple[str, int, Stage, int]


def key_of(task: StageTask) -> TaskKey:
    """The key of a task's row."""
    return (task.exam_id, task.run, task.stage, task.page)


def task_of(key: TaskKey) -> StageTask:
    """The task that a row is about."""
    exam_id, run, stage, page = key
    return StageTask(exam_id=exam_id, run=run, stage=stage, page=page)


async def lock_where(
    tx: Transaction, table: str, key: Any, fits: Callable[[Row], bool]
) -> Row | None:
    """The row, held by ``tx``, if it fits now and still does when it can be had."""
    row = tx.get(table, key)
    if row is None or not fits(row):
        return None
    row = await tx.lock(table, key)
    return row if row is not None and fits(row) else None


async def drop_unfinished(tx: Transaction, exam_id: str, run: int) -> None:
    """Two statements: the run's open tasks are dead, and its unsent messages gone."""

    def is_open(row: Row) -> bool:
        return row["state"] in {"pending", "running"}

    def is_unsent(row: Row) -> bool:
        return row["published_at"] is None

    async with tx.statement():
        for key, _ in list(tx.rows("stage_tasks")):
            if key[:2] == (exam_id, run) and await lock_where(tx, "stage_tasks", key, is_open):
                tx.change("stage_tasks", key, state="dead", lease_until=None)
    async with tx.statement():
        for number, row in list(tx.rows("outbox")):
            if (row["exam_id"], row["run"]) == (exam_id, run) and await lock_where(
                tx, "outbox", number, is_unsent
            ):
                await tx.lock("outbox", number, Mode.UPDATE)
                tx.remove("outbox", number)


class ModelTasks(Tasks):
    """``stage_tasks``, but for what ``stage_life`` does."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def extend(self, task: StageTask, token: str, lease_seconds: float) -> bool:
        async with self._tx.statement() as now:
            exam = self._tx.get("exams", task.exam_id)
            is_wanted = (
                exam is not None
                and exam["run"] == task.run
                and exam["status"] not in TERMINAL
                and not exam["is_cancel_requested"]
            )
            until = now + timedelta(seconds=lease_seconds)
            return is_wanted and await self._change_held(task, token, lease_until=until)

    async def tell_alone(self, task: StageTask, token: str) -> bool:
        async with self._tx.statement():
            return await self._change_held(task, token, is_alone=True)

    async def bury(self, task: StageTask, token: str) -> bool:
        async with self._tx.statement() as now:
            return await self._change_held(
                task, token, state="dead", finished_at=now, lease_until=None
            )

    async def release(
        self, task: StageTask, token: str, *, delay_seconds: float, is_attempt_counted: bool
    ) -> bool:
        async with self._tx.statement() as now:
            row = await self._held(task, token)
            if row is None:
                return False
            self._tx.change(
                "stage_tasks",
                key_of(task),
                state="pending",
                attempt=row["attempt"] - (not is_attempt_counted),
                token=None,
                lease_until=None,
                dispatched_at=None,
                due_at=now + timedelta(seconds=delay_seconds),
            )
            return True

    async def expired(self, limit: int) -> tuple[StageTask, ...]:
        async with self._tx.statement() as now:
            due = [
                (row["lease_until"], key)
                for key, row in self._tx.rows("stage_tasks")
                if _has_run_out(row, now)
            ]
            due.sort(key=lambda found: found[0])
            found = []
            for _, key in due[:limit]:
                if not self._tx.try_lock("stage_tasks", key):
                    continue
                row = self._tx.get("stage_tasks", key)
                assert row is not None
                self._tx.change(
                    "stage_tasks",
                    key,
                    state="pending",
                    crashes=row["crashes"] + 1,
                    crashes_alone=row["crashes_alone"] + row["is_alone"],
                    token=None,
                    lease_until=None,
                    due_at=now,
                    dispatched_at=None,
                )
                found.append(task_of(key))
            return tuple(found)

    async def dispatched(self, older_than_seconds: float) -> dict[Stage, int]:
        async with self._tx.statement() as now:
            too_old = now - timedelta(seconds=older_than_seconds)
            sent: dict[Stage, list[datetime]] = {}
            for key, row in self._tx.rows("stage_tasks"):
                if row["state"] == "pending" and row["dispatched_at"] is not None:
                    sent.setdefault(key[2], []).append(row["dispatched_at"])
            return {stage: len(at) for stage, at in sent.items() if min(at) < too_old}

    async def stranded(
        self, older_than_seconds: float, stages: Collection[Stage], limit: int
    ) -> tuple[StageTask, ...]:
        async with self._tx.statement() as now:
            too_old = now - timedelta(seconds=older_than_seconds)
            lost = [
                (row["dispatched_at"], key)
                for key, row in self._tx.rows("stage_tasks")
                if row["state"] == "pending"
                and key[2] in stages
                and row["dispatched_at"] is not None
                and row["dispatched_at"] < too_old
                and self._is_wanted(key)
            ]
            lost.sort(key=lambda found: found[0])
            found = []
            for _, key in lost[:limit]:
                if self._tx.try_lock("stage_tasks", key):
                    self._tx.change("stage_tasks", key, dispatched_at=None)
                    found.append(task_of(key))
            return tuple(found)

    async def absolve(self, task: StageTask, *, is_attempt_counted: bool = True) -> None:
        async with self._tx.statement():
            row = await lock_where(
                self._tx, "stage_tasks", key_of(task), lambda row: row["crashes"] > 0
            )
            if row is not None:
                self._tx.change(
                    "stage_tasks",
                    key_of(task),
                    crashes=row["crashes"] - 1,
                    crashes_alone=max(row["crashes_alone"] - 1, 0),
                    attempt=row["attempt"] - (not is_attempt_counted),
                )

    async def drop_unfinished(self, exam_id: str, run: int) -> None:
        await drop_unfinished(self._tx, exam_id, run)

    async def _held(self, task: StageTask, token: str) -> Row | None:
        return await lock_where(
            self._tx,
            "stage_tasks",
            key_of(task),
            lambda row: row["state"] == "running" and row["token"] == token,
        )

    async def _change_held(self, task: StageTask, token: str, **changes: Any) -> bool:
        if await self._held(task, token) is None:
            return False
        self._tx.change("stage_tasks", key_of(task), **changes)
        return True

    def _is_wanted(self, key: TaskKey) -> bool:
        exam = self._tx.get("exams", key[0])
        return exam is not None and exam["run"] == key[1] and exam["status"] not in TERMINAL


def _has_run_out(row: Row, now: datetime) -> bool:
    return row["state"] == "running" and row["lease_until"] < now
