"""Exams: their state, moved by compare-and-set only, and the events that tell of each move."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CursorResult,
    Integer,
    String,
    Text,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from shared.contract.exams import Event, Exam
from shared.contract.failures import FailureCode
from shared.contract.stages import PROGRESS, TERMINAL, Stage, Status, is_transition_allowed
from shared.db.connection import driver_of
from shared.db.repositories.class_reports import ClassReports
from shared.db.repositories.tasks import Tasks
from shared.db.repositories.webhooks import Webhooks
from shared.db.rows import record_to_document, to_document
from shared.db.tables import EXAM_CHANGED, events, exams

#: Every stage of every exam begins with it.
_FIND = f"SELECT {', '.join(Exam.model_fields)} FROM exams WHERE id = $1"  # noqa: S608 -- our own names


class ForbiddenTransition(Exception):
    """The state machine does not allow this move: a defect of the caller."""


class Exams:
    """Repository of exams and their events."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, values: Mapping[str, Any]) -> Exam:
        """Insert an exam in status UPLOADED and tell of it."""
        added = insert(exams).values(status=Status.UPLOADED, event_sequence=1, **values)
        row = await self._tell(added.returning(exams), stage=None, page=None, error_code=None)
        return to_document(Exam, row.one())

    async def get(self, exam_id: str) -> Exam:
        """The exam ``exam_id``. Raises LookupError when there is none."""
        found = await self.find(exam_id)
        if found is None:
            raise LookupError(exam_id)
        return found

    async def find(self, exam_id: str, *, tenant_id: str | None = None) -> Exam | None:
        """The exam, or None. With ``tenant_id`` also None for an exam of another tenant."""
        row = await driver_of(self._connection).fetchrow(_FIND, exam_id)
        if row is None:
            return None
        exam = record_to_document(Exam, row)
        return exam if tenant_id in {None, exam.tenant_id} else None

    async def lock(self, exam_id: str) -> Exam | None:
        """The exam, its row locked until the transaction ends. Always taken before a task's row."""
        row = (
            await self._connection.execute(
                select(exams).where(exams.c.id == exam_id).with_for_update()
            )
        ).one_or_none()
        return None if row is None else to_document(Exam, row)

    async def move(
        self,
        exam: Exam,
        status: Status,
        *,
        stage: Stage | None = None,
        page: int | None = None,
        error_code: FailureCode | None = None,
    ) -> Exam:
        """Compare-and-set from the status and run of ``exam`` to ``status``.

        Raises ForbiddenTransition when the state machine has no such move or the row has changed.
        """
        if not is_transition_allowed(exam.status, status):
            raise ForbiddenTransition(f"{exam.status} to {status}")
        changes: dict[str, Any] = {
            "status": status,
            "progress": max(exam.progress, PROGRESS.get(status, 0)),
        }
        if status in TERMINAL:
            changes["completed_at"] = func.now()
        if error_code is not None:
            changes |= {"error_code": error_code, "failed_stage": stage}
        moved = await self._change(exam, changes, stage=stage, page=page, error_code=error_code)
        if status in TERMINAL:
            await Tasks(self._connection).drop_unfinished(exam.id, exam.run)
            if moved.callback_url is not None:
                await Webhooks(self._connection).announce(moved)
        return moved

    async def start_run(self, exam: Exam, status: Status, *, stage: Stage, pages_done: int) -> Exam:
        """Begin the next run of a finished exam at ``stage``, with ``pages_done`` pages kept."""
        changes = {
            "status": status,
            "run": exam.run + 1,
            "progress": PROGRESS[status],
            "pages_done": pages_done,
            "is_cancel_requested": False,
            "error_code": None,
            "failed_stage": None,
            "completed_at": None,
            "duplicate_of": None,
            "duplicate_layer": None,
        }
        begun = await self._change(exam, changes, stage=stage, page=None, error_code=None)
        if exam.status not in TERMINAL:
            # Nobody works on the superseded run any more, and its tasks shall not count as waiting.
            await Tasks(self._connection).drop_unfinished(exam.id, exam.run)
        return begun

    async def set_pages_total(self, exam: Exam, pages_total: int) -> Exam:
        """Record how many pages the exam has."""
        changes = {"pages_total": pages_total, "pages_done": 0}
        return await self._change(exam, changes, stage=Stage.INGEST, page=None, error_code=None)

    async def request_cancel(self, exam: Exam) -> None:
        """Set the flag that every claim, heartbeat and record checks."""
        await self._connection.execute(
            update(exams).where(exams.c.id == exam.id).values(is_cancel_requested=True)
        )

    async def delete(self, exam: Exam) -> None:
        """Erase the exam and every row that belongs to it, and wake whoever waits for it."""
        await self._connection.execute(delete(exams).where(exams.c.id == exam.id))
        if exam.paper_id is not None:
            await ClassReports(self._connection).mark_stale(exam.paper_id)
        await self._connection.execute(select(func.pg_notify(EXAM_CHANGED, literal(exam.id))))

    async def page_of(
        self,
        tenant_id: str,
        *,
        limit: int,
        after: tuple[datetime, str] | None = None,
        status: Status | None = None,
        student_ref: str | None = None,
        paper_id: str | None = None,
    ) -> tuple[Exam, ...]:
        """A tenant's exams, newest first, from behind the cursor ``after`` (created_at, id)."""
        query = select(exams).where(exams.c.tenant_id == tenant_id)
        for column, wanted in (
            (exams.c.status, status),
            (exams.c.student_ref, student_ref),
            (exams.c.paper_id, paper_id),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if after is not None:
            moment, last_id = after
            query = query.where(
                or_(
                    exams.c.created_at < moment,
                    and_(exams.c.created_at == moment, exams.c.id < last_id),
                )
            )
        query = query.order_by(exams.c.created_at.desc(), exams.c.id.desc()).limit(limit)
        return tuple(to_document(Exam, row) for row in await self._connection.execute(query))

    async def count_unfinished(self) -> dict[str, int]:
        """Exams that have not reached a terminal status, by tenant that has any."""
        query = (
            select(exams.c.tenant_id, func.count().label("exams"))
            .where(exams.c.status.in_(set(Status) - TERMINAL))
            .group_by(exams.c.tenant_id)
        )
        rows = await self._connection.execute(query)
        return {str(row.tenant_id): int(row.exams) for row in rows}

    async def events_after(self, exam_id: str, sequence: int) -> tuple[Event, ...]:
        """The exam's events numbered above ``sequence``, in order."""
        query = (
            select(events)
            .where(events.c.exam_id == exam_id, events.c.sequence > sequence)
            .order_by(events.c.sequence)
        )
        return tuple(to_document(Event, row) for row in await self._connection.execute(query))

    async def _change(
        self,
        exam: Exam,
        changes: Mapping[str, Any],
        *,
        stage: Stage | None,
        page: int | None,
        error_code: FailureCode | None,
    ) -> Exam:
        changed = (
            update(exams)
            .where(
                exams.c.id == exam.id,
                exams.c.run == exam.run,
                exams.c.status == exam.status,
            )
            .values(updated_at=func.now(), event_sequence=exams.c.event_sequence + 1, **changes)
            .returning(exams)
        )
        told = await self._tell(changed, stage=stage, page=page, error_code=error_code)
        row = told.one_or_none()
        if row is None:
            raise ForbiddenTransition(f"{exam.id} is no longer {exam.status} in run {exam.run}")
        return to_document(Exam, row)

    async def _tell(
        self,
        change: ReturningInsert[Any] | ReturningUpdate[Any],
        *,
        stage: Stage | None,
        page: int | None,
        error_code: FailureCode | None,
    ) -> CursorResult[Any]:
        """Make ``change``, which counts its event, and tell of it: all in one statement."""
        changed = change.cte("changed")
        told = insert(events).from_select(
            ["exam_id", "sequence", "run", "status", "progress", "stage", "page", "error_code"],
            select(
                changed.c.id,
                changed.c.event_sequence,
                changed.c.run,
                changed.c.status,
                changed.c.progress,
                literal(stage, String),
                literal(page, Integer),
                literal(error_code, String),
            ),
        )
        notified = func.pg_notify(EXAM_CHANGED, cast(changed.c.id, Text))
        both = select(*changed.c, notified).add_cte(told.cte("told"))
        result: CursorResult[Any] = await self._connection.execute(both)
        return result
