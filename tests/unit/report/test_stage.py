"""The stages over rows and blobs in memory."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from services.report.adapters.fonts import SansFont
from services.report.adapters.html_report import HtmlReport
from services.report.adapters.pillow_pages import PillowPages
from services.report.adapters.typst_pdf import TypstPdf
from services.report.stage import CompletionStage, ReportStage
from services.report.steps.exam_files import ExamFiles, ReportInput
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.exams import ArtefactKind, Exam
from shared.contract.failures import FailureCode, Language, PermanentFailure
from shared.contract.notes import Note, NoteKind
from shared.contract.reading import PaperMetadata, ReadPaper
from shared.contract.result import build_result
from shared.contract.stages import Priority, Status
from tests.unit.report.exam_results import SUBMITTED_AT, draw_page, make_pages, make_result

_RESULT = make_result()
_ANALYSIS = Analysis(
    score=_RESULT.score,
    sections=_RESULT.sections,
    questions=tuple(reversed(_RESULT.questions)),
    notes=(
        Note(kind=NoteKind.CONFLICT, where="一.3", details=("mark", "key")),
        Note(kind=NoteKind.PAGE_MISSING, where="2"),
    ),
)
_DIAGNOSIS = Diagnosis(mastery=_RESULT.mastery, diagnosis=_RESULT.diagnosis)
_PAPER = ReadPaper(
    metadata=PaperMetadata(title="期中考试", subject="物理", grade="高二", student_name="某某"),
    warnings=(
        Note(kind=NoteKind.PAGE_MISSING, where="2"),
        Note(kind=NoteKind.PAGE_REPEATED, where="3"),
    ),
)


class MemoryBlobs:
    """Blobs in a dictionary."""

    def __init__(self, blobs: dict[str, bytes]) -> None:
        self.blobs = blobs

    async def read(self, key: str) -> bytes:
        return self.blobs[key]

    async def write(self, key: str, data: bytes) -> None:
        self.blobs[key] = data

    async def delete_prefix(self, prefix: str) -> None:
        self.blobs = {key: data for key, data in self.blobs.items() if not key.startswith(prefix)}


def _exam(**changes: Any) -> Exam:
    fields = {
        "id": "e1",
        "tenant_id": "t1",
        "status": Status.REPORT_GENERATING,
        "run": 2,
        "priority": Priority.NORMAL,
        "paper_id": "p1",
        "student_ref": "S-7",
        "subject": "数学",
        "grade": None,
        "language": Language.ZH,
        "callback_url": None,
        "progress": 90,
        "pages_total": 2,
        "pages_done": 2,
        "is_cancel_requested": False,
        "error_code": None,
        "failed_stage": None,
        "created_at": SUBMITTED_AT,
        "updated_at": SUBMITTED_AT + timedelta(seconds=20),
        "completed_at": None,
    }
    return Exam.model_validate(fields | changes)


def _input() -> ReportInput:
    return ReportInput(_exam(), _PAPER, _ANALYSIS, _DIAGNOSIS, make_pages(), {"ocr": 3.0})


def _stage(blobs: MemoryBlobs) -> ReportStage:
    font = SansFont()
    versions = {"examlens": "0.1.0"}
    return ReportStage(blobs, ExamFiles(HtmlReport(font), TypstPdf(font), PillowPages(), versions))


def _page_blobs() -> MemoryBlobs:
    return MemoryBlobs({page.blob_key: draw_page(page.number) for page in make_pages()})


def test_the_result_joins_what_the_stages_wrote() -> None:
    result = build_result(
        _exam(), _PAPER, _ANALYSIS, _DIAGNOSIS, {"ocr": 3.0}, {"examlens": "0.1.0"}
    )
    assert (result.title, result.subject, result.grade) == ("期中考试", "数学", "高二")
    assert [question.ordinal for question in result.questions] == list(range(1, 31))
    assert [(note.kind, note.where) for note in result.notes] == [
        (NoteKind.CONFLICT, "一.3"),
        (NoteKind.PAGE_MISSING, "2"),
        (NoteKind.PAGE_REPEATED, "3"),
    ]
    assert "某某" not in result.model_dump_json()


async def test_a_report_is_written_as_three_files_of_its_run() -> None:
    blobs = _page_blobs()
    artefacts = await _stage(blobs).compute(_input())
    assert {artefact.kind for artefact in artefacts} == {
        ArtefactKind.REPORT_HTML,
        ArtefactKind.REPORT_PDF,
        ArtefactKind.ERROR_BOOK_PDF,
    }
    for artefact in artefacts:
        assert artefact.blob_key == f"exams/e1/2/{artefact.kind.value}"
        assert len(blobs.blobs[artefact.blob_key]) == artefact.size_bytes
    assert blobs.blobs["exams/e1/2/report.pdf"].startswith(b"%PDF")
    assert "教师批改与参考答案" in blobs.blobs["exams/e1/2/report.html"].decode()


async def test_every_question_with_a_place_gets_a_picture() -> None:
    blobs = _page_blobs()
    await _stage(blobs).compute(_input())
    crops = {key: data for key, data in blobs.blobs.items() if "/crops/" in key}
    assert crops
    for key, data in crops.items():
        assert key.startswith("exams/e1/2/crops/")
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.format == "PNG"
            assert picture.width > 10


async def test_repeating_the_stage_writes_the_same_files() -> None:
    stage = _stage(_page_blobs())
    assert await stage.compute(_input()) == await stage.compute(_input())


async def test_a_page_that_is_no_image_fails_for_good() -> None:
    blobs = _page_blobs()
    blobs.blobs[make_pages()[1].blob_key] = b"not an image"
    with pytest.raises(PermanentFailure) as failure:
        await _stage(blobs).compute(_input())
    assert (failure.value.code, failure.value.page) == (FailureCode.UNREADABLE_PAGE, 2)


async def test_marks_are_placed_on_the_page_as_it_is_stored_now() -> None:
    blobs = _page_blobs()
    stage = _stage(blobs)
    upright = await stage.compute(_input())
    # Reading turned the page after ingest had measured it lying on its side.
    lying = tuple(
        page.model_copy(update={"width_px": page.height_px, "height_px": page.width_px})
        for page in make_pages()
    )
    assert await stage.compute(replace(_input(), pages=lying)) == upright


async def test_completion_without_a_callback_has_nothing_to_do() -> None:
    exam = _exam()
    assert await CompletionStage().compute(exam) is exam
