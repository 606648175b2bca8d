"""The ingest stage: uploaded files become upright, validated page images."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.ingest.adapters.image import decode_image, encode_jpeg, encode_png
from services.ingest.adapters.pdf import count_pages, render_page
from services.ingest.domain.limits import Limits
from services.ingest.domain.normalisation import normalise
from services.ingest.domain.raster import Rgb
from shared.contract.exams import Upload
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage, TextLine
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore

PDF_MAGIC = b"%PDF-"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC = b"\xff\xd8\xff"
#: Readers accept a PDF whose header comes a little late (ISO 32000-1, annex H).
PDF_HEADER_BYTES = 1024


@dataclass(frozen=True, slots=True)
class IngestInput:
    """The uploads of one run, in their order, and where its pages go."""

    prefix: str
    uploads: tuple[Upload, ...]


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page of one file: ``draw`` makes its picture and, from PDF, its complete text."""

    is_jpeg: bool
    draw: Callable[[], tuple[Rgb, tuple[TextLine, ...] | None]]


class IngestStage:
    """Decodes uploads, makes their pages upright and level, stores them."""

    stage = Stage.INGEST

    def __init__(self, blobs: BlobStore, limits: Limits) -> None:
        self._blobs, self._limits = blobs, limits

    async def load(self, uow: UnitOfWork, task: StageTask) -> IngestInput:
        """The list of uploads; their bytes are read later, without a connection."""
        uploads = await uow.uploads.list(task.exam_id)
        return IngestInput(f"exams/{task.exam_id}/{task.run}/pages", tuple(uploads))

    async def compute(self, job: IngestInput) -> tuple[PageImage, ...]:
        """Every page, normalised and written to the blob store.

        Raises PermanentFailure with the code of what is wrong with the first bad file.
        """
        self._limits.check_files(len(job.uploads))
        sources: list[SourcePage] = []
        for upload in job.uploads:
            self._limits.check_bytes(upload.size_bytes)
            data = await self._blobs.read(upload.blob_key)
            sources.extend(await asyncio.to_thread(_source_pages, data, self._limits))
            self._limits.check_pages(len(sources))
        if not sources:
            raise PermanentFailure(FailureCode.EMPTY_FILE)
        return tuple(
            [
                await self._store(job.prefix, number, source)
                for number, source in enumerate(sources, start=1)
            ]
        )

    async def save(self, uow: UnitOfWork, task: StageTask, output: tuple[PageImage, ...]) -> None:
        """Replace the run's pages."""
        await uow.pages.replace(task.exam_id, task.run, output)

    def pages(self, output: tuple[PageImage, ...]) -> int:
        """How many pages there are to be read."""
        return len(output)

    async def _store(self, prefix: str, number: int, source: SourcePage) -> PageImage:
        # One page at a time: a whole paper of decoded pages would not fit a worker's memory.
        page, data = await asyncio.to_thread(_draw, source, self._limits, prefix, number)
        await self._blobs.write(page.blob_key, data)
        return page


def _source_pages(data: bytes, limits: Limits) -> Iterator[SourcePage]:
    """The pages of one file. Raises PermanentFailure when it is of no known kind, or broken."""
    limits.check_bytes(len(data))
    if PDF_MAGIC in data[:PDF_HEADER_BYTES]:
        count = count_pages(data)
        limits.check_pages(count)
        return iter([_pdf_page(data, index, limits) for index in range(count)])
    if data.startswith((PNG_MAGIC, JPEG_MAGIC)):
        is_jpeg = data.startswith(JPEG_MAGIC)
        return iter([SourcePage(is_jpeg, lambda: (decode_image(data, limits), None))])
    raise PermanentFailure(FailureCode.UNSUPPORTED_MEDIA)


def _pdf_page(data: bytes, index: int, limits: Limits) -> SourcePage:
    def draw() -> tuple[Rgb, tuple[TextLine, ...] | None]:
        page = render_page(data, index, limits)
        return page.image, page.lines

    return SourcePage(is_jpeg=False, draw=draw)


def _draw(source: SourcePage, limits: Limits, prefix: str, number: int) -> tuple[PageImage, bytes]:
    """One normalised page and its encoded image."""
    image, lines = source.draw()
    turned, is_photo = 0.0, False
    if lines is None:
        page = normalise(image, limits.page_pixels)
        image, turned, is_photo = page.image, page.turned_degrees, page.is_photo
    as_jpeg = is_photo or source.is_jpeg
    height, width = image.shape[:2]
    document = PageImage(
        number=number,
        blob_key=f"{prefix}/{number}.{'jpg' if as_jpeg else 'png'}",
        width_px=width,
        height_px=height,
        turned_degrees=turned,
        printed_lines=lines,
    )
    return document, encode_jpeg(image) if as_jpeg else encode_png(image)
