"""The ingest stage: uploaded files become upright, validated page images."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.domain.files.limits import Limits
from services.ingest.domain.likeness.page_prints import is_blank
from services.ingest.steps.page_making import PageMaking
from services.ingest.steps.ports import Images, Pdfs
from services.ingest.steps.sheet_search import MAX_CANDIDATES, is_same_page, nearest_exams
from services.ingest.steps.source_pages import SourceFiles, SourcePage
from shared.contract.duplicates import PagePrint
from shared.contract.exams import Exam, Upload
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class IngestInput:
    """The uploads of one run, in their order, and where its pages go."""

    prefix: str
    uploads: tuple[Upload, ...]


@dataclass(frozen=True, slots=True)
class IngestedPage:
    """A stored page and its print."""

    image: PageImage
    print: PagePrint


class IngestStage:
    """Decodes uploads, makes their pages upright and level, stores them.

    As duplicate layer 3 it compares the pages with those of the tenant's other exams.
    """

    stage = Stage.INGEST
    duplicate_layer = 3

    def __init__(self, blobs: BlobStore, limits: Limits, images: Images, pdfs: Pdfs) -> None:
        self._blobs, self._limits, self._images = blobs, limits, images
        self._files = SourceFiles(images, pdfs, limits)
        self._making = PageMaking(images, limits)

    async def load(self, uow: UnitOfWork, task: StageTask) -> IngestInput:
        """The list of uploads. Their bytes are read later, without a connection."""
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
            sources.extend(await asyncio.to_thread(self._files.pages, data))
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
        """Write the pages' prints. The answer is the prints of the nearest exams, by exam id."""
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
        nearest = await asyncio.to_thread(nearest_exams, ours, known)
        return tuple([exam_id for exam_id in nearest if await self._is_same(ours, known[exam_id])])

    async def _is_same(self, ours: tuple[PagePrint, ...], known: tuple[PagePrint, ...]) -> bool:
        for page, other in zip(ours, known, strict=True):
            try:
                inks = (
                    await self._blobs.read(other.view_key),
                    await self._blobs.read(page.view_key),
                )
            except LookupError:
                # Erased or retired meanwhile. What cannot be verified is not the same.
                return False
            if not await asyncio.to_thread(is_same_page, (other, page), inks, self._images):
                return False
        return True

    async def _store(self, prefix: str, number: int, source: SourcePage) -> IngestedPage:
        # One page at a time: a whole paper of decoded pages would not fit a worker's memory.
        page = await asyncio.to_thread(self._making.make, source, prefix, number)
        await self._blobs.write(page.image.blob_key, page.data)
        await self._blobs.write(page.print.view_key, page.ink)
        return IngestedPage(page.image, page.print)
