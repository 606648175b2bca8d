"""A model of PostgreSQL as this system uses it: rows, row locks and READ COMMITTED transactions.

Statements see what is committed when they begin, and what their own transaction wrote. Whoever
writes or locks a row that another holds waits for that transaction's end and then looks again. What
a statement of ours does with the rows is in ``repositories``; a contract test holds both to
PostgreSQL.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, NoReturn, Protocol

import asyncpg

from shared.db.connection import STATEMENT_SECONDS

Row = dict[str, Any]
Key = Hashable
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Mode(IntEnum):
    """How a row is held. The first two go together; whoever refers to a row shares its key."""

    KEY_SHARE = 1
    NO_KEY_UPDATE = 2
    UPDATE = 3

    def admits(self, other: "Mode") -> bool:
        """Whether somebody else may hold the same row in the mode ``other``."""
        return self + other <= Mode.KEY_SHARE + Mode.NO_KEY_UPDATE


class Client(Protocol):
    """Whoever has a connection: a process that may be slow, stopped or killed, or a test."""

    async def send(self) -> None:
        """A statement is on its way. Raises what the network raises; then it was never there."""
        ...

    async def answer(self) -> None:
        """Its answer is on its way. Raises what the network raises; then nobody knows."""
        ...


class ModelServer:
    """All committed rows, by table and key, and who holds which of them."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Row]] = {}
        self.ids = itertools.count(1)
        self.tokens = itertools.count(1)
        #: Time that passed beside the loop's.
        self.advanced = timedelta()
        #: What is called with the channel of every notification, once it is committed.
        self.listeners: list[Callable[[str], None]] = []
        self._holders: dict[tuple[str, Key], dict[Transaction, Mode]] = {}
        self._ended = asyncio.Event()

    def now(self) -> datetime:
        """What ``clock_timestamp()`` says: never the same twice."""
        self.advanced += _TICK
        passed = timedelta(seconds=asyncio.get_running_loop().time())
        return _EPOCH + passed + self.advanced

    def new_token(self) -> str:
        """A UUID. The same seed makes the same ones."""
        return f"00000000-0000-4000-8000-{next(self.tokens):012x}"

    def table(self, name: str) -> dict[Key, Row]:
        """The committed rows of a table."""
        return self.tables.setdefault(name, {})

    def hold(self, lock: tuple[str, Key], wanted: Mode, transaction: "Transaction") -> bool:
        """Give the row to ``transaction``; False when somebody else's hold forbids it."""
        holders = self._holders.setdefault(lock, {})
        if not all(m.admits(wanted) for other, m in holders.items() if other is not transaction):
            return False
        holders[transaction] = max(wanted, holders.get(transaction, wanted))
        return True

    def in_the_way(
        self, lock: tuple[str, Key], wanted: Mode, transaction: "Transaction"
    ) -> "list[Transaction]":
        """Who holds the row so that ``transaction`` has to wait."""
        holders = self._holders.get(lock, {})
        return [t for t, m in holders.items() if t is not transaction and not m.admits(wanted)]

    def free(self, held: set[tuple[str, Key]], transaction: "Transaction") -> None:
        """A transaction has ended: whoever waits looks again."""
        for lock in held:
            holders = self._holders[lock]
            del holders[transaction]
            if not holders:
                del self._holders[lock]
        ended, self._ended = self._ended, asyncio.Event()
        ended.set()

    async def wait_for_an_end(self) -> None:
        """Until some transaction has ended."""
        await self._ended.wait()


class Transaction:
    """One transaction. Its writes are its own until it commits."""

    def __init__(self, server: ModelServer, client: Client) -> None:
        self.server, self.client = server, client
        self._written: dict[str, dict[Key, Row | None]] = {}
        self._held: set[tuple[str, Key]] = set()
        self._notified: list[str] = []
        self._waits_for: tuple[tuple[str, Key], Mode] | None = None
        self.has_ended = False

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[datetime]:
        """One statement; gives the time at which it began."""
        await self.client.send()
        self._require_open()
        yield self.server.now()
        await self.client.answer()
        self._require_open()

    def get(self, table: str, key: Key) -> Row | None:
        """The row as this transaction sees it now."""
        written = self._written.get(table)
        if written is not None and key in written:
            return written[key]
        return self.server.table(table).get(key)

    def rows(self, table: str) -> Iterator[tuple[Key, Row]]:
        """All rows of a table as this transaction sees them now, in the order of their making."""
        written = self._written.get(table, {})
        committed = self.server.table(table)
        for key, row in list(committed.items()):
            seen = written.get(key, row)
            if seen is not None:
                yield key, seen
        for key, mine in list(written.items()):
            if mine is not None and key not in committed:
                yield key, mine

    async def lock(self, table: str, key: Key, mode: Mode = Mode.NO_KEY_UPDATE) -> Row | None:
        """The row as it is once this transaction holds it; None when there is none any more.

        Raises DeadlockDetectedError where transactions wait for each other.
        """
        while not self.try_lock(table, key, mode):
            self._waits_for = ((table, key), mode)
            try:
                if self in self._waited_for():
                    self._refuse(asyncpg.DeadlockDetectedError("deadlock detected"))
                async with asyncio.timeout(STATEMENT_SECONDS):
                    await self.server.wait_for_an_end()
            finally:
                self._waits_for = None
            self._require_open()
        return self.get(table, key)

    def try_lock(self, table: str, key: Key, mode: Mode = Mode.NO_KEY_UPDATE) -> bool:
        """Hold the row unless somebody else does, as SKIP LOCKED does."""
        if not self.server.hold((table, key), mode, self):
            return False
        self._held.add((table, key))
        return True

    async def lock_if_there(
        self, table: str, key: Key, mode: Mode = Mode.NO_KEY_UPDATE
    ) -> Row | None:
        """Like ``lock`` for a row that the statement saw when it began; None for others."""
        return None if self.get(table, key) is None else await self.lock(table, key, mode)

    def put(self, table: str, key: Key, row: Row) -> Row:
        """Write a row that this transaction holds."""
        assert (table, key) in self._held
        self._written.setdefault(table, {})[key] = row
        return row

    def change(self, table: str, key: Key, **changes: Any) -> Row:
        """Write some columns of a row that this transaction holds."""
        row = self.get(table, key)
        assert row is not None
        return self.put(table, key, {**row, **changes})

    async def insert(self, table: str, key: Key, row: Row) -> bool:
        """Add a row; False when there is one, also one that is committed meanwhile."""
        if await self.lock(table, key, Mode.UPDATE) is not None:
            return False
        self.put(table, key, row)
        return True

    async def append(self, table: str, row: Row) -> int:
        """Add a row under the next number."""
        number = next(self.server.ids)
        await self.insert(table, number, {"id": number, **row})
        return number

    def remove(self, table: str, key: Key) -> None:
        """Delete a row that this transaction holds."""
        assert (table, key) in self._held
        self._written.setdefault(table, {})[key] = None

    def notify(self, channel: str) -> None:
        """Tell whoever listens, once this is committed."""
        if channel not in self._notified:
            self._notified.append(channel)

    def commit(self) -> None:
        """Make everything that was written everybody's."""
        self._require_open()
        for table, rows in self._written.items():
            committed = self.server.table(table)
            for key, row in rows.items():
                if row is None:
                    committed.pop(key, None)
                else:
                    committed[key] = row
        self._end()
        for channel in self._notified:
            for listener in self.server.listeners:
                listener(channel)

    def roll_back(self) -> None:
        """Forget everything that was written."""
        if not self.has_ended:
            self._end()

    def _end(self) -> None:
        self.has_ended = True
        self.server.free(self._held, self)
        self._held = set()

    def _require_open(self) -> None:
        if self.has_ended:
            self._refuse(asyncpg.InterfaceError("connection is closed"))

    def _waited_for(self) -> "set[Transaction]":
        """Everybody whose end this transaction needs, directly or not."""
        found: set[Transaction] = set()
        looking = [self]
        while looking:
            one = looking.pop()
            if one._waits_for is None:
                continue
            for holder in self.server.in_the_way(*one._waits_for, one):
                if holder not in found:
                    found.add(holder)
                    looking.append(holder)
        return found

    @staticmethod
    def _refuse(error: Exception) -> NoReturn:
        raise error
