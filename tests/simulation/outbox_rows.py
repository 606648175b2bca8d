"""The outbox, as the model of PostgreSQL has it: the order in which messages are handed out."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from typing import Any

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Priority, Stage
from shared.db.repositories.outbox import DispatchRules, Outbox, OutboxRow
from shared.db.tables import OUTBOX_FILLED
from tests.simulation.server import Mode, Row, Transaction
from tests.simulation.task_rows import key_of

_MOST_OF_A_LINE = 100


async def add_message(
    tx: Transaction,
    exam: Row,
    task: StageTask,
    available_at: datetime,
    *,
    published_at: datetime | None = None,
) -> None:
    """Insert a row of the outbox. It refers to the exam and to the task, whose keys it shares."""
    await tx.lock("exams", exam["id"], Mode.KEY_SHARE)
    await tx.lock("stage_tasks", key_of(task), Mode.KEY_SHARE)
    row = {
        "exam_id": exam["id"],
        "run": task.run,
        "stage": task.stage,
        "task": key_of(task),
        "tenant_id": exam["tenant_id"],
        "priority": exam["priority"],
        "message": task,
        "available_at": available_at,
        "claimed_until": None,
        "published_at": published_at,
    }
    await tx.append("outbox", row)


@dataclass(frozen=True)
class _Due:
    """A message that may be handed out, with what decides about its turn."""

    id: int
    priority: int
    level: int
    tenant_id: str
    available_at: datetime
    places: int
    own_places: int


class ModelOutbox(Outbox):
    """``outbox``."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, exam: Exam, task: StageTask, *, delay_seconds: float = 0.0) -> None:
        async with self._tx.statement() as now:
            known = {"id": exam.id, "tenant_id": exam.tenant_id, "priority": exam.priority}
            await add_message(self._tx, known, task, now + timedelta(seconds=delay_seconds))
        async with self._tx.statement():
            self._tx.notify(OUTBOX_FILLED)

    async def add_again(self, task: StageTask) -> None:
        async with self._tx.statement() as now:
            exam = self._tx.get("exams", task.exam_id)
            if exam is not None:
                last = [row for _, row in self._tx.rows("outbox") if row["task"] == key_of(task)]
                latest = max(last, key=lambda row: row["id"], default=None)
                message = task if latest is None else latest["message"]
                due = now if latest is None else latest["available_at"]
                await add_message(self._tx, exam, message, due)
        async with self._tx.statement():
            self._tx.notify(OUTBOX_FILLED)

    async def claim(
        self,
        limit: int,
        hold_seconds: float,
        dispatch: DispatchRules,
        *,
        published: Collection[int] = (),
    ) -> tuple[OutboxRow, ...]:
        async with self._tx.statement() as now:
            ranked = _Ranking(self._tx, dispatch, frozenset(published), now)
            # SKIP LOCKED.
            taken = [d for d in ranked.chosen(limit) if self._tx.try_lock("outbox", d.id)]
            handed_out = tuple(self._hand_out(due, now, hold_seconds) for due in taken)
            # PostgreSQL leaves what nothing else of the statement reads until its end, and begins
            # there with what was named last.
            await self._mark_dispatched(handed_out, now)
            await self._note(published, now)
            return handed_out

    async def mark_published(self, ids: Sequence[int]) -> None:
        async with self._tx.statement() as now:
            for number in ids:
                if await self._tx.lock_if_there("outbox", number) is not None:
                    self._tx.change("outbox", number, published_at=now, claimed_until=None)

    async def unclaim(self, rows: Sequence[OutboxRow]) -> None:
        async with self._tx.statement():
            # What another transaction is claiming just now is not seen.
            ours = [claimed for claimed in rows if self._is_claimed(claimed)]
            for claimed in ours:
                found = await self._tx.lock("outbox", claimed.id)
                if found is None or not self._is_claimed(claimed):
                    continue
                self._tx.change("outbox", claimed.id, claimed_until=None)
                task = await self._tx.lock_if_there("stage_tasks", found["task"])
                if task is not None and task["state"] == "pending":
                    self._tx.change("stage_tasks", found["task"], dispatched_at=None)

    def _is_claimed(self, claimed: OutboxRow) -> bool:
        row = self._tx.get("outbox", claimed.id)
        return row is not None and row["claimed_until"] == claimed.claimed_until

    async def _note(self, published: Collection[int], now: datetime) -> None:
        for number in published:
            row = await self._tx.lock_if_there("outbox", number)
            if row is not None and row["published_at"] is None:
                self._tx.change("outbox", number, published_at=now, claimed_until=None)

    def _hand_out(self, due: _Due, now: datetime, hold_seconds: float) -> OutboxRow:
        until = now + timedelta(seconds=hold_seconds)
        row = self._tx.change("outbox", due.id, claimed_until=until)
        return OutboxRow(
            due.id,
            SPECS[row["stage"]].queue,
            row["stage"],
            due.level,
            row["message"],
            row["available_at"],
            until,
        )

    async def _mark_dispatched(self, handed_out: Sequence[OutboxRow], now: datetime) -> None:
        for row in handed_out:
            key = key_of(row.message)
            task = self._tx.get("stage_tasks", key)
            if task is not None and task["state"] == "pending":
                task = await self._tx.lock("stage_tasks", key)
                if task is not None and task["state"] == "pending":
                    self._tx.change("stage_tasks", key, dispatched_at=now)


class _Ranking:
    """What is due, in the order of DispatchRules."""

    def __init__(
        self,
        tx: Transaction,
        rules: DispatchRules,
        published: frozenset[int],
        now: datetime,
    ) -> None:
        self._tx, self._rules, self._now = tx, rules, now
        self._tasks = dict(tx.rows("stage_tasks"))
        #: Those that are noted in the same statement still count as a line.
        self._unsent = [row for _, row in tx.rows("outbox") if row["published_at"] is None]
        self._free = [
            row
            for row in self._unsent
            if row["available_at"] <= now
            and (row["claimed_until"] is None or row["claimed_until"] < now)
        ]
        self._published = published
        self._hand = list(self._in_hand())

    def chosen(self, limit: int) -> list[_Due]:
        """Those that are handed out now, the first first."""
        due = list(self._due())
        ranked: list[tuple[int, int, _Due]] = []
        for stage in dict.fromkeys(self._stage_of(d) for d in due):
            of_stage = [d for d in due if self._stage_of(d) is stage]
            turns = self._turns(stage, of_stage)
            of_stage.sort(key=lambda d: (-d.level, -d.priority, turns[d.id], d.id))
            place = {d.id: number for number, d in enumerate(of_stage, start=1)}
            of_stage.sort(key=lambda d: (-d.priority, -d.level, turns[d.id], d.id))
            for own_place, d in enumerate(of_stage, start=1):
                if place[d.id] <= d.places or own_place <= d.own_places:
                    ranked.append((-d.level, place[d.id], d))
        ranked.sort(key=lambda found: found[:2])
        return [d for _, _, d in ranked[:limit]]

    def _in_hand(self) -> Iterator[tuple[Any, Row, Row]]:
        for key, task in self._tasks.items():
            if task["dispatched_at"] is None or task["state"] not in {"pending", "running"}:
                continue
            exam = self._tx.get("exams", key[0])
            if exam is not None and exam["run"] == key[1]:
                yield key, task, exam

    def _due(self) -> Iterator[_Due]:
        lines = dict.fromkeys(
            (row["stage"], row["priority"], row["tenant_id"]) for row in self._unsent
        )
        for line in sorted(lines):
            stage, priority, _ = line
            hand = [(t, e) for key, t, e in self._hand if key[2] is stage]
            waiting = sum(t["state"] == "pending" for t, _ in hand)
            running = len(hand) - waiting
            above = sum(t["state"] == "pending" and e["priority"] >= priority for t, e in hand)
            places = max(self._rules.window, running) - waiting
            own_places = self._rules.window - above
            front = sorted(
                (row for row in self._free_of(line) if not self._is_suspect(row)),
                key=lambda row: (row["available_at"], row["id"]),
            )
            room = max(places, own_places, 0)
            chosen = front[: min(room, _MOST_OF_A_LINE)]
            if not any(t["crashes"] > 0 for t, _ in hand):
                chosen += [
                    row for row in self._free_of(line) if row["id"] == self._first_suspect(stage)
                ]
            for row in chosen:
                yield self._as_due(row, places, own_places)

    def _free_of(self, line: tuple[Stage, int, str]) -> list[Row]:
        return [
            row
            for row in self._free
            if (row["stage"], row["priority"], row["tenant_id"]) == line
            and row["id"] not in self._published
        ]

    def _is_suspect(self, row: Row) -> bool:
        task = self._tasks[row["task"]]
        return bool(task["crashes"] > 0 and task["state"] == "pending")

    def _first_suspect(self, stage: Stage) -> int | None:
        return min(
            (r["id"] for r in self._free if r["stage"] is stage and self._is_suspect(r)),
            default=None,
        )

    def _as_due(self, row: Row, places: int, own_places: int) -> _Due:
        waited = (self._now - row["available_at"]).total_seconds()
        risen = row["priority"] + floor(waited / self._rules.aging_seconds)
        level = max(row["priority"], min(int(Priority.HIGH), risen))
        return _Due(
            row["id"],
            row["priority"],
            level,
            row["tenant_id"],
            row["available_at"],
            places,
            own_places,
        )

    def _turns(self, stage: Stage, due: list[_Due]) -> dict[int, int]:
        load = Counter(e["tenant_id"] for key, _, e in self._hand if key[2] is stage)
        counted: Counter[tuple[str, int, int]] = Counter()
        turns = {}
        for d in sorted(due, key=lambda d: (d.available_at, d.id)):
            group = (d.tenant_id, d.level, d.priority)
            counted[group] += 1
            turns[d.id] = load[d.tenant_id] + counted[group]
        return turns

    def _stage_of(self, due: _Due) -> Stage:
        row = self._tx.get("outbox", due.id)
        assert row is not None
        stage: Stage = row["stage"]
        return stage
