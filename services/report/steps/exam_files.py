"""All files of an exam: report, error book, practice paper and pictures of its questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.report.domain.page.places import find_places
from services.report.domain.page.question_crops import question_crops
from services.report.domain.views.error_book import view_error_book
from services.report.domain.views.listing import listed
from services.report.domain.views.practice_paper import PracticePart
from services.report.domain.views.report import view_report
from services.report.domain.views.view_json import to_json
from services.report.steps.ports import PdfTemplates, ReportPage, StoredPages
from services.report.steps.practice_files import draw_practice
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.exams import ArtefactKind, Exam
from shared.contract.practice import PracticePaper
from shared.contract.reading import PageImage, ReadPaper
from shared.contract.result import build_result

UTC_ZONE = ZoneInfo("UTC")


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
    #: In which dates are shown.
    zone: ZoneInfo = UTC_ZONE


@dataclass(frozen=True, slots=True)
class DrawnFiles:
    """``files`` by kind, and ``questions`` as PNG by their ordinal."""

    files: Mapping[ArtefactKind, bytes]
    questions: Mapping[int, bytes]


class ExamFiles:
    """Draws everything. ``versions`` are shown in the report and in the answer of GET result."""

    def __init__(
        self,
        html: ReportPage,
        pdf: PdfTemplates,
        pages: StoredPages,
        versions: Mapping[str, str],
    ) -> None:
        self._html, self._pdf, self._pages, self._versions = html, pdf, pages, versions

    def draw(self, source: ReportInput, stored: Mapping[int, bytes]) -> DrawnFiles:
        """The files of ``source``; ``stored`` are the bytes of its pages by number."""
        exam, paper = source.exam, source.paper
        pages = self._pages.measure(source.pages, stored)
        result = build_result(
            exam, paper, source.analysis, source.diagnosis, source.timings, self._versions
        )
        places = find_places(listed(result).questions, paper)
        submitted_at = exam.created_at.astimezone(source.zone)
        report = view_report(result, pages, submitted_at, places)
        book = view_error_book(result, pages, submitted_at, places)
        pictures = self._pages.cut(
            stored,
            (crop for item in book.items for crop in item.crops),
            question_crops(places, pages),
        )
        page_files = {f"page-{number}.jpg": data for number, data in pictures.pages.items()}
        files = {
            ArtefactKind.REPORT_HTML: self._html.render(report, pictures.pages, pictures.crops),
            ArtefactKind.REPORT_PDF: self._pdf.render(
                "report.typ", to_json(report), page_files | pictures.crops, exam.created_at
            ),
            ArtefactKind.ERROR_BOOK_PDF: self._pdf.render(
                "error_book.typ", to_json(book), pictures.crops, exam.created_at
            ),
        }
        if source.practice is not None and source.practice.items:
            files[ArtefactKind.PRACTICE_PDF] = draw_practice(
                self._pdf, source.practice, PracticePart.BOTH, exam.created_at
            )
        return DrawnFiles(files, pictures.questions)
