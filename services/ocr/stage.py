"""The ocr stage: one page image becomes lines, tables, marks and figure regions."""

import asyncio
import time
from dataclasses import dataclass

from services.ocr.adapters.bubble_answers import with_bubbles
from services.ocr.adapters.bubble_templates import template_of
from services.ocr.adapters.images import decode, encode
from services.ocr.adapters.line_reading import read_lines
from services.ocr.adapters.mark_reading import read_marks
from services.ocr.adapters.page_orientation import upright
from services.ocr.adapters.place_reading import read_places
from services.ocr.adapters.reader import TextReader
from services.ocr.adapters.ring_reading import read_rings
from services.ocr.adapters.table_reading import read_tables
from services.ocr.domain.bubble_sheet import BubbleTemplate
from services.ocr.domain.circled_numbers import with_circled_numbers
from services.ocr.domain.figures import find_figures
from services.ocr.domain.mark_removal import without_red_marks
from services.ocr.domain.page_ink import page_ink, red_marks
from services.ocr.domain.raster import Rgb, rotate, to_grey, turn_quarters
from services.ocr.domain.text_size import character_height
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage, PageText, Region, RegionKind
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from shared.observability import metrics
from shared.storage.blobs import BlobStore

PDF_ENGINE = "pdf-text"


@dataclass(frozen=True, slots=True)
class OcrInput:
    """The page to read; ``template`` where its paper is answered on a bubble sheet."""

    page: PageImage
    template: BubbleTemplate | None = None


@dataclass(frozen=True, slots=True)
class PageReading:
    """What came of a page; ``turned`` is its image when it had to be turned."""

    text: PageText
    turned: Rgb | None


class OcrStage:
    """Reads one page image, writes everything that is on it."""

    stage = Stage.OCR

    def __init__(self, blobs: BlobStore, reader: TextReader) -> None:
        self._blobs, self._reader = blobs, reader

    async def load(self, uow: UnitOfWork, task: StageTask) -> OcrInput:
        """The page's place and, from a born-digital PDF, its text; the sheet's template."""
        page = await uow.pages.get(task.exam_id, task.run, task.page)
        exam = await uow.exams.get(task.exam_id)
        key = await uow.papers.key(exam.paper_id) if exam.paper_id else None
        template = key.bubble_template if key else None
        return OcrInput(page, template_of(template) if template else None)

    async def compute(self, source: OcrInput) -> PageText:
        """The page's text.

        Raises PermanentFailure(UNREADABLE_PAGE) when the stored image does not decode. A page that
        lies or stands on its head is stored again, turned, under its key; on a repetition it is
        then found upright, so repeating gives the same text.
        """
        page = source.page
        data = await self._blobs.read(page.blob_key)
        # CPU-bound: a thread keeps the worker's single event loop responsive.
        read = await asyncio.to_thread(read_page, self._reader, page, data, source.template)
        if read.turned is not None:
            image = await asyncio.to_thread(encode, read.turned, page.blob_key)
            await self._blobs.write(page.blob_key, image)
        metrics.OCR_PAGE_SECONDS.labels(read.text.engine).observe(read.text.seconds)
        return read.text

    async def save(self, uow: UnitOfWork, task: StageTask, output: PageText) -> None:
        """Replace the page's text."""
        await uow.page_texts.replace(task.exam_id, task.run, output)


def read_page(
    reader: TextReader, page: PageImage, data: bytes, template: BubbleTemplate | None = None
) -> PageReading:
    """Everything on one page whose stored image is ``data``.

    A page with the marks of ``template`` answers by its bubbles.
    """
    started = time.perf_counter()
    image = decode(data, page.number)
    quarters = 0
    if page.printed_lines is not None:
        lines, engine = page.printed_lines, PDF_ENGINE
        ink = page_ink(image)
        tables = read_tables(None, image, lines, red_marks(ink))
    else:
        ink = page_ink(image)
        found = upright(reader, without_red_marks(image, ink))
        lines, engine = read_lines(reader, found.image, found.quads), reader.name
        quarters = found.quarters
        if quarters:
            image = rotate(turn_quarters(image, quarters), found.levelled_degrees)
            ink = page_ink(image)
        em_px = character_height(ink.black, [(line.text, line.bbox) for line in lines])
        lines = read_rings(reader, lines, ink.darkness, em_px)
        lines = with_circled_numbers(lines, ink.darkness, em_px)
        tables = read_tables(reader, image, lines, red_marks(ink))
    # Also on born-digital pages: what a pen added is no text of theirs.
    places = read_places(reader, image, ink, lines, tables)
    figures = find_figures(
        to_grey(image), [line.bbox for line in lines], [table.bbox for table in tables]
    )
    text = PageText(
        page=page.number,
        width_px=image.shape[1],
        height_px=image.shape[0],
        language=places.language,
        lines=places.lines,
        tables=places.tables,
        marks=(*read_marks(reader, image, ink, lines), *places.marks),
        regions=(*places.regions, *(Region(kind=RegionKind.FIGURE, bbox=box) for box in figures)),
        engine=engine,
        seconds=time.perf_counter() - started,
    )
    if template is not None:
        text = with_bubbles(to_grey(image), text, template)
    return PageReading(text, image if quarters else None)
