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
    true,
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
    corrections,
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


class QuestionToReview(Document):
    """A question that nobody could grade, and whose it is."""

    exam_id: str
    student_ref: str | None
    paper_id: str | None
    created_at: datetime
    question: QuestionResult


#: Done, or on the way to it again: what was scored before stands until then.
_SCORED = (
    Status.COMPLETED,
    Status.ANALYZING,
    Status.ANALYZED,
    Status.DIAGNOSING,
    Status.DIAGNOSED,
    Status.REPORT_GENERATING,
    Status.REPORT_GENERATED,
    Status.PARSED,
)


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
        self,
        tenant_id: str,
        *,
        limit: int,
        paper_id: str | None = None,
        exam_id: str | None = None,
    ) -> tuple[QuestionToReview, ...]:
        """Questions that nobody could grade, least certain first, of exams that were scored.

        An exam that is being scored anew stays in the list, without the questions that a person
        decided since.
        """
        newest = (
            select(analyses.c.run, analyses.c.document["questions"].label("questions"))
            .where(analyses.c.exam_id == exams.c.id, analyses.c.run <= exams.c.run)
            .order_by(analyses.c.run.desc())
            .limit(1)
            .lateral("newest")
        )
        listed = select(
            exams.c.id.label("exam_id"),
            exams.c.student_ref,
            exams.c.paper_id,
            exams.c.created_at,
            newest.c.run,
            func.jsonb_array_elements(newest.c.questions, type_=JSONB).label("question"),
        ).where(exams.c.tenant_id == tenant_id, exams.c.status.in_(_SCORED))
        for column, wanted in ((exams.c.paper_id, paper_id), (exams.c.id, exam_id)):
            if wanted is not None:
                listed = listed.where(column == wanted)
        found = listed.select_from(exams.join(newest, true())).subquery()
        question, ordinal = found.c.question, found.c.question["ordinal"].astext.cast(Integer)
        is_decided = exists().where(
            corrections.c.exam_id == found.c.exam_id,
            corrections.c.ordinal == ordinal,
            corrections.c.run > found.c.run,
        )
        query = (
            select(found)
            .where(question["verdict"].astext == Verdict.NEEDS_REVIEW, ~is_decided)
            .order_by(question["confidence"].astext.cast(Float), found.c.exam_id, ordinal)
            .limit(limit)
        )
        return tuple(
            to_document(QuestionToReview, row) for row in await self._connection.execute(query)
        )

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
