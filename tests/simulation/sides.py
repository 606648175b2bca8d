"""PostgreSQL and the model of it side by side: the same transactions, and all that is left of them.

What each side names in its own way (tokens, numbers of messages, times) is told in a way that both
have in common: in the order in which it was made, and by how far it is from now.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import text

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.db.database import Database
from shared.db.repositories.outbox import OutboxRow
from shared.db.repositories.stage_life import Claim, Finish, Lease
from shared.db.unit_of_work import UnitOfWork
from tests.simulation.database import ModelDatabase
from tests.simulation.server import ModelServer

Rows = dict[str, list[dict[str, Any]]]
Work = Callable[[UnitOfWork, "Side"], Awaitable[Any]]
#: Columns that are compared, of rows in the order of their keys.
COLUMNS = {
    "exams": "id run status progress pages_total pages_done is_cancel_requested error_code"
    " failed_stage event_sequence completed_at",
    "stage_tasks": "exam_id run stage page state attempt crashes crashes_alone is_alone lease_until"
    " due_at dispatched_at started_at finished_at",
    "outbox": "exam_id run stage page priority available_at claimed_until published_at",
    "events": "exam_id sequence run status progress stage page error_code",
    "dead_letters": "exam_id run stage page code resolution",
    "pages": "exam_id run number",
    "page_texts": "exam_id run number",
    "exam_identities": "tenant_id layer digest exam_id",
    "idempotency_keys": "tenant_id key held_until fingerprint",
}
_ORDER = {
    "outbox": "id",
    "dead_letters": "id",
    "stage_tasks": "exam_id, run, stage, page",
    "pages": "exam_id, run, number",
    "page_texts": "exam_id, run, number",
    "events": "exam_id, sequence",
}
_KEYS = {
    "stage_tasks": ("exam_id", "run", "stage", "page"),
    "events": ("exam_id", "sequence"),
    "pages": ("exam_id", "run", "number"),
    "page_texts": ("exam_id", "run", "number"),
    "exam_identities": ("tenant_id", "layer", "digest"),
    "idempotency_keys": ("tenant_id", "key"),
}
#: Columns that hold a time which a rule looks at.
_TIMES = {
    "stage_tasks": "lease_until due_at dispatched_at",
    "outbox": "available_at claimed_until published_at",
    "idempotency_keys": "held_until",
}


_TOLERANCE_SECONDS = 5.0
#: Times that no rule looks at: whether there is one is all that counts.
_MERE_TIMES = frozenset({"completed_at", "started_at", "finished_at"})


@dataclass(frozen=True, eq=False)
class Moment:
    """How far a time is from now. Both sides do a step within less than the tolerance."""

    seconds: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and abs(self.seconds - other.seconds) < _TOLERANCE_SECONDS

    __hash__ = None  # type: ignore[assignment]


class Side(Protocol):
    """One of the two."""

    database: Database
    #: Tokens of leases and holders of keys, in the order in which they were given.
    tokens: list[str]
    #: Messages that a relay holds.
    claimed: list[OutboxRow]

    async def rows(self, *tables: str) -> Rows:
        """The compared columns of all rows of each table, in order."""
        ...

    async def pass_time(self, seconds: float) -> None:
        """Let so much time pass."""
        ...

    def is_blocked(self, waiting: "asyncio.Task[Any]") -> Awaitable[bool]:
        """Whether a statement waits for another transaction; False once it has ended."""
        ...

    def number_of(self, row_id: int) -> int:
        """The place of a message among all messages."""
        ...


@dataclass
class RealSide:
    """PostgreSQL."""

    database: Database
    tokens: list[str] = field(default_factory=list)
    claimed: list[OutboxRow] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    async def rows(self, *tables: str) -> Rows:
        found = {}
        async with self.database.transaction() as uow:
            for table in tables:
                names = COLUMNS[table].split()
                order = _ORDER.get(table, ", ".join(names))
                query = f"SELECT *, clock_timestamp() AS the_time FROM {table} ORDER BY {order}"  # noqa: S608 -- our own names
                rows = (await uow.connection.execute(text(query))).mappings().all()
                found[table] = [_row(row, names, row["the_time"]) for row in rows]
                if table == "outbox":
                    self.numbers = [row["id"] for row in rows]
        return found

    async def pass_time(self, seconds: float) -> None:
        async with self.database.transaction() as uow:
            for table, columns in _TIMES.items():
                changes = ", ".join(
                    f"{c} = {c} - make_interval(secs => :s)" for c in columns.split()
                )
                await uow.connection.execute(text(f"UPDATE {table} SET {changes}"), {"s": seconds})  # noqa: S608 -- same
        passed = timedelta(seconds=seconds)
        self.claimed = [
            replace(row, claimed_until=row.claimed_until - passed) for row in self.claimed
        ]

    async def is_blocked(self, waiting: "asyncio.Task[Any]") -> bool:
        query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not waiting.done():
            async with self.database.transaction() as uow:
                if (await uow.connection.execute(query)).scalar_one():
                    return True
            await asyncio.wait({waiting}, timeout=0.005)
        return False

    def number_of(self, row_id: int) -> int:
        return self.numbers.index(row_id) if row_id in self.numbers else len(self.numbers)


class Ready:
    """A client that is never slow."""

    async def send(self) -> None:
        """At once."""

    async def answer(self) -> None:
        """At once."""


@dataclass
class ModelSide:
    """The model."""

    database: ModelDatabase = field(default_factory=lambda: ModelDatabase(ModelServer(), Ready()))
    tokens: list[str] = field(default_factory=list)
    claimed: list[OutboxRow] = field(default_factory=list)

    async def rows(self, *tables: str) -> Rows:
        return {table: list(self._rows(table)) for table in tables}

    def _rows(self, table: str) -> Iterator[dict[str, Any]]:
        server, names = self.database.server, COLUMNS[table].split()
        found = []
        for key, row in server.table(table).items():
            full = (
                row | dict(zip(_KEYS.get(table, ()), key, strict=True)) if table in _KEYS else row
            )
            if "task" in row:
                full = full | dict(zip(_KEYS["stage_tasks"], row["task"], strict=True))
            order = _ORDER.get(table, ", ".join(names)).split(", ")
            found.append(([full[column] for column in order], full))
        # Stages and statuses are ordered as the texts that they are in the table.
        found.sort(key=lambda pair: [_plain(value) for value in pair[0]])
        for _, row in found:
            yield _row(row, names, server.now())

    async def pass_time(self, seconds: float) -> None:
        self.database.server.advanced += timedelta(seconds=seconds)

    async def is_blocked(self, waiting: "asyncio.Task[Any]") -> bool:
        await asyncio.wait({waiting}, timeout=0.01)
        return not waiting.done()

    def number_of(self, row_id: int) -> int:
        ids = sorted(self.database.server.table("outbox"))
        return ids.index(row_id) if row_id in ids else len(ids)


def told_of(result: Any, side: Side) -> Any:
    """What a step returned, as both sides would say it."""
    if isinstance(result, tuple | list):
        return [told_of(part, side) for part in result]
    for kind, tell in _TELLERS.items():
        if isinstance(result, kind):
            return tell(result, side)
    return result


def _exam(exam: Exam) -> tuple[Any, ...]:
    return (str(exam.status), exam.run, exam.progress, exam.pages_total, exam.pages_done)


def _lease(lease: Lease | None, side: Side) -> tuple[Any, ...] | None:
    if lease is None:
        return None
    if lease.token not in side.tokens:
        side.tokens.append(lease.token)
    return (side.tokens.index(lease.token), lease.attempt, lease.crashes, lease.crashes_alone)


def _row(row: Mapping[str, Any], names: Sequence[str], now: datetime) -> dict[str, Any]:
    told = {name: _told(row[name], now) for name in names}
    return told | {name: row[name] is not None for name in _MERE_TIMES.intersection(names)}


def _told(value: Any, now: datetime) -> Any:
    if isinstance(value, datetime):
        return Moment((value - now).total_seconds())
    return _plain(value)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    return int(value) if isinstance(value, int) else str(value)


#: How what repositories return is told.
_TELLERS: dict[type, Callable[[Any, Side], Any]] = {
    Claim: lambda claim, side: (_exam(claim.exam), _lease(claim.lease, side)),
    Finish: lambda found, _: (_exam(found.exam), found.is_finished, found.may_go_on),
    Lease: _lease,
    Exam: lambda exam, _: _exam(exam),
    StageTask: lambda task, _: (task.exam_id, task.run, str(task.stage), task.page),
    OutboxRow: lambda row, side: (
        side.number_of(row.id),
        str(row.stage),
        row.priority,
        told_of(row.message, side),
    ),
    str: lambda text, side: ("token", side.tokens.index(text)) if text in side.tokens else text,
}
