"""Our own pipeline, submitted to the way the gateway commits an exam."""

import asyncio
import os

from benchmarks.empty_stages import TENANT, add_exam
from shared.db.database import Database

_loop = asyncio.new_event_loop()
_database = Database(os.environ["DATABASE_URL"], size=1, application="benchmark")


async def _submit(exam_id: str) -> None:
    async with _database.transaction() as uow:
        await add_exam(uow, TENANT, exam_id)


def submit(exam_id: str) -> None:
    """Accept an exam."""
    _loop.run_until_complete(_submit(exam_id))
