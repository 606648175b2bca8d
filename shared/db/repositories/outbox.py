"""The outbox: messages that are due, committed together with the state that made them due."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Priority, Stage
from shared.db.connection import driver_of
from shared.db.tables import OUTBOX_FILLED, exams, outbox


@dataclass(frozen=True, slots=True)
class DispatchRules:
    """How much of the backlog is handed to the broker, and in which order.

    A queue holds at most ``window`` tasks that nobody has begun, or as many as are being worked on
    if that is more. So the order is decided here, where the whole backlog is known. The broker only
    keeps every worker supplied. Tasks of a lower priority fill no place of a higher one: urgent
    work is handed over at once, and the broker's own priorities bring it to the front.

    The order is by priority. A task rises by one priority for every ``aging_seconds`` that it has
    been due, up to HIGH, where those that were submitted as such go first. So urgent work overtakes
    a backlog of any age. Within a priority the tenants take turns, those with the least in hand
    first.

    A task whose worker vanished is a suspect. Each stage hands out one suspect at a time. So a task
    that ends its process does not use up the attempts of the tasks beside it.
    """

    window: int = 4
    aging_seconds: float = 300.0


#: Notes what was published ($1), fixes which rows are next, takes them with SKIP LOCKED and marks
#: their tasks as dispatched. One statement: a round of the relay is one round trip.
#:
#: It does not wait for the disk. What a crash of the server makes it forget is sent once more, and
#: that is harmless.
#:
#: However long the backlog is, only its fronts are looked at. A line is what waits of one tenant in
#: one priority for one stage; within a line whoever waited longest is next under every rule, so no
#: more of it is read than its stage has places. The lines are found by jumps along the index. What
#: is in hand is little, although the planner believes otherwise behind a backlog: OFFSET 0 has it
#: look each exam up. LIMIT 100 tells it that only the front of a line is read, before it knows how
#: many places there are.
_CLAIM = """
WITH RECURSIVE settled AS (
  UPDATE outbox SET published_at = clock_timestamp(), claimed_until = NULL
  WHERE id = ANY($1::bigint[]) AND published_at IS NULL
  RETURNING set_config('synchronous_commit', 'off', true)
), hand AS (
  SELECT t.stage, e.tenant_id, e.priority, count(*) AS tasks,
         count(*) FILTER (WHERE t.state = 'pending') AS waiting,
         count(*) FILTER (WHERE t.crashes > 0) AS suspects
  FROM stage_tasks t, LATERAL (
    SELECT tenant_id, priority FROM exams WHERE id = t.exam_id AND run = t.run OFFSET 0) AS e
  WHERE t.dispatched_at IS NOT NULL AND t.state IN ('pending', 'running')
  GROUP BY t.stage, e.tenant_id, e.priority
), tenant_load AS (
  SELECT stage, tenant_id, sum(tasks) AS tasks FROM hand GROUP BY stage, tenant_id
), stage_load AS (
  SELECT stage, sum(waiting) AS waiting, sum(tasks) - sum(waiting) AS running,
         sum(suspects) AS suspects
  FROM hand GROUP BY stage
), line AS (
  (SELECT stage, priority, tenant_id FROM outbox
   WHERE published_at IS NULL ORDER BY stage, priority, tenant_id LIMIT 1)
  UNION ALL
  SELECT next.* FROM line, LATERAL (
    SELECT stage, priority, tenant_id FROM outbox o
    WHERE published_at IS NULL
      AND (o.stage, o.priority, o.tenant_id) > (line.stage, line.priority, line.tenant_id)
    ORDER BY stage, priority, tenant_id LIMIT 1) AS next
), room AS (
  SELECT line.*,
    greatest($2, coalesce(running, 0)) - coalesce(waiting, 0) AS places,
    $2 - (SELECT coalesce(sum(hand.waiting), 0) FROM hand
          WHERE hand.stage = line.stage AND hand.priority >= line.priority) AS own_places,
    coalesce(suspects, 0) AS suspects
  FROM line LEFT JOIN stage_load USING (stage)
), due AS (
  SELECT front.*, room.* FROM room, LATERAL (
    SELECT * FROM (
      SELECT o.id, o.available_at FROM outbox o
      WHERE o.published_at IS NULL AND o.stage = room.stage AND o.priority = room.priority
        AND o.tenant_id = room.tenant_id AND o.available_at <= statement_timestamp()
        AND (o.claimed_until IS NULL OR o.claimed_until < statement_timestamp())
        AND o.id <> ALL($1::bigint[])
        AND (SELECT t.crashes = 0 OR t.state <> 'pending' FROM stage_tasks t
             WHERE t.exam_id = o.exam_id AND t.run = o.run AND t.stage = o.stage
               AND t.page = o.page)
      ORDER BY o.available_at, o.id LIMIT 100) AS first
    LIMIT greatest(room.places, room.own_places, 0)) AS front
  UNION ALL
  SELECT suspect.*, room.* FROM room, LATERAL (
    SELECT o.id, o.available_at
    FROM stage_tasks t JOIN outbox o
      ON t.exam_id = o.exam_id AND t.run = o.run AND t.stage = o.stage AND t.page = o.page
    WHERE t.crashes > 0 AND t.state = 'pending' AND t.stage = room.stage
      AND o.published_at IS NULL AND o.priority = room.priority
      AND o.tenant_id = room.tenant_id AND o.available_at <= statement_timestamp()
      AND (o.claimed_until IS NULL OR o.claimed_until < statement_timestamp())
      AND o.id <> ALL($1::bigint[])
      AND o.id = (
        SELECT min(other.id) FROM stage_tasks s JOIN outbox other
          ON s.exam_id = other.exam_id AND s.run = other.run AND s.stage = other.stage
            AND s.page = other.page
        WHERE s.crashes > 0 AND s.state = 'pending' AND s.stage = room.stage
          AND other.published_at IS NULL AND other.available_at <= statement_timestamp()
          AND (other.claimed_until IS NULL OR other.claimed_until < statement_timestamp()))
    ) AS suspect
  WHERE room.suspects = 0
), levels AS (
  SELECT due.*, greatest(priority, least($3, priority + floor(
    extract(epoch FROM statement_timestamp() - available_at) / $4::float)))::int AS level
  FROM due
), turns AS (
  SELECT levels.*, coalesce(tenant_load.tasks, 0) + row_number() OVER (
    PARTITION BY stage, tenant_id, level, priority ORDER BY available_at, id) AS turn
  FROM levels LEFT JOIN tenant_load USING (stage, tenant_id)
), ranks AS (
  SELECT turns.*,
    row_number() OVER (
      PARTITION BY stage ORDER BY level DESC, priority DESC, turn, id) AS place,
    row_number() OVER (
      PARTITION BY stage ORDER BY priority DESC, level DESC, turn, id) AS own_place
  FROM turns
), chosen AS (
  SELECT id, level, place FROM ranks
  WHERE place <= places OR own_place <= own_places
  ORDER BY level DESC, place LIMIT $5
), taken AS (
  SELECT id FROM outbox
  WHERE id IN (SELECT id FROM chosen) AND published_at IS NULL
    AND (claimed_until IS NULL OR claimed_until < statement_timestamp())
  FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE outbox SET claimed_until = clock_timestamp() + $6::interval
  FROM taken JOIN chosen ON chosen.id = taken.id
  WHERE outbox.id = taken.id
  RETURNING outbox.*, chosen.level, chosen.place,
    set_config('synchronous_commit', 'off', true)
), marked AS (
  UPDATE stage_tasks t SET dispatched_at = clock_timestamp()
  FROM claimed c
  WHERE t.exam_id = c.exam_id AND t.run = c.run AND t.stage = c.stage AND t.page = c.page
    AND t.state = 'pending'
)
SELECT id, queue, stage, level, message, available_at, claimed_until FROM claimed
ORDER BY level DESC, place
"""
_UNCLAIM = text(
    """
    WITH freed AS (
      UPDATE outbox SET claimed_until = NULL
      FROM unnest(CAST(:ids AS bigint[]), CAST(:claims AS timestamptz[])) AS ours(id, claimed_until)
      WHERE outbox.id = ours.id AND outbox.claimed_until = ours.claimed_until
      RETURNING exam_id, run, stage, page
    )
    UPDATE stage_tasks t SET dispatched_at = NULL
    FROM freed f
    WHERE t.exam_id = f.exam_id AND t.run = f.run AND t.stage = f.stage AND t.page = f.page
      AND t.state = 'pending'
    """
)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message to publish; ``id`` becomes its message id, so that repeats can be recognised."""

    id: int
    queue: str
    stage: Stage
    priority: int
    message: StageTask
    available_at: datetime
    claimed_until: datetime


class Outbox:
    """Repository of the outbox."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, exam: Exam, task: StageTask, *, delay_seconds: float = 0.0) -> None:
        """Put the message for ``task`` in, to be published after ``delay_seconds``."""
        await self._connection.execute(
            insert(outbox).values(
                exam_id=exam.id,
                tenant_id=exam.tenant_id,
                run=task.run,
                stage=task.stage,
                page=task.page,
                queue=SPECS[task.stage].queue,
                priority=exam.priority,
                message=task.model_dump(mode="json", exclude_none=True),
                available_at=func.clock_timestamp() + timedelta(seconds=delay_seconds),
            )
        )
        await self._wake_relay()

    async def add_again(self, task: StageTask) -> None:
        """Put the message for ``task`` in once more, with its exam's present priority.

        The last message is repeated where it still exists, because ``task`` may lack the trace that
        the message belongs to. It has waited since that one was due.
        """
        latest = (
            select(outbox.c.message, outbox.c.available_at)
            .where(
                outbox.c.exam_id == task.exam_id,
                outbox.c.run == task.run,
                outbox.c.stage == task.stage,
                outbox.c.page == task.page,
            )
            .order_by(outbox.c.id.desc())
            .limit(1)
            .subquery()
        )
        given = literal(task.model_dump(mode="json", exclude_none=True), outbox.c.message.type)
        await self._connection.execute(
            insert(outbox).from_select(
                [
                    "exam_id",
                    "tenant_id",
                    "run",
                    "stage",
                    "page",
                    "queue",
                    "priority",
                    "message",
                    "available_at",
                ],
                select(
                    exams.c.id,
                    exams.c.tenant_id,
                    literal(task.run),
                    literal(task.stage),
                    literal(task.page),
                    literal(SPECS[task.stage].queue),
                    exams.c.priority,
                    func.coalesce(latest.c.message, given),
                    func.coalesce(latest.c.available_at, func.clock_timestamp()),
                )
                .select_from(exams.outerjoin(latest, literal(value=True)))
                .where(exams.c.id == task.exam_id),
            )
        )
        await self._wake_relay()

    async def claim(
        self,
        limit: int,
        hold_seconds: float,
        dispatch: DispatchRules,
        *,
        published: Collection[int] = (),
    ) -> tuple[OutboxRow, ...]:
        """Take up to ``limit`` due messages for ``hold_seconds``, in the order of ``dispatch``.

        The same statement notes that the broker has confirmed the messages ``published``. A claim
        lapses when its relay died between publishing and noting. It is then taken again. So a
        message may be published twice, but it is never lost.
        """
        rows = await driver_of(self._connection).fetch(
            _CLAIM,
            list(published),
            dispatch.window,
            int(Priority.HIGH),
            dispatch.aging_seconds,
            limit,
            timedelta(seconds=hold_seconds),
        )
        return tuple(
            OutboxRow(
                row["id"],
                row["queue"],
                Stage(row["stage"]),
                row["level"],
                StageTask.model_validate(row["message"]),
                row["available_at"],
                row["claimed_until"],
            )
            for row in rows
        )

    async def mark_published(self, ids: Sequence[int]) -> None:
        """The broker has confirmed these messages."""
        await self._connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids))
            .values(published_at=func.clock_timestamp(), claimed_until=None)
        )

    async def unclaim(self, rows: Sequence[OutboxRow]) -> None:
        """Publishing failed: let any relay take these messages at once.

        A claim that lapsed is another relay's by now, or published: that one stays as it is.
        """
        await self._connection.execute(
            _UNCLAIM,
            {"ids": [row.id for row in rows], "claims": [row.claimed_until for row in rows]},
        )

    async def _wake_relay(self) -> None:
        await self._connection.execute(select(func.pg_notify(OUTBOX_FILLED, literal(""))))
