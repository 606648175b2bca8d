"""The last stages of an exam: its report, and its completion."""

import asyncio
import hashlib
from zoneinfo import ZoneInfo

from services.report.steps.exam_files import UTC_ZONE, ExamFiles, ReportInput
from shared.contract.exams import Artefact, ArtefactKind, Exam, crop_key
from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore

_MEDIA_TYPES = {ArtefactKind.REPORT_HTML: "text/html; charset=utf-8"}


class ReportStage:
    """Draws the report, the error book and the practice paper; writes blobs and artefacts."""

    stage = Stage.REPORT

    def __init__(self, blobs: BlobStore, files: ExamFiles, zone: ZoneInfo = UTC_ZONE) -> None:
        self._blobs, self._files, self._zone = blobs, files, zone

    async def load(self, uow: UnitOfWork, task: StageTask) -> ReportInput:
        """What the earlier stages of this run wrote."""
        exam = await uow.exams.get(task.exam_id)
        return ReportInput(
            exam=exam,
            zone=await uow.tenants.time_zone(exam.tenant_id) or self._zone,
            paper=await uow.read_papers.get(task.exam_id, task.run),
            analysis=await uow.analyses.get(task.exam_id, task.run),
            diagnosis=await uow.diagnoses.get(task.exam_id, task.run),
            pages=await uow.pages.list(task.exam_id, task.run),
            timings=await uow.stage_timings(task.exam_id, task.run),
            practice=await uow.practices.find(task.exam_id, task.run),
        )

    async def compute(self, source: ReportInput) -> tuple[Artefact, ...]:
        """Draw all files and write them. A repetition writes the same keys."""
        async with asyncio.TaskGroup() as group:
            reads = {
                page.number: group.create_task(self._blobs.read(page.blob_key))
                for page in source.pages
            }
        stored = {number: read.result() for number, read in reads.items()}
        # CPU-bound: a thread keeps the worker's single event loop responsive.
        drawn = await asyncio.to_thread(self._files.draw, source, stored)
        artefacts = tuple(_describe(source.exam, kind, data) for kind, data in drawn.files.items())
        async with asyncio.TaskGroup() as group:
            for artefact in artefacts:
                group.create_task(self._blobs.write(artefact.blob_key, drawn.files[artefact.kind]))
            for ordinal, crop in drawn.questions.items():
                key = crop_key(source.exam.id, source.exam.run, ordinal)
                group.create_task(self._blobs.write(key, crop))
        return artefacts

    async def save(self, uow: UnitOfWork, task: StageTask, artefacts: tuple[Artefact, ...]) -> None:
        """Replace the run's artefacts."""
        await uow.artefacts.replace(task.exam_id, task.run, artefacts)


def _describe(exam: Exam, kind: ArtefactKind, data: bytes) -> Artefact:
    return Artefact(
        kind=kind,
        blob_key=f"exams/{exam.id}/{exam.run}/{kind.value}",
        media_type=_MEDIA_TYPES.get(kind, "application/pdf"),
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


class CompletionStage:
    """Ends an exam and asks for its class's report.

    Its status and time of completion are set by the stage runner on record.
    """

    stage = Stage.COMPLETION

    async def load(self, uow: UnitOfWork, task: StageTask) -> Exam:
        """The exam that is complete."""
        return await uow.exams.get(task.exam_id)

    async def compute(self, exam: Exam) -> Exam:
        """Nothing is computed: the exam as it was loaded."""
        return exam

    async def save(self, uow: UnitOfWork, task: StageTask, exam: Exam) -> None:  # noqa: ARG002
        """Mark the class report of the exam's paper as stale. Diagnose computes it again."""
        if exam.paper_id is not None:
            await uow.class_reports.mark_stale(exam.paper_id)
