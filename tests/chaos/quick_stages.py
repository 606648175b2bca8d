"""Engines that are quick and deterministic, and leave a trace of every recorded effect.

An exam's student reference says how it behaves: ``steady``, ``flaky`` (its first attempts fail),
``slow``, ``bad`` (its input is refused) or ``deadly`` (it ends the process that touches it).
"""

import asyncio
import hashlib
import os
from dataclasses import dataclass

from sqlalchemy import text

from shared.contract.exams import Artefact, ArtefactKind, Exam
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage, PageText
from shared.contract.services import WORKERS
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.stage_runner import PipelineStage
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore

#: Written in the recording transaction and without any unique constraint: a repeat is visible.
EFFECTS_TABLE = """
CREATE TABLE IF NOT EXISTS chaos_effects (
  exam_id uuid NOT NULL, run int NOT NULL, stage text NOT NULL, page int NOT NULL
)
"""
_ADD_EFFECT = text("INSERT INTO chaos_effects VALUES (:exam_id, :run, :stage, :page)")
SERVICES: dict[str, tuple[Stage, ...]] = {worker.name: worker.stages for worker in WORKERS}


def pages_of(exam_id: str) -> int:
    """One to four pages, fixed by the exam's id."""
    return 1 + hashlib.sha256(exam_id.encode()).digest()[0] % 4


@dataclass(frozen=True, slots=True)
class Work:
    """A task with what its exam is like."""

    task: StageTask
    exam: Exam
    attempt: int

    @property
    def behaviour(self) -> str:
        """The word before the first dash of the student reference."""
        return (self.exam.student_ref or "steady").partition("-")[0]


class QuickStage:
    """Any stage: waits a moment, then writes what its successor needs."""

    def __init__(self, stage: Stage, blobs: BlobStore, pause_seconds: float) -> None:
        self.stage = stage
        self._blobs, self._pause_seconds = blobs, pause_seconds

    async def load(self, uow: UnitOfWork, task: StageTask) -> Work:
        """The exam and the number of the attempt."""
        progress = await uow.runs.progress(task.exam_id, task.run)
        attempts = max((p.attempts for p in progress if p.stage is task.stage), default=1)
        return Work(task, await uow.exams.get(task.exam_id), attempts)

    async def compute(self, work: Work) -> Work:
        """Behave as the exam's student reference says."""
        behaviour = work.behaviour
        if behaviour == "deadly" and self.stage is Stage.OCR:
            os._exit(9)
        if behaviour == "bad" and self.stage is Stage.INGEST:
            raise PermanentFailure(FailureCode.BROKEN_IMAGE)
        if behaviour == "flaky" and self.stage is Stage.PARSING and work.attempt < 3:
            raise ConnectionError("an engine is away")
        is_slow = behaviour == "slow" and self.stage is Stage.OCR
        await asyncio.sleep(self._pause_seconds * (40 if is_slow else 1))
        if self.stage is Stage.REPORT:
            await self._blobs.write(f"chaos/{work.exam.id}", b"report")
        return work

    async def save(self, uow: UnitOfWork, task: StageTask, work: Work) -> None:
        """Write the rows that the next stages and the final account look at."""
        await uow.connection.execute(_ADD_EFFECT, task.model_dump(include=_EFFECT_COLUMNS))
        if self.stage is Stage.INGEST:
            numbers = range(1, pages_of(task.exam_id) + 1)
            images = tuple(
                PageImage(number=n, blob_key="none", width_px=1, height_px=1) for n in numbers
            )
            await uow.pages.replace(task.exam_id, task.run, images)
        elif self.stage is Stage.OCR:
            read = PageText(page=task.page, width_px=1, height_px=1)
            await uow.page_texts.replace(task.exam_id, task.run, read)
        elif self.stage is Stage.REPORT:
            report = Artefact(
                kind=ArtefactKind.REPORT_HTML,
                blob_key=f"chaos/{task.exam_id}",
                media_type="text/html",
                size_bytes=6,
                sha256="0" * 64,
            )
            await uow.artefacts.replace(task.exam_id, task.run, (report,))


_EFFECT_COLUMNS = {"exam_id", "run", "stage", "page"}


def quick_factory(service: str, pause_seconds: float):  # noqa: ANN201 -- a StageFactory
    """Builds the quick stages of ``service``."""

    def build_stages(_: ServiceSettings, blobs: BlobStore) -> tuple[PipelineStage, ...]:
        return tuple(QuickStage(stage, blobs, pause_seconds) for stage in SERVICES[service])

    return build_stages
