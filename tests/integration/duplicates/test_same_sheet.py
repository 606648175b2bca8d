"""Layer 3: of two exams with the same sheet one is read, whichever way they come."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import insert, update

from services.ingest.adapters.pdfium_pages import PdfiumPages
from services.ingest.adapters.pillow_images import PillowImages
from services.ingest.domain.files.limits import Limits
from services.ingest.stage import IngestStage
from shared.contract.duplicates import Duplicate
from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from shared.db.tables import batch_exams, batches, exams
from shared.messaging.stage_runner import Outcome, StageRunner
from shared.storage.blobs import BlobStore
from tests.integration.duplicates.conftest import RunStage, Submit
from tests.unit.ingest.sheets import encoded, sheet

ANSWERS = "ABCDAC"
PNG = encoded(sheet(ANSWERS))
JPEG = encoded(sheet(ANSWERS), "JPEG", quality=60)
OTHER = encoded(sheet("ABCDAB"))


async def now(database: Database, exam: Exam) -> Exam:
    async with database.transaction() as uow:
        return await uow.exams.get(exam.id)


async def set_status(database: Database, exam: Exam, **values: Any) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(update(exams).where(exams.c.id == exam.id).values(**values))


async def test_the_same_sheet_again_ends_as_a_duplicate(
    database: Database, submit: Submit, ingest: RunStage
) -> None:
    first = await submit(PNG)
    assert await ingest(first) is Outcome.RECORDED
    again = await submit(JPEG)
    assert await ingest(again) is Outcome.DUPLICATE
    ended = await now(database, again)
    assert (ended.status, ended.duplicate) == (Status.DUPLICATE, Duplicate(layer=3, of=first.id))
    assert ended.completed_at is not None
    async with database.transaction() as uow:
        last = (await uow.exams.events_after(again.id, 0))[-1]
        found = await uow.duplicates.of(first)
    assert (last.status, last.stage) == (Status.DUPLICATE, Stage.INGEST)
    assert [exam.id for exam in found] == [again.id]


async def test_one_letter_different_is_another_exam(submit: Submit, ingest: RunStage) -> None:
    for data in (PNG, OTHER):
        assert await ingest(await submit(data)) is Outcome.RECORDED


async def test_every_page_has_to_be_the_same(submit: Submit, ingest: RunStage) -> None:
    second = encoded(sheet("DDDBBB"))
    assert await ingest(await submit(PNG, second)) is Outcome.RECORDED
    assert await ingest(await submit(PNG, OTHER)) is Outcome.RECORDED
    assert await ingest(await submit(PNG)) is Outcome.RECORDED
    assert await ingest(await submit(JPEG, second)) is Outcome.DUPLICATE


async def test_force_takes_the_sheet_all_the_same(submit: Submit, ingest: RunStage) -> None:
    await ingest(await submit(PNG))
    assert await ingest(await submit(PNG, is_forced=True)) is Outcome.RECORDED


async def test_another_student_another_paper_or_tenant_is_no_duplicate(
    database: Database, submit: Submit, ingest: RunStage
) -> None:
    async with database.transaction() as uow:
        elsewhere = await uow.tenants.ensure("elsewhere")
    await ingest(await submit(PNG, student_ref="s-1"))
    assert await ingest(await submit(PNG, student_ref="s-2")) is Outcome.RECORDED
    assert await ingest(await submit(PNG, tenant=elsewhere)) is Outcome.RECORDED
    assert await ingest(await submit(JPEG, student_ref="s-2")) is Outcome.DUPLICATE
    assert await ingest(await submit(JPEG)) is Outcome.DUPLICATE


async def test_two_places_of_a_batch_are_two_students(
    database: Database, submit: Submit, ingest: RunStage
) -> None:
    classmates = [await submit(PNG), await submit(JPEG)]
    batch_id = str(uuid4())
    async with database.transaction() as uow:
        await uow.connection.execute(
            insert(batches).values(id=batch_id, tenant_id=classmates[0].tenant_id, students=2)
        )
        await uow.connection.execute(
            insert(batch_exams),
            [
                {"batch_id": batch_id, "position": position, "exam_id": exam.id}
                for position, exam in enumerate(classmates, start=1)
            ],
        )
    for exam in classmates:
        assert await ingest(exam) is Outcome.RECORDED
    assert await ingest(await submit(PNG)) is Outcome.DUPLICATE


async def test_blank_pages_are_nobodys_duplicate(submit: Submit, ingest: RunStage) -> None:
    blank = encoded(Image.new("RGB", (400, 500), "white"))
    for _ in range(2):
        assert await ingest(await submit(blank)) is Outcome.RECORDED


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
async def test_what_failed_or_was_cancelled_has_no_duplicates(
    status: Status, database: Database, submit: Submit, ingest: RunStage
) -> None:
    first = await submit(PNG)
    await ingest(first)
    await set_status(database, first, status=status)
    assert await ingest(await submit(JPEG)) is Outcome.RECORDED


async def test_what_was_erased_has_no_duplicates(
    database: Database, blobs: BlobStore, submit: Submit, ingest: RunStage
) -> None:
    first = await submit(PNG)
    await ingest(first)
    async with database.transaction() as uow:
        await uow.exams.delete(first)
    await blobs.delete_prefix(f"exams/{first.id}/")
    assert await ingest(await submit(JPEG)) is Outcome.RECORDED


async def test_of_two_at_once_the_earlier_accepted_stays(
    database: Database, blobs: BlobStore, submit: Submit, runner: Callable[[Any], StageRunner]
) -> None:
    copies = [await submit(PNG), await submit(JPEG)]
    barrier = asyncio.Barrier(2)

    class Together(IngestStage):
        async def compute(self, job: Any) -> Any:
            output = await super().compute(job)
            await barrier.wait()
            return output

    stage = Together(blobs, Limits(), PillowImages(), PdfiumPages())
    tasks = [StageTask(exam_id=exam.id, run=1, stage=Stage.INGEST) for exam in copies]
    await asyncio.gather(*(runner(stage).run(task) for task in reversed(tasks)))
    first, second = [await now(database, exam) for exam in copies]
    assert (first.status, first.duplicate) == (Status.UPLOADED, None)
    assert second.duplicate == Duplicate(layer=3, of=first.id)


async def test_a_later_exam_that_was_ahead_ends_at_its_next_step(
    database: Database, submit: Submit, ingest: RunStage, runner: Callable[[Any], StageRunner]
) -> None:
    first, second = await submit(PNG), await submit(JPEG)
    assert await ingest(second) is Outcome.RECORDED
    assert await ingest(first) is Outcome.RECORDED
    marked = await now(database, second)
    assert (marked.status, marked.duplicate) == (
        Status.UPLOADED,
        Duplicate(layer=3, of=first.id),
    )
    task = StageTask(exam_id=second.id, run=1, stage=Stage.OCR, page=1)

    class Unwanted:
        stage = Stage.OCR

    assert await runner(Unwanted()).run(task) is Outcome.DUPLICATE
    assert (await now(database, second)).status is Status.DUPLICATE


async def test_a_later_exam_that_has_its_report_stays_and_the_earlier_ends(
    database: Database, submit: Submit, ingest: RunStage
) -> None:
    first, second = await submit(PNG), await submit(JPEG)
    await ingest(second)
    await set_status(database, second, status=Status.COMPLETED)
    assert await ingest(first) is Outcome.DUPLICATE
    assert (await now(database, first)).duplicate == Duplicate(layer=3, of=second.id)


async def test_a_run_that_begins_again_is_compared_anew(
    database: Database, submit: Submit, ingest: RunStage
) -> None:
    exam = await submit(PNG)
    await ingest(exam)
    await set_status(database, exam, status=Status.FAILED, duplicate_of=exam.id, duplicate_layer=3)
    async with database.transaction() as uow:
        failed = await uow.exams.get(exam.id)
        retried = await uow.exams.start_run(
            failed, Status.UPLOADED, stage=Stage.INGEST, pages_done=0
        )
    assert retried.duplicate is None
