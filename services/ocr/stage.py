"""The ocr stage: one page image becomes lines, tables, marks and figure regions."""

import asyncio
from dataclasses import dataclass, replace

from services.ocr.adapters.images import decode, encode, was_mirrored
from services.ocr.domain.bubbles.bubble_sheet import BubbleTemplate
from services.ocr.domain.bubbles.bubble_templates import template_of
from services.ocr.domain.drawings.label_classifier import LabelClassifier
from services.ocr.domain.text.text_reader import TextReader
from services.ocr.steps.page_reading import PageReading, read_page
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage, PageText, PictureFault
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from shared.observability import metrics
from shared.storage.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class OcrInput:
    """The page to read; ``template`` where its paper is answered on a bubble sheet."""

    page: PageImage
    template: BubbleTemplate | None = None


class OcrStage:
    """Reads one page image, writes everything that is on it."""

    stage = Stage.OCR

    def __init__(self, blobs: BlobStore, reader: TextReader, classifier: LabelClassifier) -> None:
        self._blobs, self._reader, self._classifier = blobs, reader, classifier

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
        lies, stands on its head or is mirrored is stored again, upright, under its key; on a
        repetition it is then found so, and repeating gives the same text.
        """
        page = source.page
        data = await self._blobs.read(page.blob_key)
        # CPU-bound: a thread keeps the worker's single event loop responsive.
        read = await asyncio.to_thread(self._read, source, data)
        if read.turned is not None:
            is_mirrored = PictureFault.MIRRORED in read.text.undone
            image = await asyncio.to_thread(
                encode, read.turned, page.blob_key, is_mirrored=is_mirrored
            )
            await self._blobs.write(page.blob_key, image)
        metrics.OCR_PAGE_SECONDS.labels(read.text.engine).observe(read.text.seconds)
        return read.text

    async def save(self, uow: UnitOfWork, task: StageTask, output: PageText) -> None:
        """Replace the page's text."""
        await uow.page_texts.replace(task.exam_id, task.run, output)

    def _read(self, source: OcrInput, data: bytes) -> PageReading:
        image = decode(data, source.page.number)
        read = read_page(self._reader, self._classifier, source.page, image, source.template)
        if was_mirrored(data):
            undone = (*read.text.undone, PictureFault.MIRRORED)
            read = replace(read, text=read.text.model_copy(update={"undone": undone}))
        return read
