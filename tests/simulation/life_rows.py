"""The statements of a task's life, and idempotency keys, as the model of PostgreSQL has them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import PROGRESS, SPECS, TERMINAL, Stage, Status
from shared.db.repositories.idempotency import KEPT, IdempotencyKeys, KeptAnswer
from shared.db.repositories.stage_life import Claim, Finish, HandOn, Lease, StageLife
from shared.db.tables import OUTBOX_FILLED
from tests.simulation.exam_rows import exam_of, tell
from tests.simulation.model_rows import new_task
from tests.simulation.outbox_rows import add_message
from tests.simulation.server import Mode, Row, Transaction
from tests.simulation.task_rows import key_of


class ModelStageLife(StageLife):
    """The hot path."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def create(self, exam: Exam, tasks: Sequence[StageTask]) -> None:
        async with self._tx.statement():
            for task in tasks:
                now = self._tx.server.now()
                if await self._tx.insert("stage_tasks", key_of(task), new_task(now)):
                    await add_message(self._tx, exam_of_id(exam), task, now)
                    self._tx.notify(OUTBOX_FILLED)

    async def claim(
        self, task: StageTask, lease_seconds: float, *, max_crashes: int | None = None
    ) -> Claim | None:
        spec, key = SPECS[task.stage], key_of(task)
        limit = spec.max_crashes if max_crashes is None else max_crashes
        async with self._tx.statement() as now:
            before = self._tx.get("stage_tasks", key)
            row = await self._tx.lock_if_there("exams", task.exam_id)
            if row is None:
                return None
            may_begin = (
                row["run"] == task.run
                and row["status"] in spec.claimable_from
                and not row["is_cancel_requested"]
                and (row["duplicate_of"] is None or row["duplicate_layer"] is None)
            )
            # A task that somebody made while the exam was waited for is not seen.
            if not may_begin or before is None or not self.is_free(before, now):
                return Claim(exam_of(row), None)
            taken_at = self._tx.server.now()
            found = await self._tx.lock("stage_tasks", key)
            if found is None or not self.is_free(found, taken_at):
                return Claim(exam_of(row), None)
            lease = self._lease(key, found, taken_at, lease_seconds)
            if row["status"] != spec.working and lease.crashes_alone < limit:
                row = self._move(row, spec.working, task.stage)
            await self._note_arrival(task, taken_at)
            return Claim(exam_of(row), lease)

    async def finish(
        self,
        task: StageTask,
        token: str,
        seconds: float,
        *,
        successor: Stage | None = None,
        served: Collection[Stage] = (),
    ) -> Finish | None:
        key = key_of(task)
        async with self._tx.statement() as now:
            before = self._tx.get("stage_tasks", key)
            may_go_on = successor is not None and self._is_nobody_passed_over(
                task, successor, served, now
            )
            row = await self._tx.lock_if_there("exams", task.exam_id)
            if row is None:
                return None
            is_finished = False
            if row["run"] == task.run and row["status"] not in TERMINAL:
                is_finished = (
                    before is not None
                    and self.is_held(before, token)
                    and (found := await self._tx.lock("stage_tasks", key)) is not None
                    and self.is_held(found, token)
                )
            if is_finished:
                self._tx.change(
                    "stage_tasks",
                    key,
                    state="done",
                    seconds=seconds,
                    finished_at=self._tx.server.now(),
                    lease_until=None,
                )
            return Finish(exam_of(row), is_finished, may_go_on)

    async def hand_on(self, exam: Exam, following: HandOn) -> tuple[Exam, Lease | None]:
        moves, tasks = following.moves, following.tasks
        token = None if following.lease_seconds is None else self._tx.server.new_token()
        async with self._tx.statement() as now:
            row = await self._tx.lock("exams", exam.id)
            assert row is not None
            for move in moves:
                row = {
                    **row,
                    "status": move.status,
                    "progress": move.progress,
                    "event_sequence": row["event_sequence"] + 1,
                }
                tell(self._tx, row, stage=move.stage, page=move.page, error_code=None)
            is_over = moves[-1].status in TERMINAL
            counted = {"pages_total": following.pages_total, "pages_done": following.pages_done}
            ended = {"completed_at": now} if is_over else {}
            row = self._tx.put("exams", exam.id, {**row, **counted, **ended, "updated_at": now})
            for task in tasks:
                begun = self._tx.server.now()
                await self._create_next(row, task, begun, token, following.lease_seconds)
            if is_over:
                await self._drop_unclaimed(exam)
            lease = None if token is None else Lease(token, 1, 0, 0, now, now)
            return exam_of(row), lease

    @staticmethod
    def is_free(row: Row, now: datetime) -> bool:
        """Whether nobody holds the task, and it is due."""
        if row["state"] == "pending":
            return bool(row["due_at"] <= now)
        return bool(row["state"] == "running" and row["lease_until"] < now)

    @staticmethod
    def is_held(row: Row, token: str) -> bool:
        """Whether whoever has ``token`` holds the task."""
        return bool(row["state"] == "running" and row["token"] == token)

    def _lease(self, key: Any, row: Row, now: datetime, lease_seconds: float) -> Lease:
        was_running = row["state"] == "running"
        token = self._tx.server.new_token()
        held = self._tx.change(
            "stage_tasks",
            key,
            state="running",
            attempt=row["attempt"] + 1,
            crashes=row["crashes"] + was_running,
            crashes_alone=row["crashes_alone"] + (was_running and row["is_alone"]),
            is_alone=False,
            token=token,
            lease_until=now + timedelta(seconds=lease_seconds),
            started_at=now,
        )
        return Lease(
            token, held["attempt"], held["crashes"], held["crashes_alone"], row["due_at"], now
        )

    def _move(self, row: Row, status: Status, stage: Stage) -> Row:
        moved = self._tx.change(
            "exams",
            row["id"],
            status=status,
            progress=max(row["progress"], PROGRESS[status]),
            event_sequence=row["event_sequence"] + 1,
            updated_at=self._tx.server.now(),
        )
        tell(self._tx, moved, stage=stage, page=None, error_code=None)
        return moved

    async def _note_arrival(self, task: StageTask, now: datetime) -> None:
        """A message that arrived was published. Whoever waits for its place is told."""

        def has_arrived(row: Row) -> bool:
            return row["published_at"] is None and row["claimed_until"] is not None

        waiting = False
        for number, row in list(self._tx.rows("outbox")):
            if row["published_at"] is None and row["claimed_until"] is None:
                waiting = waiting or row["stage"] is task.stage
            if row["task"] == key_of(task) and has_arrived(row):
                found = await self._tx.lock("outbox", number)
                if found is not None and has_arrived(found):
                    self._tx.change("outbox", number, published_at=now, claimed_until=None)
        if waiting:
            self._tx.notify(OUTBOX_FILLED)

    def _is_nobody_passed_over(
        self, task: StageTask, successor: Stage, served: Collection[Stage], now: datetime
    ) -> bool:
        priority = self._tx.get("exams", task.exam_id)
        mine = -1 if priority is None else priority["priority"]
        for key, row in self._tx.rows("stage_tasks"):
            exam = self._tx.get("exams", key[0])
            if row["state"] != "pending" or exam is None or exam["run"] != key[1]:
                continue
            if key[2] is successor and row["due_at"] <= now:
                return False
            if row["dispatched_at"] is not None and key[2] in served and exam["priority"] > mine:
                return False
        return not any(
            row["published_at"] is None and row["stage"] in served and row["priority"] > mine
            for _, row in self._tx.rows("outbox")
        )

    async def _create_next(
        self, exam: Row, task: StageTask, now: datetime, token: str | None, seconds: float | None
    ) -> None:
        row = new_task(now)
        if token is not None:
            row |= {
                "state": "running",
                "attempt": 1,
                "token": token,
                "lease_until": now + timedelta(seconds=seconds or 0.0),
                "started_at": now,
                "dispatched_at": now,
            }
        if not await self._tx.insert("stage_tasks", key_of(task), row):
            return
        await add_message(self._tx, exam, task, now, published_at=None if token is None else now)
        if token is None:
            self._tx.notify(OUTBOX_FILLED)

    async def _drop_unclaimed(self, exam: Exam) -> None:
        for number, row in list(self._tx.rows("outbox")):
            is_unsent = row["published_at"] is None and row["claimed_until"] is None
            if (row["exam_id"], row["run"]) == (exam.id, exam.run) and is_unsent:
                await self._tx.lock("outbox", number, Mode.UPDATE)
                self._tx.remove("outbox", number)


def exam_of_id(exam: Exam) -> Row:
    """What a message needs to know of an exam."""
    return {"id": exam.id, "tenant_id": exam.tenant_id, "priority": exam.priority}


class ModelIdempotencyKeys(IdempotencyKeys):
    """``idempotency_keys``."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def take(self, tenant_id: str, key: str, hold_seconds: float) -> str | None:
        async with self._tx.statement():
            row = await self._tx.lock("idempotency_keys", (tenant_id, key))
            now = self._tx.server.now()
            if row is not None:
                is_abandoned = row["fingerprint"] is None and row["held_until"] < now
                if not is_abandoned and row["created_at"] >= now - KEPT:
                    return None
            holder = self._tx.server.new_token()
            fresh = {
                "holder": holder,
                "held_until": now + timedelta(seconds=hold_seconds),
                "fingerprint": None,
                "answer": None,
                "created_at": now,
            }
            self._tx.put("idempotency_keys", (tenant_id, key), fresh)
            return holder

    async def find(self, tenant_id: str, key: str) -> KeptAnswer | None:
        async with self._tx.statement():
            row = self._tx.get("idempotency_keys", (tenant_id, key))
        if row is None:
            return None
        return KeptAnswer(fingerprint=row["fingerprint"], answer=row["answer"])

    async def hold(self, tenant_id: str, key: str, holder: str, hold_seconds: float) -> None:
        async with self._tx.statement() as now:
            row = await self._mine(tenant_id, key, holder)
            if row is not None and row["fingerprint"] is None:
                until = now + timedelta(seconds=hold_seconds)
                self._tx.change("idempotency_keys", (tenant_id, key), held_until=until)

    async def forget(self, tenant_id: str, key: str, fingerprint: str) -> None:
        async with self._tx.statement():
            row = await self._tx.lock_if_there("idempotency_keys", (tenant_id, key), Mode.UPDATE)
            if row is not None and row["fingerprint"] == fingerprint:
                self._tx.remove("idempotency_keys", (tenant_id, key))

    async def finish(
        self, tenant_id: str, key: str, holder: str, fingerprint: str, answer: dict[str, Any]
    ) -> bool:
        async with self._tx.statement():
            if await self._mine(tenant_id, key, holder) is None:
                return False
            self._tx.change(
                "idempotency_keys", (tenant_id, key), fingerprint=fingerprint, answer=answer
            )
            return True

    async def release(self, tenant_id: str, key: str, holder: str) -> None:
        async with self._tx.statement():
            row = await self._mine(tenant_id, key, holder)
            if row is not None and row["fingerprint"] is None:
                await self._tx.lock("idempotency_keys", (tenant_id, key), Mode.UPDATE)
                self._tx.remove("idempotency_keys", (tenant_id, key))

    async def forget_old(self, limit: int) -> None:
        async with self._tx.statement() as now:
            old = [
                key
                for key, row in self._tx.rows("idempotency_keys")
                if row["created_at"] < now - KEPT
            ]
            for key in old[:limit]:
                if self._tx.try_lock("idempotency_keys", key, Mode.UPDATE):
                    self._tx.remove("idempotency_keys", key)

    async def _mine(self, tenant_id: str, key: str, holder: str) -> Row | None:
        row = await self._tx.lock_if_there("idempotency_keys", (tenant_id, key))
        return row if row is not None and row["holder"] == holder else None
