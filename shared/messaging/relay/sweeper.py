"""Sweeps up files that no row names: of requests whose gateway was killed, or never learned."""

import asyncio
import re
from datetime import timedelta
from typing import get_args

import structlog

from shared.db.database import Database
from shared.db.repositories.retention import Folder
from shared.observability import metrics
from shared.storage.blobs import BlobStore

log = structlog.get_logger(__name__)

#: Files are younger than this while their request is served and its COMMIT may still arrive: bodies
#: take ten minutes at most. Nobody may set less.
LEAST_HOURS = 1.0
#: Ids that are looked up in one short transaction.
_BATCH = 500
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def sweep(database: Database, blobs: BlobStore, hours: float, stopping: asyncio.Event) -> int:
    """Erase every folder of an exam or an order that has no row and is older than ``hours``.

    The default of a day covers clocks that differ and requests that are stuck; 0 is never. Returns
    how many folders there were. Raises BlobStoreError.
    """
    swept = 0
    if hours <= 0:
        return swept
    unnamed_for = timedelta(hours=max(hours, LEAST_HOURS))
    for folder in get_args(Folder):
        # Listed first and looked up afterwards: files come before their rows.
        names = [name for name in await blobs.folders(f"{folder}/") if _UUID.fullmatch(name)]
        for start in range(0, len(names), _BATCH):
            if stopping.is_set():
                return swept
            async with database.transaction() as uow:
                unnamed = await uow.retention.unnamed(folder, names[start : start + _BATCH])
                now = await uow.workload.now()
            for name in unnamed:
                prefix = f"{folder}/{name}/"
                changed_at = await blobs.changed_at(prefix)
                if changed_at is not None and changed_at < now - unnamed_for:
                    await blobs.delete_prefix(prefix)
                    swept += 1
                    metrics.FOLDERS_SWEPT.inc()
    if swept:
        log.info("relay.swept", folders=swept)
    return swept
