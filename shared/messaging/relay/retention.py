"""Forgets what has outlived its time, rows first and then files."""

import asyncio

from shared.db.database import Database
from shared.messaging.relay.settings import RelaySettings
from shared.storage.blobs import BlobStore
from shared.storage.failure import BlobStoreError

#: Rows that one transaction removes: fewer where files go with them.
_MESSAGES, _WITH_FILES = 1000, 20
_TRY_AGAIN_SECONDS = 300.0
#: Batches that never became exams are kept this long, for whoever asks what became of them.
_BATCH_DAYS = 7.0


async def forget(
    database: Database, blobs: BlobStore, settings: RelaySettings, stopping: asyncio.Event
) -> None:
    """Remove everything that is old enough; full batches follow each other without a pause.

    Files go last and by the list of erasures, so that a blob store that is away holds up nothing
    else, and no file outlives its row because a process ended between the two. Raises
    BlobStoreError when files could not be erased; they stay on the list.
    """
    while not stopping.is_set():
        batches = [
            await _forget_messages(database, settings.outbox_retention_days),
            await _forget_batches(database),
        ]
        if settings.exam_retention_days > 0:
            batches += [
                await _forget_exams(database, settings.exam_retention_days),
                await _forget_practice(database, settings.exam_retention_days),
            ]
        batches.append(await erase_due(database, blobs))
        if not any(batches):
            return


async def _forget_messages(database: Database, days: float) -> bool:
    """Whether the batch was full, so that there may be more."""
    async with database.transaction() as uow:
        return await uow.retention.forget_published(days, _MESSAGES) == _MESSAGES


async def _forget_exams(database: Database, days: float) -> bool:
    async with database.transaction() as uow:
        return len(await uow.retention.forget_exams(days, _WITH_FILES)) == _WITH_FILES


async def _forget_batches(database: Database) -> bool:
    async with database.transaction() as uow:
        forgotten = await uow.batches.forget(_BATCH_DAYS, _WITH_FILES)
        for batch_id in forgotten:
            await uow.retention.erase_again(batch_id, 0.0, folder="batches")
    return len(forgotten) == _WITH_FILES


async def _forget_practice(database: Database, days: float) -> bool:
    async with database.transaction() as uow:
        orders = await uow.practice_papers.forget(days, _WITH_FILES)
        for practice_id in orders:
            await uow.retention.erase_again(practice_id, 0.0, folder="practice-papers")
    return len(orders) == _WITH_FILES


async def erase_due(database: Database, blobs: BlobStore) -> bool:
    """Erase files that are due; whether there may be more. Raises BlobStoreError."""
    async with database.transaction() as uow:
        due = await uow.retention.due_erasures(_WITH_FILES)
    failure: BlobStoreError | None = None
    for erasure in due:
        try:
            await blobs.delete_prefix(erasure.prefix)
        except BlobStoreError as error:
            failure = error
            # Others come first next time, in case only these files refuse.
            async with database.transaction() as uow:
                await uow.retention.erase_again(erasure.owner_id, _TRY_AGAIN_SECONDS)
            continue
        async with database.transaction() as uow:
            await uow.retention.end_erasure(erasure.owner_id)
    if failure is not None:
        raise failure
    return len(due) == _WITH_FILES
