"""A pipeline of quick stages that behave as told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update

from shared.contract.exams import Exam, Upload
from shared.contract.failures import Language
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage
from shared.contract.stages import Priority, Stage
from shared.db.database import Database
from shared.db.tables import TaskState, outbox, stage_tasks
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.company import Company
from shared.messaging.stage_runner import PipelineStage, StageRunner
from shared.messaging.task_creation import enqueue


@dataclass
class ScriptedStage:
    """A stage that records how often it computed and saved, and runs ``during`` in between."""

    stage: Stage
    pages: int = 2
    during: Callable[[StageTask], Awaitable[None]] | None = None
    computed: list[StageTask] = field(default_factory=list)
    saved: list[StageTask] = field(default_factory=list)

    async def load(self, uow: UnitOfWork, task: StageTask) -> StageTask:
        return task

    async def compute(self, work: StageTask, /) -> StageTask:
        self.computed.append(work)
        if self.during is not None:
            await self.during(work)
        return work

    async def save(self, uow: UnitOfWork, task: StageTask, output: StageTask, /) -> None:
        self.saved.append(task)
        if self.stage is Stage.INGEST:
            images = tuple(
                PageImage(number=n, blob_key=f"p{n}", width_px=1, height_px=1)
                for n in range(1, self.pages + 1)
            )
            await uow.pages.replace(task.exam_id, task.run, images)


@pytest_asyncio.fixture
async def tenant_id(database: Database) -> str:
    async with database.transaction() as uow:
        return await uow.tenants.ensure(f"tenant {uuid4()}")


NewExam = Callable[..., Awaitable[Exam]]


async def settle(database: Database) -> None:
    """Take what other tests left waiting out of the way."""
    async with database.transaction() as uow:
        await uow.connection.execute(update(outbox).values(published_at=outbox.c.created_at))
        await uow.connection.execute(update(stage_tasks).values(state=TaskState.DONE))


@pytest.fixture
def new_exam(database: Database, tenant_id: str) -> NewExam:
    """Submits an exam the way the gateway does."""

    async def submit(*, tenant: str = tenant_id, priority: Priority = Priority.NORMAL) -> Exam:
        async with database.transaction() as uow:
            exam = await uow.exams.add(
                {
                    "id": str(uuid4()),
                    "tenant_id": tenant,
                    "priority": priority,
                    "language": Language.EN,
                }
            )
            upload = Upload(
                ordinal=1, blob_key="u", media_type="image/png", size_bytes=1, sha256="0" * 64
            )
            await uow.uploads.add(exam.id, [upload])
            await enqueue(uow, exam, Stage.INGEST)
            return exam

    return submit


@pytest.fixture
def run_stage(database: Database) -> Callable[..., StageRunner]:
    """Builds runners, each as if in a process of its own."""

    def build(stage: PipelineStage, *, lease_seconds: float = 5.0) -> StageRunner:
        return StageRunner(
            database, stage, Company(), lease_seconds=lease_seconds, retry_backoff_seconds=5
        )

    return build


def task_of(exam: Exam, stage: Stage, page: int = 0) -> StageTask:
    return StageTask(exam_id=exam.id, run=exam.run, stage=stage, page=page)


async def exam_now(database: Database, exam: Exam) -> Exam:
    async with database.transaction() as uow:
        return await uow.exams.get(exam.id)


async def messages(database: Database, exam: Exam, stage: Stage) -> int:
    async with database.transaction() as uow:
        query = select(func.count()).where(outbox.c.exam_id == exam.id, outbox.c.stage == stage)
        return int((await uow.connection.execute(query)).scalar_one())


async def make_due(database: Database, exam: Exam) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(stage_tasks)
            .where(stage_tasks.c.exam_id == exam.id)
            .values(due_at=func.now(), lease_until=func.now())
        )
