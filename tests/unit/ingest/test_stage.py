"""The ingest stage turns uploads into page images and names what is wrong with bad files."""

import io
from pathlib import Path

import numpy as np
import pytest
import typst
from PIL import Image, ImageDraw, ImageFont

from services.ingest.adapters.pdfium_pages import PdfiumPages
from services.ingest.adapters.pillow_images import PillowImages
from services.ingest.domain.files.limits import Limits
from services.ingest.stage import IngestInput, IngestStage
from shared.contract.exams import Upload
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.reading import PageImage

#: Opens only with the password "secret".
ENCRYPTED_PDF = (Path(__file__).parents[2] / "fixtures/pages/encrypted.pdf").read_bytes()


class MemoryBlobs:
    """A blob store in a dictionary."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}

    async def read(self, key: str) -> bytes:
        return self.data[key]

    async def write(self, key: str, data: bytes) -> None:
        self.data[key] = data

    async def delete_prefix(self, prefix: str) -> None:
        self.data = {k: v for k, v in self.data.items() if not k.startswith(prefix)}


def picture(width: int = 600, height: int = 800, lines: int = 12) -> Image.Image:
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=20)
    for line in range(lines):
        draw.text((40, 40 + 50 * line), "The quick brown fox jumps over it", "black", font=font)
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


async def ingest(
    *files: bytes, limits: Limits | None = None
) -> tuple[tuple[PageImage, ...], MemoryBlobs]:
    blobs = MemoryBlobs()
    uploads = []
    for ordinal, data in enumerate(files):
        await blobs.write(f"up/{ordinal}", data)
        uploads.append(
            Upload(
                ordinal=ordinal,
                blob_key=f"up/{ordinal}",
                media_type="application/octet-stream",
                size_bytes=len(data),
                sha256="",
            )
        )
    stage = IngestStage(blobs, limits or Limits(), PillowImages(), PdfiumPages())
    output = await stage.compute(IngestInput("exams/e/1/pages", tuple(uploads)))
    return tuple(page.image for page in output), blobs


async def failure_of(*files: bytes, limits: Limits | None = None) -> FailureCode:
    with pytest.raises(PermanentFailure) as raised:
        await ingest(*files, limits=limits)
    return raised.value.code


async def test_pages_are_numbered_through_all_files_and_written_under_the_run() -> None:
    pages, blobs = await ingest(
        encoded(picture(), "PNG"),
        encoded(picture(), "PDF", save_all=True, append_images=[picture()]),
        encoded(picture(), "JPEG"),
    )
    assert [page.number for page in pages] == [1, 2, 3, 4]
    assert pages[0].blob_key == "exams/e/1/pages/1.png"
    assert pages[3].blob_key == "exams/e/1/pages/4.jpg"
    for page in pages:
        stored = Image.open(io.BytesIO(blobs.data[page.blob_key]))
        assert stored.size == (page.width_px, page.height_px)


async def test_repeating_the_stage_gives_the_same_pages_and_bytes() -> None:
    first, first_blobs = await ingest(encoded(picture(), "PNG"))
    again, again_blobs = await ingest(encoded(picture(), "PNG"))
    assert first == again
    assert first_blobs.data == again_blobs.data


async def test_an_exif_turn_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its left side
    lying = picture().rotate(90, expand=True)
    pages, _ = await ingest(encoded(lying, "JPEG", exif=exif))
    assert (pages[0].width_px, pages[0].height_px) == (600, 800)


async def test_a_clean_scan_keeps_every_pixel() -> None:
    source = picture()
    pages, blobs = await ingest(encoded(source, "PNG"))
    stored = Image.open(io.BytesIO(blobs.data[pages[0].blob_key]))
    assert np.array_equal(np.array(stored), np.array(source))


async def test_a_transparent_picture_lies_on_white_paper() -> None:
    clear = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    pages, blobs = await ingest(encoded(clear, "PNG"))
    stored = Image.open(io.BytesIO(blobs.data[pages[0].blob_key]))
    assert stored.getpixel((150, 150)) == (255, 255, 255)


async def test_bad_files_fail_with_the_code_that_says_what_is_wrong() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    jpeg = encoded(Image.fromarray(noise), "JPEG")
    png = encoded(picture(), "PNG")
    assert await failure_of(b"") is FailureCode.EMPTY_FILE
    assert await failure_of() is FailureCode.EMPTY_FILE
    assert await failure_of(b"only text, renamed .png") is FailureCode.UNSUPPORTED_MEDIA
    assert await failure_of(b"{\\rtf1 a document") is FailureCode.OFFICE_DOCUMENT
    assert await failure_of(jpeg[: len(jpeg) // 2]) is FailureCode.BROKEN_IMAGE
    assert await failure_of(png[: len(png) // 2]) is FailureCode.BROKEN_IMAGE
    assert await failure_of(b"\xff\xd8\xff" + b"x" * 100) is FailureCode.BROKEN_IMAGE
    assert await failure_of(b"%PDF-1.7 and then nothing of use") is FailureCode.BROKEN_PDF


async def test_an_encrypted_pdf_is_told_apart_from_a_broken_one() -> None:
    assert await failure_of(ENCRYPTED_PDF) is FailureCode.ENCRYPTED_PDF


async def test_limits_on_files_bytes_pages_and_pixels_hold() -> None:
    png = encoded(picture(), "PNG")
    pdf = encoded(picture(), "PDF", save_all=True, append_images=[picture()] * 4)
    assert await failure_of(png, png, limits=Limits(files=1)) is FailureCode.TOO_MANY_FILES
    assert await failure_of(png, limits=Limits(file_bytes=100)) is FailureCode.FILE_TOO_LARGE
    assert await failure_of(pdf, limits=Limits(pages=4)) is FailureCode.TOO_MANY_PAGES
    assert await failure_of(png, png, limits=Limits(pages=1)) is FailureCode.TOO_MANY_PAGES
    assert await failure_of(png, limits=Limits(image_pixels=1000)) is FailureCode.TOO_MANY_PIXELS


async def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = encoded(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 200_000
    assert await failure_of(bomb) is FailureCode.TOO_MANY_PIXELS


async def test_a_photo_saved_as_a_poster_is_drawn_as_large_as_a_page_may_be() -> None:
    poster = encoded(picture(600, 800), "PDF", resolution=0.5)
    pages, _ = await ingest(poster)
    assert pages[0].width_px * pages[0].height_px <= Limits().page_pixels
    assert pages[0].height_px / pages[0].width_px == pytest.approx(4 / 3, abs=0.01)


async def test_a_strip_of_pixels_is_no_page() -> None:
    for size in ((60_000, 1), (1, 60_000), (4000, 100)):
        strip = encoded(Image.new("1", size), "PNG")
        assert await failure_of(strip) is FailureCode.UNREADABLE_PAGE


async def test_a_pdf_page_of_more_lines_than_allowed_is_refused() -> None:
    source = "\n\n".join(f"Question {n} has words" for n in range(12))
    pdf = typst.compile(source.encode(), format="pdf")
    assert await failure_of(pdf, limits=Limits(page_lines=11)) is FailureCode.TOO_MUCH_TEXT
    assert (await ingest(pdf, limits=Limits(page_lines=12)))[0]
