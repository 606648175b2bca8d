"""The ingest stage: uploaded files become upright, validated page images."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from services.ingest.adapters.image import decode_image, encode_jpeg, encode_png
from services.ingest.adapters.page_prints import (
    decode_corners,
    decode_view,
    encode_view,
    is_blank,
    print_of,
)
from services.ingest.adapters.pdf import count_pages, render_page
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.likeness.page_likeness import is_same_sheet, shared_corners
from services.ingest.domain.likeness.page_view import PageView, view_of
from services.ingest.domain.raster import Rgb
from services.ingest.domain.sheet.normalisation import normalise
from shared.contract.duplicates import PagePrint
from shared.contract.exams import Exam, Upload
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
#: Exams whose corners are matched with ours, and those whose ink is then compared.
MAX_CANDIDATES = 64
MAX_VERIFIED = 6


@dataclass(frozen=True, slots=True)
class IngestInput:
    """The uploads of one run, in their order, and where its pages go."""

    prefix: str
    uploads: tuple[Upload, ...]


@dataclass(frozen=True, slots=True)
class IngestedPage:
    """A page as it was stored, with what it is compared by."""

    image: PageImage
    print: PagePrint


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page of one file: ``draw`` makes its picture and, from PDF, its complete text."""

    is_jpeg: bool
    draw: Callable[[], tuple[Rgb, tuple[TextLine, ...] | None]]


class IngestStage:
    """Decodes uploads, makes their pages upright and level, stores them.

    As duplicate layer 3 it compares the pages with those of the tenant's other exams.
    """

    stage = Stage.INGEST
    duplicate_layer = 3

    def __init__(self, blobs: BlobStore, limits: Limits) -> None:
        self._blobs, self._limits = blobs, limits

    async def load(self, uow: UnitOfWork, task: StageTask) -> IngestInput:
        """The list of uploads; their bytes are read later, without a connection."""
        uploads = await uow.uploads.list(task.exam_id)
        return IngestInput(f"exams/{task.exam_id}/{task.run}/pages", tuple(uploads))

    async def compute(self, job: IngestInput) -> tuple[IngestedPage, ...]:
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

    async def save(
        self, uow: UnitOfWork, task: StageTask, output: tuple[IngestedPage, ...]
    ) -> None:
        """Replace the run's pages."""
        await uow.pages.replace(task.exam_id, task.run, tuple(page.image for page in output))

    async def announce(
        self, uow: UnitOfWork, exam: Exam, output: tuple[IngestedPage, ...]
    ) -> dict[str, tuple[PagePrint, ...]]:
        """Write the pages' prints; the prints of the exams that come nearest, by exam id."""
        prints = [page.print for page in output]
        await uow.likenesses.replace_pages(exam, prints)
        return await uow.likenesses.nearest(exam, prints, MAX_CANDIDATES)

    async def compare(
        self, output: tuple[IngestedPage, ...], known: Mapping[str, tuple[PagePrint, ...]]
    ) -> tuple[str, ...]:
        """Ids of the exams whose every page is the same sheet as ours."""
        ours = tuple(page.print for page in output)
        if all(map(is_blank, ours)):
            # Blank pages are alike whoever handed them in.
            return ()
        nearest = await asyncio.to_thread(_nearest, ours, known)
        return tuple([exam_id for exam_id in nearest if await self._is_same(ours, known[exam_id])])

    async def _is_same(self, ours: tuple[PagePrint, ...], known: tuple[PagePrint, ...]) -> bool:
        for page, other in zip(ours, known, strict=True):
            try:
                data = [await self._blobs.read(found.view_key) for found in (other, page)]
            except LookupError:
                # Erased or retired meanwhile: what cannot be verified is not the same.
                return False
            if not await asyncio.to_thread(_is_same_page, (other, page), data):
                return False
        return True

    async def _store(self, prefix: str, number: int, source: SourcePage) -> IngestedPage:
        # One page at a time: a whole paper of decoded pages would not fit a worker's memory.
        image, data, view = await asyncio.to_thread(_draw, source, self._limits, prefix, number)
        found = print_of(view, number, f"{prefix}/{number}.view.png")
        await self._blobs.write(image.blob_key, data)
        await self._blobs.write(found.view_key, await asyncio.to_thread(encode_view, view))
        return IngestedPage(image, found)


def _nearest(ours: tuple[PagePrint, ...], known: Mapping[str, tuple[PagePrint, ...]]) -> list[str]:
    """The exams that share the most corners with ours on every page, at most MAX_VERIFIED."""
    views = [None if is_blank(page) else decode_corners(page.corners) for page in ours]
    shares: dict[str, int] = {}
    for exam_id, prints in known.items():
        counts = [
            shared_corners(decode_corners(page.corners), view)
            for view, page in zip(views, prints, strict=True)
            if view is not None
        ]
        if all(counts):
            shares[exam_id] = sum(counts)
    return sorted(shares, key=lambda exam_id: -shares[exam_id])[:MAX_VERIFIED]


def _is_same_page(prints: tuple[PagePrint, PagePrint], data: list[bytes]) -> bool:
    first, second = (decode_view(ink, page.corners) for page, ink in zip(prints, data, strict=True))
    return is_same_sheet(first, second)


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


def _draw(
    source: SourcePage, limits: Limits, prefix: str, number: int
) -> tuple[PageImage, bytes, PageView]:
    """One normalised page, its encoded image and what it is compared by."""
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
    return document, encode_jpeg(image) if as_jpeg else encode_png(image), view_of(image)
