"""Reads the status of exams for many clients at once: those that ask together share one query."""

import asyncio
import json
from uuid import UUID

import asyncpg

from shared.contract.exams import Exam
from shared.contract.model import Document
from shared.contract.stages import SPECS
from shared.db.connection import connect_arguments
from shared.db.repositories.runs import StageProgress

_COLUMNS = ", ".join(f"e.{name}" for name in Exam.model_fields)
#: The exams with their tasks counted by stage; one round trip, no transaction around it.
STATUS_QUERY = f"""
SELECT {_COLUMNS}, (
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
) AS stages
FROM exams e WHERE e.id = ANY($1::uuid[])
"""  # noqa: S608 -- our own column names
_ORDER = {stage.value: place for place, stage in enumerate(SPECS)}
_PATIENCE_SECONDS = 10.0


class StatusView(Document):
    """An exam and the stages that have tasks in its present run, in order."""

    exam: Exam
    progress: tuple[StageProgress, ...]


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
        self._asked: dict[str, asyncio.Future[StatusView | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def read(self, exam_id: str) -> StatusView | None:
        """The exam's state, whoever's it is; None when there is none.

        Raises what asyncpg raises when the database is away, and whatever reading this exam's row
        raises.
        """
        asked = self._asked.get(exam_id)
        if asked is None:
            asked = asyncio.get_running_loop().create_future()
            self._asked[exam_id] = asked
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
            for exam_id, future in asked.items():
                # One by one: a row that cannot be read is nobody else's trouble.
                try:
                    future.set_result(_view(rows[exam_id]) if exam_id in rows else None)
                except Exception as error:  # noqa: BLE001 -- handed to who asked
                    _refuse(future, error)

    async def _fetch(self, ids: list[str]) -> dict[str, asyncpg.Record]:
        try:
            rows = await (await self._connected()).fetch(
                STATUS_QUERY, ids, timeout=_PATIENCE_SECONDS
            )
        except _BROKEN:
            # A server restart broke the connection: once more on a new one.
            await self._abandon()
            rows = await (await self._connected()).fetch(
                STATUS_QUERY, ids, timeout=_PATIENCE_SECONDS
            )
        return {str(row["id"]): row for row in rows}

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


def _refuse(asked: asyncio.Future[StatusView | None], error: Exception) -> None:
    asked.set_exception(error)
    # Otherwise whoever waits for it would wait for ever.
    asked.exception()


def _view(row: asyncpg.Record) -> StatusView:
    # Our documents hold ids as text.
    columns = {
        name: str(value) if isinstance(value, UUID) else value for name, value in row.items()
    }
    stages = sorted(json.loads(row["stages"] or "[]"), key=lambda stage: _ORDER[stage["stage"]])
    return StatusView(
        exam=Exam.model_validate(columns),
        progress=tuple(StageProgress.model_validate(stage) for stage in stages),
    )
