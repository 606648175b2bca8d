"""Exams with real files, and the real ingest stage to run them through."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from services.ingest.adapters.pdfium_pages import PdfiumPages
from services.ingest.adapters.pillow_images import PillowImages
from services.ingest.domain.files.limits import Limits
from services.ingest.stage import IngestStage
from shared.contract.exams import Exam, Upload
from shared.contract.failures import Language
from shared.contract.messages import StageTask
from shared.contract.stages import Priority, Stage
from shared.db.database import Database
from shared.messaging.attempt.company import Company
from shared.messaging.stage_runner import Outcome, StageRunner
from shared.messaging.task_creation import enqueue
from shared.storage.blobs import BlobStore

Submit = Callable[..., Awaitable[Exam]]
RunStage = Callable[..., Awaitable[Outcome]]


@pytest_asyncio.fixture
async def tenant_id(database: Database) -> str:
    async with database.transaction() as uow:
        return await uow.tenants.ensure(f"tenant {uuid4()}")


@pytest.fixture
def submit(database: Database, blobs: BlobStore, tenant_id: str) -> Submit:
    """Takes files as an exam the way the gateway does."""

    async def take(*files: bytes, tenant: str = tenant_id, **values: Any) -> Exam:
        exam_id = str(uuid4())
        uploads = []
        for ordinal, data in enumerate(files):
            key = f"exams/{exam_id}/uploads/{ordinal}"
            await blobs.write(key, data)
            uploads.append(
                Upload(
                    ordinal=ordinal,
                    blob_key=key,
                    media_type="image/png",
                    size_bytes=len(data),
                    sha256=sha256(data).hexdigest(),
                )
            )
        given = {"priority": Priority.NORMAL, "language": Language.EN, **values}
        async with database.transaction() as uow:
            exam = await uow.exams.add({"id": exam_id, "tenant_id": tenant, **given})
            await uow.uploads.add(exam.id, uploads)
            await enqueue(uow, exam, Stage.INGEST)
            return exam

    return take


@pytest.fixture
def runner(database: Database) -> Callable[[Any], StageRunner]:
    company = Company()
    return lambda stage: StageRunner(
        database, stage, company, lease_seconds=60, retry_backoff_seconds=0.01
    )


@pytest.fixture
def ingest(blobs: BlobStore, runner: Callable[[Any], StageRunner]) -> RunStage:
    """Runs the ingest stage of an exam."""

    async def run(exam: Exam) -> Outcome:
        task = StageTask(exam_id=exam.id, run=exam.run, stage=Stage.INGEST)
        return await runner(IngestStage(blobs, Limits(), PillowImages(), PdfiumPages())).run(task)

    return run
