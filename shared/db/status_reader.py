"""Reads status and events of exams for many clients: those that ask together share one query."""

import asyncio
import json
from uuid import UUID

import asyncpg

from shared.contract.exams import Event, Exam
from shared.contract.model import Document
from shared.contract.stages import SPECS
from shared.db.connection import connect_arguments
from shared.db.repositories.runs import StageProgress

_COLUMNS = ", ".join(f"e.{name}" for name in Exam.model_fields)
_EVENT_COLUMNS = ", ".join(f'v."{name}"' for name in Event.model_fields)
#: The exams $1 with their tasks counted by stage or, where $2 has a number, with the events behind
#: it; one round trip, no transaction around it.
STATUS_QUERY = f"""
SELECT {_COLUMNS}, asked.seen, CASE WHEN asked.seen IS NULL THEN (
  SELECT json_agg(s) FROM (
    SELECT stage, count(*) AS tasks,
           count(*) FILTER (WHERE state = 'done') AS done,
           count(*) FILTER (WHERE state = 'running') AS running,
           count(*) FILTER (WHERE state = 'dead') AS dead,
           max(attempt) AS attempts,
           min(started_at) AS started_at, max(finished_at) AS finished_at,
           sum(seconds) AS seconds,
           extract(epoch FROM clock_timestamp()
             - min(started_at) FILTER (WHERE state = 'running')) AS running_seconds
    FROM stage_tasks t WHERE t.exam_id = e.id AND t.run = e.run GROUP BY stage
  ) s
) END AS stages, CASE WHEN asked.seen IS NOT NULL THEN (
  SELECT json_agg(b ORDER BY b.sequence) FROM (
    SELECT {_EVENT_COLUMNS} FROM events v WHERE v.exam_id = e.id AND v.sequence > asked.seen
  ) b
) END AS behind
FROM unnest($1::uuid[], $2::integer[]) AS asked (exam_id, seen) JOIN exams e ON e.id = asked.exam_id
"""  # noqa: S608 -- our own column names
_ORDER = {stage.value: place for place, stage in enumerate(SPECS)}
_PATIENCE_SECONDS = 10.0


class StatusView(Document):
    """An exam and the stages that have tasks in its present run, in order."""

    exam: Exam
    progress: tuple[StageProgress, ...]


class EventsView(Document):
    """An exam and its events behind a number, in order; of one moment."""

    exam: Exam
    events: tuple[Event, ...]


#: What is asked for: an exam, and behind which event; None asks for its stages instead.
_Asked = tuple[str, int | None]


#: After these a connection is of no use any more.
_BROKEN = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
)


class StatusReader:
    """One connection of its own. What is asked while a query runs goes into the next one.

    So every answer is younger than its question, and a thousand clients make few queries. Use it on
    one event loop.
    """

    def __init__(self, database_url: str, application: str) -> None:
        self._url, self._application = database_url, application
        self._connection: asyncpg.Connection | None = None
        self._asked: dict[_Asked, asyncio.Future[asyncpg.Record | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def read(self, exam_id: str) -> StatusView | None:
        """The exam's state, whoever's it is; None when there is none.

        Raises what asyncpg raises when the database is away, and whatever reading this exam's row
        raises.
        """
        row = await self._ask((exam_id, None))
        if row is None:
            return None
        stages = sorted(json.loads(row["stages"] or "[]"), key=lambda stage: _ORDER[stage["stage"]])
        progress = tuple(StageProgress.model_validate(stage) for stage in stages)
        return StatusView(exam=_exam(row), progress=progress)

    async def events(self, exam_id: str, seen: int) -> EventsView | None:
        """The exam's events numbered above ``seen``; None and errors as above."""
        row = await self._ask((exam_id, seen))
        if row is None:
            return None
        events = tuple(Event.model_validate(event) for event in json.loads(row["behind"] or "[]"))
        return EventsView(exam=_exam(row), events=events)

    async def _ask(self, what: _Asked) -> asyncpg.Record | None:
        asked = self._asked.get(what)
        if asked is None:
            asked = asyncio.get_running_loop().create_future()
            self._asked[what] = asked
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer(), name="status-reader")
        # Others may wait for the same answer when one of them gives up.
        return await asyncio.shield(asked)

    async def close(self) -> None:
        """End the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close(timeout=5)

    async def _answer(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                rows = await self._fetch(list(asked))
            except Exception as error:  # noqa: BLE001 -- handed to those who asked
                for future in asked.values():
                    _refuse(future, error)
                continue
            for what, future in asked.items():
                # Read by who asked: a row that cannot be read is nobody else's trouble.
                future.set_result(rows.get(what))

    async def _fetch(self, asked: list[_Asked]) -> dict[_Asked, asyncpg.Record]:
        ids, seen = zip(*asked, strict=True)
        try:
            rows = await self._query(ids, seen)
        except _BROKEN:
            # A server restart broke the connection: once more on a new one.
            await self._abandon()
            rows = await self._query(ids, seen)
        return {(str(row["id"]), row["seen"]): row for row in rows}

    async def _query(
        self, ids: tuple[str, ...], seen: tuple[int | None, ...]
    ) -> list[asyncpg.Record]:
        connection = await self._connected()
        found: list[asyncpg.Record] = await connection.fetch(
            STATUS_QUERY, ids, seen, timeout=_PATIENCE_SECONDS
        )
        return found

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._url, **connect_arguments(f"examlens-{self._application}")
            )
        return self._connection

    async def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def _refuse(asked: asyncio.Future[asyncpg.Record | None], error: Exception) -> None:
    asked.set_exception(error)
    # Otherwise whoever waits for it would wait for ever.
    asked.exception()


def _exam(row: asyncpg.Record) -> Exam:
    # Our documents hold ids as text, and leave aside what they do not know.
    columns = {
        name: str(value) if isinstance(value, UUID) else value for name, value in row.items()
    }
    return Exam.model_validate(columns)
