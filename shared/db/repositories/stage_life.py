"""The SQL of a stage's life: its task is created, claimed, finished and handed on.

Every task of every exam goes through these four statements, so each does in one round trip what
belongs together, and goes to the driver as it stands. What happens to few tasks is in ``tasks``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import PROGRESS, SPECS, TERMINAL, Stage, Status
from shared.db.connection import driver_of
from shared.db.rows import record_to_document
from shared.db.tables import EXAM_CHANGED, OUTBOX_FILLED

_EXAM = ", ".join(Exam.model_fields)
_TERMINAL = ", ".join(f"'{status}'" for status in sorted(TERMINAL))
#: The exam's row is locked before its tasks' rows, by everybody, so nobody waits in a circle. Rows
#: that refer to the exam may be inserted meanwhile: its key does not change.
_LOCKED_EXAM = "SELECT * FROM exams WHERE id = $1 FOR NO KEY UPDATE"
_IS_TASK = "t.exam_id = $1 AND t.run = $2 AND t.stage = $3 AND t.page = $4"

#: A task and its message are there together or not at all. One that is there already keeps its own.
_CREATE = f"""
WITH added AS (
  INSERT INTO stage_tasks (exam_id, run, stage, page)
  SELECT $1, $2, $3, unnest($4::int[]) ON CONFLICT DO NOTHING RETURNING page
), sent AS (
  INSERT INTO outbox (exam_id, tenant_id, run, stage, page, queue, priority, message, available_at)
  SELECT $1, $5, $2, $3, page, $6, $7, m.message::jsonb, clock_timestamp()
  FROM added JOIN unnest($4::int[], $8::text[]) AS m (page, message) USING (page)
)
SELECT pg_notify('{OUTBOX_FILLED}', '') FROM added LIMIT 1
"""  # noqa: S608 -- our own names

#: Takes the task when it is due and nobody holds it, counts the attempt and moves the exam. A task
#: that is still held although its lease is over has lost its worker: that is a crash. One whose
#: crashes are used up is taken as well, to be buried, but moves nothing. A message that arrived was
#: published, also when its relay died before it noted that. The relay is woken only
#: when something waits for the place that has become free.
_CLAIM = f"""
WITH exam AS MATERIALIZED ({_LOCKED_EXAM}
), lease AS (
  UPDATE stage_tasks t
  SET state = 'running', attempt = t.attempt + 1,
      crashes = t.crashes + (t.state = 'running')::int,
      crashes_alone = t.crashes_alone + (t.state = 'running' AND t.is_alone)::int,
      is_alone = false, token = $5, lease_until = clock_timestamp() + $6,
      started_at = clock_timestamp()
  FROM exam
  WHERE {_IS_TASK} AND exam.run = $2 AND exam.status = ANY($7)
    AND NOT exam.is_cancel_requested
    AND (exam.duplicate_of IS NULL OR exam.duplicate_layer IS NULL)
    AND (t.state = 'pending' AND t.due_at <= clock_timestamp()
      OR t.state = 'running' AND t.lease_until < clock_timestamp())
  RETURNING t.attempt, t.crashes, t.crashes_alone, t.due_at, t.started_at
), moved AS (
  UPDATE exams SET status = $8, progress = greatest(exams.progress, $9::int),
    event_sequence = exams.event_sequence + 1, updated_at = now()
  FROM lease
  WHERE exams.id = $1 AND exams.status <> $8 AND lease.crashes_alone < $10
  RETURNING exams.*
), told AS (
  INSERT INTO events (exam_id, sequence, run, status, progress, stage)
  SELECT id, event_sequence, run, status, progress, $3 FROM moved
), arrived AS (
  UPDATE outbox SET published_at = clock_timestamp(), claimed_until = NULL
  FROM lease
  WHERE outbox.exam_id = $1 AND outbox.run = $2 AND outbox.stage = $3 AND outbox.page = $4
    AND published_at IS NULL AND claimed_until IS NOT NULL
)
SELECT {_EXAM}, attempt, crashes, crashes_alone, due_at, started_at,
  (SELECT pg_notify('{EXAM_CHANGED}', $1::text) FROM moved),
  (SELECT pg_notify('{OUTBOX_FILLED}', '') FROM lease, LATERAL (
    SELECT FROM outbox
    WHERE published_at IS NULL AND claimed_until IS NULL AND outbox.stage = $3
    ORDER BY outbox.priority LIMIT 1) AS waiting)
FROM (SELECT * FROM moved UNION ALL
      SELECT * FROM exam WHERE NOT EXISTS (SELECT FROM moved)) AS present
LEFT JOIN lease ON true
"""  # noqa: S608 -- same

#: The fence: the task is done only for whoever holds it, in the exam's present run. It also says
#: whether the same worker may go on with the successor's task without a message. It may when that
#: would be the next one anyway: nobody else waits for that stage, and nothing more urgent waits for
#: any stage of the worker ($8), neither here nor at the broker. Exams are looked up one by one,
#: for few tasks get so far, and of each stage's outbox only the first row by the index.
_FINISH = f"""
WITH exam AS MATERIALIZED ({_LOCKED_EXAM}
), finished AS (
  UPDATE stage_tasks t
  SET state = 'done', seconds = $6, finished_at = clock_timestamp(), lease_until = NULL
  FROM exam
  WHERE {_IS_TASK} AND exam.run = $2 AND exam.status NOT IN ({_TERMINAL})
    AND t.state = 'running' AND t.token = $5
  RETURNING t.token
)
SELECT {_EXAM}, EXISTS (SELECT FROM finished) AS is_finished,
  $7::text IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM stage_tasks t
    WHERE t.state = 'pending' AND t.stage = $7 AND t.due_at <= clock_timestamp()
      AND (SELECT e.run = t.run FROM exams e WHERE e.id = t.exam_id))
  AND NOT EXISTS (
    SELECT FROM unnest($8::text[]) AS served (stage), LATERAL (
      SELECT o.priority FROM outbox o WHERE o.published_at IS NULL AND o.stage = served.stage
      ORDER BY o.priority DESC LIMIT 1) AS first
    WHERE first.priority > exam.priority)
  AND NOT EXISTS (
    SELECT FROM stage_tasks t
    WHERE t.state = 'pending' AND t.dispatched_at IS NOT NULL AND t.stage = ANY($8::text[])
      AND (SELECT e.run = t.run AND e.priority > exam.priority
           FROM exams e WHERE e.id = t.exam_id)) AS may_go_on
FROM exam
"""  # noqa: S608 -- same

#: Moves the exam, tells of each of its moves, and creates the successor's tasks with their
#: messages. With a token ($16) the worker goes on with the only one of them: it is created as
#: running, and its message as published, which the reaper repeats should the worker vanish.
_HAND_ON = f"""
WITH moved AS (
  UPDATE exams SET status = $3, progress = $4, pages_total = $5, pages_done = $6,
    completed_at = CASE WHEN $7::boolean THEN now() ELSE completed_at END,
    event_sequence = event_sequence + cardinality($8::text[]), updated_at = now()
  WHERE id = $1 AND run = $2
  RETURNING exams.*
), told AS (
  INSERT INTO events (exam_id, sequence, run, status, progress, stage, page)
  SELECT $1, moved.event_sequence - cardinality($8::text[]) + e.number, $2,
         e.status, e.progress, e.stage, e.page
  FROM moved, unnest($8::text[], $9::int[], $10::text[], $11::int[])
    WITH ORDINALITY AS e (status, progress, stage, page, number)
), added AS (
  INSERT INTO stage_tasks (exam_id, run, stage, page, state, attempt, token, lease_until,
                           started_at, dispatched_at)
  SELECT $1, $2, $12::text, page, CASE WHEN $16::uuid IS NULL THEN 'pending' ELSE 'running' END,
         ($16::uuid IS NOT NULL)::int, $16::uuid, taken_at + $17::interval, taken_at, taken_at
  FROM unnest($13::int[]) AS page,
       (SELECT CASE WHEN $16::uuid IS NOT NULL THEN clock_timestamp() END AS taken_at) AS taking
  ON CONFLICT DO NOTHING
  RETURNING page, started_at
), sent AS (
  INSERT INTO outbox (exam_id, tenant_id, run, stage, page, queue, priority, message,
                      available_at, published_at)
  SELECT $1, moved.tenant_id, $2, $12::text, page, $15::text, moved.priority, m.message::jsonb,
         clock_timestamp(), added.started_at
  FROM moved, added JOIN unnest($13::int[], $14::text[]) AS m (page, message) USING (page)
), dropped AS (
  DELETE FROM outbox WHERE $7::boolean AND exam_id = $1 AND run = $2
    AND published_at IS NULL AND claimed_until IS NULL
)
SELECT {_EXAM}, (SELECT min(started_at) FROM added) AS started_at,
  pg_notify('{EXAM_CHANGED}', $1::text),
  (SELECT pg_notify('{OUTBOX_FILLED}', '') FROM added WHERE started_at IS NULL LIMIT 1)
FROM moved
"""  # noqa: S608 -- same


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to record a task. ``token`` fences out everybody whose lease was given on."""

    token: str
    attempt: int
    crashes: int
    crashes_alone: int
    due_at: datetime
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """An exam, its row locked, and the lease on its task; None when that could not be taken."""

    exam: Exam
    lease: Lease | None


@dataclass(frozen=True, slots=True)
class Finish:
    """An exam, its row locked, and whether its task is done now. If not, the lease was lost.

    ``may_go_on`` tells whether the worker may go on with the successor's task at once.
    """

    exam: Exam
    is_finished: bool
    may_go_on: bool


@dataclass(frozen=True, slots=True)
class Move:
    """One visible change of an exam, which becomes an event."""

    status: Status
    progress: int
    stage: Stage
    page: int | None = None


@dataclass(frozen=True, slots=True)
class HandOn:
    """What follows a finished task: the moves of its exam, in order, and the successor's tasks.

    ``pages_total`` and ``pages_done`` are as they are afterwards. With ``lease_seconds`` the worker
    goes on with the only task of the successor itself.
    """

    moves: tuple[Move, ...]
    pages_total: int
    pages_done: int
    tasks: tuple[StageTask, ...] = field(default=())
    lease_seconds: float | None = None


class StageLife:
    """Repository of the hot path. Every method is one statement."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @property
    def _driver(self) -> asyncpg.Connection:
        return driver_of(self._connection)

    async def create(self, exam: Exam, tasks: Sequence[StageTask]) -> None:
        """Create ``tasks`` of one stage, due now, with their messages."""
        spec = SPECS[tasks[0].stage]
        await self._driver.execute(
            _CREATE,
            exam.id,
            tasks[0].run,
            spec.stage.value,
            [task.page for task in tasks],
            exam.tenant_id,
            spec.queue,
            exam.priority,
            [message_of(task) for task in tasks],
        )

    async def claim(
        self, task: StageTask, lease_seconds: float, *, max_crashes: int | None = None
    ) -> Claim | None:
        """Lock the exam and take its task, unless the exam or the task is in no state for it.

        None when there is no such exam. A task with ``max_crashes`` crashes of its own is taken but
        does not move its exam.
        """
        spec = SPECS[task.stage]
        token = str(uuid4())
        row = await self._driver.fetchrow(
            _CLAIM,
            task.exam_id,
            task.run,
            task.stage.value,
            task.page,
            token,
            timedelta(seconds=lease_seconds),
            [status.value for status in spec.claimable_from],
            spec.working.value,
            PROGRESS[spec.working],
            spec.max_crashes if max_crashes is None else max_crashes,
        )
        if row is None:
            return None
        lease = None
        if row["attempt"] is not None:
            lease = Lease(
                token,
                row["attempt"],
                row["crashes"],
                row["crashes_alone"],
                row["due_at"],
                row["started_at"],
            )
        return Claim(record_to_document(Exam, row), lease)

    async def finish(
        self,
        task: StageTask,
        token: str,
        seconds: float,
        *,
        successor: Stage | None = None,
        served: Collection[Stage] = (),
    ) -> Finish | None:
        """Lock the exam and mark its task done, if ``token`` still holds it; None without an exam.

        ``successor`` is what the worker would go on with, ``served`` are all of its stages.
        """
        row = await self._driver.fetchrow(
            _FINISH,
            task.exam_id,
            task.run,
            task.stage.value,
            task.page,
            token,
            seconds,
            None if successor is None else successor.value,
            [stage.value for stage in served],
        )
        if row is None:
            return None
        exam = record_to_document(Exam, row)
        return Finish(exam, row["is_finished"], row["may_go_on"])

    async def hand_on(self, exam: Exam, following: HandOn) -> tuple[Exam, Lease | None]:
        """Write what follows a finished task; the caller has locked and checked ``exam``.

        Returns the exam as it is now and, if the worker goes on itself, the lease for that.
        """
        moves, tasks = following.moves, following.tasks
        spec = SPECS[tasks[0].stage] if tasks else None
        token = None if following.lease_seconds is None else str(uuid4())
        row = await self._driver.fetchrow(
            _HAND_ON,
            exam.id,
            exam.run,
            moves[-1].status.value,
            moves[-1].progress,
            following.pages_total,
            following.pages_done,
            moves[-1].status in TERMINAL,
            [move.status.value for move in moves],
            [move.progress for move in moves],
            [move.stage.value for move in moves],
            [move.page for move in moves],
            None if spec is None else spec.stage.value,
            [task.page for task in tasks],
            [message_of(task) for task in tasks],
            None if spec is None else spec.queue,
            token,
            timedelta(seconds=following.lease_seconds or 0.0),
        )
        began = row["started_at"]
        lease = None if token is None or began is None else Lease(token, 1, 0, 0, began, began)
        return record_to_document(Exam, row), lease


def message_of(task: StageTask) -> str:
    """``task`` as the JSON that its message holds."""
    return task.model_dump_json(exclude_none=True)
