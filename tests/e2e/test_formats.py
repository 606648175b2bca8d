"""What people's telephones, scanners and spreadsheets make goes through the whole system."""

import io
import zipfile

import pikepdf
import pytest
from PIL import Image, ImageOps

from examlens.client import ExamLensClient
from shared.contract.notes import NoteKind
from shared.contract.questions import Verdict
from shared.contract.stages import Status
from tests.e2e.papers import answer_key, paper_file
from tests.workbooks import workbook

pytestmark = pytest.mark.xdist_group("embedded")
SAMPLE = "zh-maths"


def picture() -> Image.Image:
    return Image.open(paper_file(SAMPLE)).convert("RGB")


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "notes"),
    [
        pytest.param(lambda: saved(picture().convert("CMYK"), "TIFF"), set(), id="TIFF CMYK"),
        pytest.param(
            lambda: saved(ImageOps.mirror(picture()), "AVIF", quality=85, speed=8),
            {NoteKind.PAGE_MIRRORED},
            id="AVIF mirrored",
        ),
        pytest.param(
            lambda: saved(ImageOps.invert(picture()), "WEBP", lossless=True),
            {NoteKind.PAGE_INVERTED},
            id="WebP in dark mode",
        ),
    ],
)
def test_a_paper_in_any_format_is_graded(
    client: ExamLensClient, data: object, notes: set[NoteKind]
) -> None:
    paper = client.create_paper(answer_key(SAMPLE))
    accepted = client.submit([data()], paper_id=paper.paper_id, force=True)  # type: ignore[operator]
    ended = client.wait(accepted.exam_id, timeout_seconds=200)
    assert ended.status is Status.COMPLETED
    result = client.result(accepted.exam_id)
    graded = [q for q in result.questions if q.verdict is not Verdict.NEEDS_REVIEW]
    assert len(graded) >= 0.8 * len(result.questions)
    assert {note.kind for note in result.notes} & {
        NoteKind.PAGE_MIRRORED,
        NoteKind.PAGE_INVERTED,
    } == notes


def test_a_class_of_folders_with_a_workbook_as_roster_becomes_its_students(
    client: ExamLensClient,
) -> None:
    page = pikepdf.Pdf.new()
    page.add_blank_page(page_size=(595, 842))
    blank = io.BytesIO()
    page.save(blank)
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as archive:
        for name in ("期中/一班/张三/1.pdf", "期中/一班/李四/1.pdf", "期中/二班/王五/1.pdf"):
            archive.writestr(name, blank.getvalue())
    rows = [["7-1", "张三"], ["7-2", "李四"], ["8-1", "二班/王五"]]
    accepted = client.submit_batch(
        source.getvalue(), roster=workbook(["student_ref", "file"], *rows), force=True
    )
    batch = client.wait_batch(accepted.batch_id)
    assert sorted(exam.student_ref or "" for exam in batch.exams) == ["7-1", "7-2", "8-1"]
