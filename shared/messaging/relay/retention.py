"""Forgets what has outlived its time, rows first and then files."""

import asyncio

from shared.contract.practice import practice_prefix
from shared.db.database import Database
from shared.messaging.relay.settings import RelaySettings
from shared.storage.blobs import BlobStore

#: Rows that one transaction removes: fewer where files go with them.
_MESSAGES, _WITH_FILES = 1000, 20


async def forget(
    database: Database, blobs: BlobStore, settings: RelaySettings, stopping: asyncio.Event
) -> None:
    """Remove everything that is old enough; full batches follow each other without a pause."""
    while not stopping.is_set():
        batches = [
            await _forget_messages(database, settings.outbox_retention_days),
            await _erase_again(database, blobs),
        ]
        if settings.exam_retention_days > 0:
            batches += [
                await _forget_exams(database, blobs, settings.exam_retention_days),
                await _forget_practice(database, blobs, settings.exam_retention_days),
            ]
        if not any(batches):
            return


async def _forget_messages(database: Database, days: float) -> bool:
    """Whether all batches were full, so that there may be more."""
    async with database.transaction() as uow:
        return await uow.retention.forget_published(days, _MESSAGES) == _MESSAGES


async def _erase_again(database: Database, blobs: BlobStore) -> bool:
    async with database.transaction() as uow:
        erased = await uow.retention.due_erasures(_WITH_FILES)
    for exam_id in erased:
        await blobs.delete_prefix(f"exams/{exam_id}/")
        async with database.transaction() as uow:
            await uow.retention.end_erasure(exam_id)
    return len(erased) == _WITH_FILES


async def _forget_exams(database: Database, blobs: BlobStore, days: float) -> bool:
    async with database.transaction() as uow:
        exams = await uow.retention.forget_exams(days, _WITH_FILES)
    for exam_id in exams:
        await blobs.delete_prefix(f"exams/{exam_id}/")
    return len(exams) == _WITH_FILES


async def _forget_practice(database: Database, blobs: BlobStore, days: float) -> bool:
    async with database.transaction() as uow:
        orders = await uow.practice_papers.forget(days, _WITH_FILES)
    for practice_id in orders:
        await blobs.delete_prefix(practice_prefix(practice_id, None))
    return len(orders) == _WITH_FILES
