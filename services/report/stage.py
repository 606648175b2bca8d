"""The last stages of an exam: its report, and its completion."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from services.report.adapters.html_report import HtmlReport
from services.report.adapters.page_images import make_pictures, measure_pages
from services.report.adapters.typst_pdf import TypstPdf
from services.report.domain.page.places import find_places
from services.report.domain.page.question_crops import question_crops
from services.report.domain.views.error_book import view_error_book
from services.report.domain.views.practice_paper import PracticePart, view_practice
from services.report.domain.views.report import view_report
from services.report.domain.views.view_json import to_json
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.exams import Artefact, ArtefactKind, Exam, crop_key
from shared.contract.messages import StageTask
from shared.contract.practice import PracticePaper
from shared.contract.reading import PageImage, ReadPaper
from shared.contract.result import build_result
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore

_MEDIA_TYPES = {ArtefactKind.REPORT_HTML: "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class ReportInput:
    """Everything that a report is made from."""

    exam: Exam
    paper: ReadPaper
    analysis: Analysis
    diagnosis: Diagnosis
    pages: tuple[PageImage, ...]
    timings: Mapping[str, float]
    #: None, or without items, where nothing fits the student's weak points.
    practice: PracticePaper | None = None


class ReportStage:
    """Draws the report, the error book and the practice paper, writes blobs and artefacts.

    ``versions`` are shown in the report and are what GET result answers for this run.
    """

    stage = Stage.REPORT

    def __init__(
        self, blobs: BlobStore, html: HtmlReport, pdf: TypstPdf, versions: Mapping[str, str]
    ) -> None:
        self._blobs, self._html, self._pdf = blobs, html, pdf
        self._versions = versions

    async def load(self, uow: UnitOfWork, task: StageTask) -> ReportInput:
        """What the earlier stages of this run wrote."""
        return ReportInput(
            exam=await uow.exams.get(task.exam_id),
            paper=await uow.read_papers.get(task.exam_id, task.run),
            analysis=await uow.analyses.get(task.exam_id, task.run),
            diagnosis=await uow.diagnoses.get(task.exam_id, task.run),
            pages=await uow.pages.list(task.exam_id, task.run),
            timings=await uow.stage_timings(task.exam_id, task.run),
            practice=await uow.practices.find(task.exam_id, task.run),
        )

    async def compute(self, source: ReportInput) -> tuple[Artefact, ...]:
        """Draws all files and writes them under keys that a repetition writes again."""
        async with asyncio.TaskGroup() as group:
            reads = {
                page.number: group.create_task(self._blobs.read(page.blob_key))
                for page in source.pages
            }
        stored = {number: read.result() for number, read in reads.items()}
        # CPU-bound: a thread keeps the worker's single event loop responsive.
        files, crops = await asyncio.to_thread(self._draw, source, stored)
        artefacts = tuple(_describe(source.exam, kind, data) for kind, data in files.items())
        async with asyncio.TaskGroup() as group:
            for artefact in artefacts:
                group.create_task(self._blobs.write(artefact.blob_key, files[artefact.kind]))
            for ordinal, crop in crops.items():
                key = crop_key(source.exam.id, source.exam.run, ordinal)
                group.create_task(self._blobs.write(key, crop))
        return artefacts

    async def save(self, uow: UnitOfWork, task: StageTask, artefacts: tuple[Artefact, ...]) -> None:
        """Replaces the run's artefacts."""
        await uow.artefacts.replace(task.exam_id, task.run, artefacts)

    def _draw(
        self, source: ReportInput, stored: Mapping[int, bytes]
    ) -> tuple[dict[ArtefactKind, bytes], dict[int, bytes]]:
        """The files by kind, and pictures of the questions by ordinal."""
        exam, paper = source.exam, source.paper
        pages = measure_pages(source.pages, stored)
        result = build_result(
            exam, paper, source.analysis, source.diagnosis, source.timings, self._versions
        )
        places = find_places(result.questions, paper)
        report = view_report(result, pages, exam.created_at, places)
        book = view_error_book(result, pages, exam.created_at, places)
        pictures = make_pictures(
            stored,
            (crop for item in book.items for crop in item.crops),
            question_crops(places, pages),
        )
        page_files = {f"page-{number}.jpg": data for number, data in pictures.pages.items()}
        files = {
            ArtefactKind.REPORT_HTML: self._html.render(report, pictures.pages),
            ArtefactKind.REPORT_PDF: self._pdf.render(
                "report.typ", to_json(report), page_files, exam.created_at
            ),
            ArtefactKind.ERROR_BOOK_PDF: self._pdf.render(
                "error_book.typ", to_json(book), pictures.crops, exam.created_at
            ),
        }
        if source.practice is not None and source.practice.items:
            practice = view_practice(source.practice, PracticePart.BOTH)
            files[ArtefactKind.PRACTICE_PDF] = self._pdf.render(
                "practice.typ", to_json(practice), {}, exam.created_at
            )
        return files, pictures.questions


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
        """An exam without a callback address has nobody to be told."""
        return exam

    async def save(self, uow: UnitOfWork, task: StageTask, exam: Exam) -> None:  # noqa: ARG002
        """Has the class report of the exam's paper computed again, by whoever does that."""
        if exam.paper_id is not None:
            await uow.class_reports.mark_stale(exam.paper_id)
