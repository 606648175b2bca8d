"""How far the run of an exam is, seen from its tasks: for status answers and for new runs."""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.documents import QuestionResult
from shared.contract.exams import Exam
from shared.contract.model import Document
from shared.contract.questions import Verdict
from shared.contract.stages import SPECS, TERMINAL, Stage, Status
from shared.db.repositories.dead_letters import DeadLetter
from shared.db.rows import to_document
from shared.db.tables import (
    IS_OPEN,
    TaskState,
    analyses,
    dead_letters,
    exams,
    page_texts,
    pages,
    stage_tasks,
)


class StageProgress(Document):
    """The tasks of one stage in one run, counted; ``seconds`` is their work added up."""

    stage: Stage
    tasks: int
    done: int
    running: int
    dead: int
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    #: How long the first of them has been worked on, by the database's clock.
    running_seconds: float | None = None

    @property
    def is_done(self) -> bool:
        """Whether no task of the stage is left."""
        return self.done == self.tasks


class QueueDepth(Document):
    """How many tasks of one stage wait and how many are worked on, of all tenants."""

    stage: Stage
    waiting: int
    running: int
    oldest_waiting_seconds: float


def _count(state: TaskState) -> ColumnElement[int]:
    return func.count(case((stage_tasks.c.state == state, 1)))


class Runs:
    """Repository of a run's progress. It only reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def progress(self, exam_id: str, run: int) -> tuple[StageProgress, ...]:
        """The stages that have tasks in ``run``, in the order of the pipeline."""
        task = stage_tasks.c
        query = (
            select(
                task.stage,
                func.count().label("tasks"),
                _count(TaskState.DONE).label("done"),
                _count(TaskState.RUNNING).label("running"),
                _count(TaskState.DEAD).label("dead"),
                func.max(task.attempt).label("attempts"),
                func.min(task.started_at).label("started_at"),
                func.max(task.finished_at).label("finished_at"),
                func.sum(task.seconds).label("seconds"),
                func.extract(
                    "epoch",
                    func.clock_timestamp()
                    - func.min(case((task.state == TaskState.RUNNING, task.started_at))),
                ).label("running_seconds"),
            )
            .where(task.exam_id == exam_id, task.run == run)
            .group_by(task.stage)
        )
        found = [to_document(StageProgress, row) for row in await self._connection.execute(query)]
        order = list(SPECS)
        return tuple(sorted(found, key=lambda progress: order.index(progress.stage)))

    async def is_worked_on(self, exam_id: str, run: int) -> bool:
        """Whether a worker holds a lease on a task of ``run`` just now."""
        task = stage_tasks.c
        query = select(
            exists().where(
                task.exam_id == exam_id,
                task.run == run,
                task.state == TaskState.RUNNING,
                task.lease_until > func.clock_timestamp(),
            )
        )
        return bool((await self._connection.execute(query)).scalar_one())

    async def unread_pages(self, exam_id: str, run: int) -> tuple[int, ...]:
        """Numbers of the present pages that were not read since they were made, in order."""
        newest = (
            select(func.max(pages.c.run))
            .where(pages.c.exam_id == exam_id, pages.c.run <= run)
            .scalar_subquery()
        )
        is_read = exists().where(
            page_texts.c.exam_id == pages.c.exam_id,
            page_texts.c.number == pages.c.number,
            page_texts.c.run >= pages.c.run,
            page_texts.c.run <= run,
        )
        query = (
            select(pages.c.number)
            .where(pages.c.exam_id == exam_id, pages.c.run == newest, ~is_read)
            .order_by(pages.c.number)
        )
        return tuple((await self._connection.execute(query)).scalars())

    async def readers(self, exam_id: str, run: int) -> tuple[str, ...]:
        """Names and versions of the engines that read the pages, up to ``run``."""
        engine = page_texts.c.document["engine"].astext
        query = (
            select(engine)
            .where(page_texts.c.exam_id == exam_id, page_texts.c.run <= run, engine != "")
            .group_by(engine)
            .order_by(engine)
        )
        return tuple((await self._connection.execute(query)).scalars())

    async def tasks_ahead(self, exam: Exam, stage: Stage) -> int:
        """Waiting tasks of ``stage`` that are served before those of ``exam``.

        The broker serves the higher priority first, and the older message within one.
        """
        task = stage_tasks.c
        own_due_at = (
            select(func.min(task.due_at))
            .where(task.exam_id == exam.id, task.run == exam.run, task.stage == stage)
            .scalar_subquery()
        )
        is_before = or_(
            exams.c.priority > exam.priority,
            and_(exams.c.priority == exam.priority, task.due_at < own_due_at),
        )
        query = (
            select(func.count())
            .select_from(stage_tasks.join(exams, exams.c.id == task.exam_id))
            .where(
                task.state == TaskState.PENDING,
                task.stage == stage,
                task.exam_id != exam.id,
                task.run == exams.c.run,
                exams.c.status.not_in(TERMINAL),
                is_before,
            )
        )
        return int((await self._connection.execute(query)).scalar_one())

    async def questions_to_review(
        self, tenant_id: str, *, limit: int
    ) -> tuple[tuple[str, QuestionResult], ...]:
        """Questions of finished exams that nobody could grade, least certain first, by exam id."""
        newest = (
            select(analyses.c.document["questions"])
            .where(analyses.c.exam_id == exams.c.id, analyses.c.run <= exams.c.run)
            .order_by(analyses.c.run.desc())
            .limit(1)
            .scalar_subquery()
        )
        found = (
            select(exams.c.id, func.jsonb_array_elements(newest, type_=JSONB).label("question"))
            .where(exams.c.tenant_id == tenant_id, exams.c.status == Status.COMPLETED)
            .subquery()
        )
        question = found.c.question
        query = (
            select(found.c.id, question)
            .where(question["verdict"].astext == Verdict.NEEDS_REVIEW)
            .order_by(
                question["confidence"].astext.cast(Float),
                found.c.id,
                question["ordinal"].astext.cast(Integer),
            )
            .limit(limit)
        )
        rows = await self._connection.execute(query)
        return tuple((exam_id, QuestionResult.model_validate(value)) for exam_id, value in rows)

    async def queue_depths(self) -> tuple[QueueDepth, ...]:
        """Every stage, in the order of the pipeline, with what waits and what runs."""
        task = stage_tasks.c
        age = func.extract(
            "epoch",
            func.clock_timestamp() - func.min(case((task.state == TaskState.PENDING, task.due_at))),
        )
        # A subquery, not a join: what is open is little beside all exams, and looked up one by one.
        is_wanted = (
            select(exams.c.run == task.run)
            .where(exams.c.id == task.exam_id, exams.c.status.not_in(TERMINAL))
            .scalar_subquery()
        )
        query = (
            select(task.stage, _count(TaskState.PENDING), _count(TaskState.RUNNING), age)
            .where(IS_OPEN, is_wanted)
            .group_by(task.stage)
        )
        rows = {row[0]: row for row in await self._connection.execute(query)}
        return tuple(
            QueueDepth(
                stage=stage,
                waiting=rows[stage][1] if stage in rows else 0,
                running=rows[stage][2] if stage in rows else 0,
                # A retry that is due later has a negative age.
                oldest_waiting_seconds=max(float(rows[stage][3] or 0.0), 0.0)
                if stage in rows
                else 0.0,
            )
            for stage in SPECS
        )

    async def dead_letters_of(self, tenant_id: str, *, limit: int) -> tuple[DeadLetter, ...]:
        """The tenant's unresolved dead letters, oldest first."""
        query = (
            select(dead_letters)
            .where(dead_letters.c.tenant_id == tenant_id, dead_letters.c.resolved_at.is_(None))
            .order_by(dead_letters.c.id)
            .limit(limit)
        )
        return tuple(to_document(DeadLetter, row) for row in await self._connection.execute(query))
