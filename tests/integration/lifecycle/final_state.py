"""What is left when all work has ended: rows, files and events, compared with the model."""

import asyncio
import hashlib
from collections.abc import Callable
from itertools import pairwise

from sqlalchemy import func, select, text

from shared.contract.exams import Event
from shared.contract.stages import TERMINAL, is_transition_allowed
from shared.db.tables import metadata, outbox, stage_tasks
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.relay.retention import forget
from shared.messaging.relay.settings import RelaySettings
from tests.chaos.quick_stages import digest_of, report_of
from tests.integration.lifecycle.exam_model import ModelExam
from tests.small_world import SmallWorld

_OPEN = ("pending", "running")


async def compare_with(
    world: SmallWorld, exams: list[ModelExam], content_of: Callable[[int], bytes]
) -> None:
    """Raises AssertionError where the world is not what the model says."""
    async with world.database.transaction() as uow:
        await _nothing_waits(uow)
        for exam in exams:
            await _effects_are_there_once(uow, exam)
            if exam.is_gone:
                await _no_row_is_left(uow, exam)
            else:
                events_are_in_order(await uow.exams.events_after(exam.exam_id, 0))
        # As if the longest work were over.
        await uow.connection.execute(text("UPDATE erasures SET due_at = '-infinity'"))
    settings = RelaySettings(DATABASE_URL=world.database.url)
    await forget(world.database, world.blobs, settings, asyncio.Event())
    folders = set(await world.blobs.folders("exams/"))
    for exam in exams:
        if exam.is_gone or exam.is_erased:
            assert exam.exam_id not in folders, exam
        else:
            await _files_are_what_rows_say(world, exam, content_of(exam.content))


async def _nothing_waits(uow: UnitOfWork) -> None:
    query = select(func.count()).where(outbox.c.published_at.is_(None))
    assert (await uow.connection.execute(query)).scalar_one() == 0
    query = select(func.count()).where(stage_tasks.c.state.in_(_OPEN))
    assert (await uow.connection.execute(query)).scalar_one() == 0


async def _effects_are_there_once(uow: UnitOfWork, exam: ModelExam) -> None:
    rows = await uow.connection.execute(
        text("SELECT run, stage, page FROM chaos_effects WHERE exam_id = :id"),
        {"id": exam.exam_id},
    )
    done = [key for key, task in exam.tasks.items() if task.state == "done"]
    assert sorted(tuple(row) for row in rows) == sorted(done), exam


async def _no_row_is_left(uow: UnitOfWork, exam: ModelExam) -> None:
    for table in metadata.sorted_tables:
        if "exam_id" in table.c and table.name != "erasures":
            query = select(func.count()).where(table.c.exam_id == exam.exam_id)
            assert (await uow.connection.execute(query)).scalar_one() == 0, table.name


def events_are_in_order(events: tuple[Event, ...]) -> None:
    """Numbered without a gap, allowed by the state machine, silent after each run's end."""
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    for old, new in pairwise(events):
        if old.run == new.run:
            assert old.status not in TERMINAL, (old, new)
            assert is_transition_allowed(old.status, new.status), (old, new)
            assert old.progress <= new.progress, (old, new)
        else:
            assert new.run == old.run + 1, (old, new)


async def _files_are_what_rows_say(world: SmallWorld, exam: ModelExam, content: bytes) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    async with world.database.transaction() as uow:
        uploads = await uow.uploads.list(exam.exam_id)
        artefacts = {
            run: await uow.artefacts.list(exam.exam_id, run) for run in range(1, exam.run + 1)
        }
    assert [upload.sha256 for upload in uploads] == [sha256]
    assert await world.blobs.read(uploads[0].blob_key) == content
    assert {run for run, made in artefacts.items() if made} == set(exam.reports), exam
    for run, answers in exam.reports.items():
        (report,) = artefacts[run]
        kept = await world.blobs.read(report.blob_key)
        assert kept == report_of(digest_of([sha256]), answers), exam
        assert hashlib.sha256(kept).hexdigest() == report.sha256
