"""The files of a request that is on its way in: kept or erased as its transaction ends."""

import structlog

from services.gateway.parts import Gateway
from shared.contract.stages import Status
from shared.observability.log_setup import error_site
from shared.storage.blobs import BlobStore
from shared.storage.failure import BlobStoreError

log = structlog.get_logger(__name__)


class StoredFiles:
    """Files under prefixes that a transaction is about to name.

    They are erased only while no row can name them. When COMMIT was sent and its answer did not
    come, nobody knows, and the files stay: the relay sweeps them up if no row names them.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._prefixes: list[str] = []

    def expect(self, prefix: str) -> None:
        """Files will be written below ``prefix``."""
        self._prefixes.append(prefix)

    def leave_to_commit(self) -> None:
        """The transaction does nothing more but commit. From here on rows may name the files."""
        self._prefixes.clear()

    async def erase(self) -> None:
        """Remove what no row names; what cannot be removed now is left to the sweeper."""
        while self._prefixes:
            await erase_or_leave(self._blobs, self._prefixes.pop())


async def erase_or_leave(blobs: BlobStore, prefix: str) -> None:
    """Remove files that no row names, or leave them to the relay while the store is away."""
    try:
        await blobs.delete_prefix(prefix)
    except BlobStoreError as error:
        log.warning("files.left_behind", error=error_site(error))


async def has_lost_files(parts: Gateway, tenant_id: str, exam_ids: list[str]) -> bool:
    """Whether one of these exams failed and can never run, because its uploads are gone."""
    keys: list[str] = []
    async with parts.database.transaction() as uow:
        for exam_id in exam_ids:
            exam = await uow.exams.find(exam_id, tenant_id=tenant_id)
            if exam is not None and exam.status is Status.FAILED:
                keys += [upload.blob_key for upload in await uow.uploads.list(exam_id)]
    # In turn: there are few, and only for a repeat of something that failed.
    return not all([await parts.blobs.has(key) for key in keys])
