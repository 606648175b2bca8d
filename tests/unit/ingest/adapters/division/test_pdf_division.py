"""A class PDF divided: each file looks like the pages it holds, and holds nothing of another's."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from services.ingest.adapters.division.division_order import DivisionOrder
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.batches import BatchLimits
from shared.pdf.pdfium_document import open_pdf
from tests.unit.ingest.adapters.division.class_pdfs import (
    BUILDS,
    OWNER_ONLY,
    Build,
    pictures_in_shared_resources,
    secret,
)

LIMITS = BatchLimits(students=100, files=10, file_bytes=10_000_000, total_bytes=100_000_000)


def divided(source: Path, pages_per_student: int = 1) -> tuple[str, list[Path]]:
    """What the process says, and the students' files."""
    folder = source.parent / "parts"
    folder.mkdir()
    order = DivisionOrder(
        source=str(source),
        folder=str(folder),
        is_pdf=True,
        pages_per_student=pages_per_student,
        limits=LIMITS,
    )
    module = "services.ingest.adapters.division.division_process"
    ended = subprocess.run(
        [sys.executable, "-m", module, order.model_dump_json()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout, sorted(folder.iterdir(), key=lambda path: int(path.name.split("-")[0]))


def built(build: Build, path: Path, **options: object) -> Path:
    with pikepdf.Pdf.new() as pdf:
        build(pdf)
        pdf.save(path, fix_metadata_version=False, **options)  # type: ignore[arg-type]
    return path


def pictures(pdf: bytes) -> list[np.ndarray]:
    with open_pdf(pdf) as document:
        return [
            document.draw_page(
                index, lambda *_: 1.0, most_image_share=0.0, most_characters=1000
            ).image
            for index in range(document.page_count)
        ]


def everything_in(path: Path) -> bytes:
    """All bytes of a PDF, streams and strings decoded."""
    with pikepdf.open(path) as pdf:
        parts = []
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream):
                parts.append(item.read_raw_bytes())
            parts.append(item.unparse(resolved=True))
        parts.append(pdf.trailer.unparse())
    return b"\n".join(parts)


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_a_students_file_looks_like_their_page_and_holds_nothing_of_others(
    build: Build, tmp_path: Path
) -> None:
    source = built(build, tmp_path / "class.pdf")
    _, files = divided(source)
    whole = pictures(source.read_bytes())
    assert len(files) == len(whole)
    for student, file in enumerate(files):
        (alone,) = pictures(file.read_bytes())
        np.testing.assert_array_equal(alone, whole[student])
        content = everything_in(file)
        others = [n for n in range(len(files)) if n != student]
        assert [n for n in others if secret(n) in content] == []


def test_a_pdf_that_only_its_owner_may_change_is_divided(tmp_path: Path) -> None:
    source = built(pictures_in_shared_resources, tmp_path / "class.pdf", encryption=OWNER_ONLY)
    _, files = divided(source)
    whole = pictures(source.read_bytes())
    for picture, file in zip(whole, files, strict=True):
        np.testing.assert_array_equal(pictures(file.read_bytes())[0], picture)


def test_a_pdf_that_nobody_can_read_without_its_password_is_refused(tmp_path: Path) -> None:
    secured = pikepdf.Encryption(owner="owner", user="user")
    source = built(pictures_in_shared_resources, tmp_path / "class.pdf", encryption=secured)
    outcome, files = divided(source)
    assert ProblemCode.ENCRYPTED_PDF.value in outcome
    assert files == []


def test_pages_that_share_large_pictures_make_small_files(tmp_path: Path) -> None:
    def many(pdf: pikepdf.Pdf) -> None:
        noise = np.random.default_rng(0)
        for _ in range(20):
            pdf.add_blank_page(page_size=(120, 160))
        images = pikepdf.Dictionary()
        for n in range(20):
            data = noise.integers(0, 255, 200_000, np.uint8).tobytes()
            image = pdf.make_stream(data, Width=500, Height=400, BitsPerComponent=8)
            image.Subtype, image.ColorSpace = pikepdf.Name.Image, pikepdf.Name.DeviceGray
            images[f"/I{n}"] = image
        shared = pdf.make_indirect(pikepdf.Dictionary(XObject=images))
        for n, page in enumerate(pdf.pages):
            page.obj.Resources = shared
            page.obj.Contents = pdf.make_stream(f"q 90 0 0 90 9 40 cm /I{n} Do Q".encode())

    _, files = divided(built(many, tmp_path / "class.pdf"), pages_per_student=2)
    assert {file.stat().st_size // 100_000 for file in files} == {4}
