"""Files that no row names are swept up, once no request can still be bringing their row."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from shared.db.database import Database
from shared.messaging.relay.sweeper import sweep
from shared.observability import metrics
from shared.storage.blobs import BlobStore
from tests.integration.messaging.conftest import NewExam


def age(folder: Path) -> None:
    """Make everything in ``folder`` older than the sweeper waits."""
    then = (datetime.now(UTC) - timedelta(hours=25)).timestamp()
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (then, then))


async def test_only_old_files_without_a_row_are_swept_up(
    database: Database, blobs: BlobStore, new_exam: NewExam, tmp_path: Path
) -> None:
    named, young, old, order = (await new_exam()).id, str(uuid4()), str(uuid4()), str(uuid4())
    kept = [f"exams/{named}/uploads/0", f"exams/{young}/uploads/0", "exams/not-an-id/0"]
    gone = [f"exams/{old}/uploads/0", f"practice-papers/{order}/lecture"]
    for key in (*kept, *gone):
        await blobs.write(key, b"file")
    for folder in (f"exams/{named}", f"exams/{old}", "exams/not-an-id", f"practice-papers/{order}"):
        age(tmp_path / "blobs" / folder)
    assert await sweep(database, blobs, 0.0, asyncio.Event()) == 0
    assert await sweep(database, blobs, 48.0, asyncio.Event()) == 0
    before = metrics.FOLDERS_SWEPT._value.get()
    assert await sweep(database, blobs, 24.0, asyncio.Event()) == 2
    assert metrics.FOLDERS_SWEPT._value.get() - before == 2
    assert [await blobs.has(key) for key in kept] == [True] * 3
    assert [await blobs.has(key) for key in gone] == [False] * 2


async def test_files_of_a_request_that_may_still_be_served_are_never_swept_up(
    database: Database, blobs: BlobStore
) -> None:
    key = f"exams/{uuid4()}/uploads/0"
    await blobs.write(key, b"file")
    assert await sweep(database, blobs, 0.000001, asyncio.Event()) == 0
    assert await blobs.has(key)
