"""Stages that compute nothing, and what is needed to time or count everything else.

``python -m benchmarks.empty_stages`` is a worker process of the stages that BENCHMARK_STAGES names,
separated by blanks, or of all; each exam gets BENCHMARK_PAGES pages.
"""

import os
from uuid import uuid4

from shared.contract.messages import StageTask
from shared.contract.reading import PageImage, PageText, TextLine
from shared.contract.stages import Priority, Stage
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.stage_runner import PipelineStage
from shared.messaging.task_creation import enqueue
from shared.messaging.worker import run_worker
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore

#: Whose exams they are, where there is nobody else.
TENANT = "00000000-0000-4000-8000-000000000001"
#: A page's text is stored with some forty lines.
_LINES = tuple(
    TextLine(
        text=f"{n}. 根据图中的信息，回答下面的问题。", bbox=(60, 40 * n, 900, 30), confidence=0.9
    )
    for n in range(40)
)


class EmptyStage:
    """Any stage: computes nothing, writes what its successors and the database are loaded with."""

    def __init__(self, stage: Stage, pages: int) -> None:
        self.stage, self._pages = stage, pages

    async def load(self, uow: UnitOfWork, task: StageTask) -> StageTask:
        """One read, as every real stage has."""
        await uow.exams.get(task.exam_id)
        return task

    async def compute(self, task: StageTask) -> StageTask:
        """Nothing."""
        return task

    async def save(self, uow: UnitOfWork, task: StageTask, output: StageTask) -> None:
        """Pages and their texts, of the size that real ones have."""
        if output.stage is Stage.INGEST:
            images = tuple(
                PageImage(number=n, blob_key="none", width_px=1, height_px=1)
                for n in range(1, self._pages + 1)
            )
            await uow.pages.replace(task.exam_id, task.run, images)
        elif output.stage is Stage.OCR:
            read = PageText(page=task.page, width_px=1, height_px=1, lines=_LINES)
            await uow.page_texts.replace(task.exam_id, task.run, read)


async def submit(database: Database, tenant_id: str, count: int) -> list[str]:
    """Commit ``count`` exams the way the gateway does, fifty at a time; returns their ids."""
    submitted = [str(uuid4()) for _ in range(count)]
    for begun in range(0, count, 50):
        async with database.transaction() as uow:
            for exam_id in submitted[begun : begun + 50]:
                await add_exam(uow, tenant_id, exam_id)
    return submitted


async def add_exam(uow: UnitOfWork, tenant_id: str, exam_id: str) -> None:
    """One exam, as the gateway adds it."""
    exam = await uow.exams.add(
        {"id": exam_id, "tenant_id": tenant_id, "priority": Priority.NORMAL, "language": "zh"}
    )
    await enqueue(uow, exam, Stage.INGEST)


def main() -> None:
    """A worker process."""
    wanted = os.environ.get("BENCHMARK_STAGES", "").split() or list(Stage)
    pages = int(os.environ.get("BENCHMARK_PAGES", "1"))

    def build_stages(_: ServiceSettings, __: BlobStore) -> tuple[PipelineStage, ...]:
        return tuple(EmptyStage(Stage(name), pages) for name in wanted)

    run_worker("empty", ServiceSettings(), build_stages)


if __name__ == "__main__":
    main()
