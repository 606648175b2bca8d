"""Cancelling, retrying, replaying and erasing exams over real HTTP."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from typer.testing import CliRunner

from examlens.cli import app
from examlens.client import ExamLensError
from examlens.commands.session import Exit
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.jobs import JobKind
from shared.contract.messages import StageTask
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from shared.db.tables import dead_letters, metadata, stage_tasks
from shared.messaging.relay import RelaySettings
from shared.messaging.relay.retention import forget
from shared.storage.blobs import BlobStore
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.leases import claim, finish


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def submit(edge: Edge) -> str:
    return (await edge.client.submit([PNG], force=True)).exam_id


async def tasks_of_run(database: Database, exam_id: str, run: int) -> list[tuple[str, int]]:
    async with database.transaction() as uow:
        query = (
            select(stage_tasks.c.stage, stage_tasks.c.page)
            .where(stage_tasks.c.exam_id == exam_id, stage_tasks.c.run == run)
            .order_by(stage_tasks.c.stage, stage_tasks.c.page)
        )
        return [(row[0], row[1]) for row in await uow.connection.execute(query)]


async def make_due(database: Database, exam_id: str) -> None:
    async with database.transaction() as uow:
        statement = text("UPDATE stage_tasks SET due_at = now() WHERE exam_id = :id")
        await uow.connection.execute(statement, {"id": exam_id})


async def exhaust(pipeline: Pipeline, exam_id: str, stage: Stage, page: int) -> None:
    """Let one page fail until its task is a dead letter."""
    pipeline.fails[stage, page] = RuntimeError("engine is broken")
    for _ in range(4):
        await make_due(pipeline.database, exam_id)
        await pipeline.run(exam_id, until=stage)
    del pipeline.fails[stage, page]


async def test_a_queued_exam_is_cancelled_at_once_and_its_work_dropped(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge)
    status = await edge.client.cancel(exam_id)
    assert status.status is Status.CANCELLED
    assert (await pipeline.run(exam_id)).status is Status.CANCELLED
    with pytest.raises(ExamLensError) as caught:
        await edge.client.cancel(exam_id)
    assert (caught.value.status, caught.value.code) == (409, "conflict")


async def test_an_exam_in_work_is_cancelled_by_its_worker(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await submit(edge)
    task = StageTask(exam_id=exam_id, run=1, stage=Stage.INGEST)
    async with pipeline.database.transaction() as uow:
        lease = await claim(uow, task, 60)
    assert lease is not None
    status = await edge.client.cancel(exam_id)
    assert status.status is Status.UPLOADED
    async with pipeline.database.transaction() as uow:
        assert not await uow.tasks.extend(task, lease.token, 60)


async def test_a_retry_resumes_where_it_stopped_and_keeps_the_pages_read(
    edge: Edge, pipeline: Pipeline, database: Database
) -> None:
    pipeline.pages = 3
    exam_id = await submit(edge)
    pipeline.fails[Stage.OCR, 3] = PermanentFailure(FailureCode.UNREADABLE_PAGE)
    failed = await pipeline.run(exam_id)
    assert (failed.status, failed.pages_done) == (Status.FAILED, 2)
    del pipeline.fails[Stage.OCR, 3]
    status = await edge.client.retry(exam_id)
    assert (status.status, status.run, status.error_code) == (Status.UPLOADED, 2, None)
    assert await tasks_of_run(database, exam_id, 2) == [("ocr", 3)]
    assert status.current_step is Stage.OCR
    done = await pipeline.run(exam_id)
    assert (done.status, done.run, done.pages_done) == (Status.COMPLETED, 2, 3)
    assert pipeline.read_pages == [(1, 1), (1, 2), (2, 3)]
    assert (await edge.client.result(exam_id)).run == 2


async def test_a_retry_from_a_named_stage_does_everything_from_there_again(
    edge: Edge, pipeline: Pipeline, database: Database
) -> None:
    exam_id = await submit(edge)
    pipeline.fails[Stage.DIAGNOSTIC, 0] = PermanentFailure(FailureCode.NO_QUESTIONS_FOUND)
    await pipeline.run(exam_id)
    with pytest.raises(ExamLensError) as caught:
        await edge.client.retry(exam_id, Stage.REPORT)
    assert caught.value.code == "stage_not_reached"
    pipeline.fails.clear()
    await edge.client.retry(exam_id, Stage.OCR)
    assert await tasks_of_run(database, exam_id, 2) == [("ocr", 1), ("ocr", 2)]
    assert (await pipeline.run(exam_id)).status is Status.COMPLETED
    with pytest.raises(ExamLensError) as caught:
        await edge.client.retry(exam_id)
    assert (caught.value.status, caught.value.code) == (409, "not_retryable")


async def test_a_retry_after_a_cancel_behind_the_last_page_goes_on_to_parsing(
    edge: Edge, pipeline: Pipeline, database: Database
) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id, until=Stage.INGEST)
    async with database.transaction() as uow:
        await uow.exams.request_cancel(await uow.exams.get(exam_id))
        # Both pages were recorded although the flag was up, as a worker in the act does.
        for page in (1, 2):
            task = StageTask(exam_id=exam_id, run=1, stage=Stage.OCR, page=page)
            await pipeline.write(uow, Stage.OCR, task)
        await uow.exams.move(await uow.exams.get(exam_id), Status.CANCELLED)
    await edge.client.retry(exam_id)
    assert await tasks_of_run(database, exam_id, 2) == [("parsing", 0)]
    assert (await pipeline.run(exam_id)).status is Status.COMPLETED


async def test_a_retry_after_a_cancel_between_ingest_and_its_hand_over_reads_all_pages(
    edge: Edge, pipeline: Pipeline, database: Database
) -> None:
    exam_id = await submit(edge)
    task = StageTask(exam_id=exam_id, run=1, stage=Stage.INGEST)
    async with database.transaction() as uow:
        lease = await claim(uow, task, 60)
        assert lease is not None
        await pipeline.write(uow, Stage.INGEST, task)
        await finish(uow, task, lease)
        await uow.exams.move(await uow.exams.get(exam_id), Status.CANCELLED)
    await edge.client.retry(exam_id)
    assert await tasks_of_run(database, exam_id, 2) == [("ocr", 1), ("ocr", 2)]
    done = await pipeline.run(exam_id)
    assert (done.status, done.pages_total, done.pages_done) == (Status.COMPLETED, 2, 2)


async def test_older_runs_stay_readable(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id, until=Stage.REPORT)
    await edge.client.cancel(exam_id)
    await edge.client.retry(exam_id, Stage.REPORT)
    old = await edge.http.get(f"/exams/{exam_id}/report.pdf", params={"run": 1})
    assert old.status_code == 200
    assert (await edge.client.result(exam_id, run=1)).run == 1
    assert (await edge.http.get(f"/exams/{exam_id}/report.pdf")).status_code == 409
    ahead = await edge.http.get(f"/exams/{exam_id}/report.pdf", params={"run": 3})
    assert ahead.status_code == 404


async def test_a_dead_letter_is_listed_and_replayed_once(
    edge: Edge, pipeline: Pipeline, database: Database, new_key: NewKey
) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id, until=Stage.INGEST)
    await exhaust(pipeline, exam_id, Stage.OCR, 2)
    assert (await edge.client.status(exam_id)).error_code is FailureCode.ATTEMPTS_EXHAUSTED
    (letter,) = (await edge.client.dead_letters()).items
    assert (letter.exam_id, letter.stage, letter.page) == (exam_id, Stage.OCR, 2)
    assert "engine is broken" not in letter.error
    stranger = {"Authorization": f"Bearer {await new_key(tenant='another school')}"}
    foreign = await edge.http.post(f"/dead-letters/{letter.id}/replay", headers=stranger)
    assert foreign.status_code == 404
    status = await edge.client.replay_dead_letter(letter.id)
    assert (status.run, status.current_step) == (2, Stage.OCR)
    assert await tasks_of_run(database, exam_id, 2) == [("ocr", 2)]
    assert (await pipeline.run(exam_id)).status is Status.COMPLETED
    assert (await edge.client.dead_letters()).items == ()
    with pytest.raises(ExamLensError) as caught:
        await edge.client.replay_dead_letter(letter.id)
    assert caught.value.code == "dead_letter_resolved"


async def test_erasing_leaves_no_row_and_no_file(
    edge: Edge, pipeline: Pipeline, database: Database, tmp_path: Path
) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id, until=Stage.INGEST)
    await exhaust(pipeline, exam_id, Stage.OCR, 1)
    await edge.client.retry(exam_id)
    await pipeline.run(exam_id)
    await edge.client.delete(exam_id)
    assert files_below(tmp_path / "blobs") == []
    async with database.transaction() as uow:
        for table in metadata.sorted_tables:
            if "exam_id" in table.c and table.name != "erasures":
                query = select(func.count()).where(table.c.exam_id == exam_id)
                assert (await uow.connection.execute(query)).scalar_one() == 0, table.name
    assert (await edge.http.get(f"/exams/{exam_id}")).status_code == 404
    assert (await edge.http.delete(f"/exams/{exam_id}")).status_code == 404


async def test_what_a_worker_writes_after_an_erasure_is_erased_by_the_relay(
    edge: Edge, pipeline: Pipeline, database: Database, tmp_path: Path, blobs: BlobStore
) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id)
    await edge.client.delete(exam_id)
    await blobs.write(f"exams/{exam_id}/1/late.png", PNG)
    settings, never = RelaySettings(DATABASE_URL=database.url), asyncio.Event()
    await forget(database, blobs, settings, never)
    assert files_below(tmp_path / "blobs") == [tmp_path / f"blobs/exams/{exam_id}/1/late.png"]
    async with database.transaction() as uow:
        # As if the longest work were over.
        await uow.retention.erase_again(exam_id, -1.0)
    await forget(database, blobs, settings, never)
    assert files_below(tmp_path / "blobs") == []
    async with database.transaction() as uow:
        assert exam_id not in await uow.retention.due_erasures(1000)


async def test_cancelling_keeps_what_was_read_unless_told_to_erase_it(
    edge: Edge, pipeline: Pipeline, tmp_path: Path
) -> None:
    kept = await submit(edge)
    await pipeline.run(kept, until=Stage.OCR)
    await edge.client.cancel(kept)
    assert (await edge.http.get(f"/exams/{kept}/pages/1")).status_code == 200
    await edge.client.delete(kept)
    gone = await submit(edge)
    await pipeline.run(gone, until=Stage.OCR)
    status = await edge.client.cancel(gone, erase=True)
    assert status.status is Status.CANCELLED
    assert files_below(tmp_path / "blobs") == []
    assert (await edge.http.get(f"/exams/{gone}/pages/1")).status_code == 404
    with pytest.raises(ExamLensError) as caught:
        await edge.client.retry(gone)
    assert caught.value.code == "erased"


async def test_erasing_does_not_wait_for_a_worker_and_throws_away_what_it_brings(
    edge: Edge, pipeline: Pipeline, database: Database
) -> None:
    exam_id = await submit(edge)
    task = StageTask(exam_id=exam_id, run=1, stage=Stage.INGEST)
    async with database.transaction() as uow:
        lease = await claim(uow, task, 60)
    assert lease is not None
    status = await edge.client.cancel(exam_id, erase=True)
    assert status.status is Status.CANCELLED
    async with database.transaction() as uow:
        assert not await finish(uow, task, lease)
        assert await uow.pages.list(exam_id, 1) == ()


async def test_queues_show_what_waits(edge: Edge) -> None:
    before = {item.queue: item.waiting for item in (await edge.client.queues()).items}
    await submit(edge)
    after = (await edge.client.queues()).items
    assert [item.stage for item in after] == [*Stage, *JobKind]
    assert after[0].waiting == before["ingest"] + 1


async def test_dead_letters_of_one_code_are_replayed_together_from_the_command_line(
    edge: Edge, pipeline: Pipeline, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    exams = [await submit(edge) for _ in range(3)]
    for exam_id in exams:
        await pipeline.run(exam_id, until=Stage.INGEST)
        await exhaust(pipeline, exam_id, Stage.OCR, 1)
    crashed = exams[-1]
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(dead_letters)
            .where(dead_letters.c.exam_id == crashed)
            .values(code=FailureCode.CRASHED_WORKER)
        )
    monkeypatch.setenv("DATABASE_URL", database.url)

    async def run(*arguments: str) -> int:
        command = ["dead-letters", "replay", *arguments]
        return (await asyncio.to_thread(CliRunner().invoke, app, command)).exit_code

    assert await run("--all", "--code", "attempts_exhausted") == Exit.OK
    statuses = [await edge.client.status(exam_id) for exam_id in exams]
    assert [status.run for status in statuses] == [2, 2, 1]
    assert await run("7", "--all") == Exit.USAGE
    assert await run("--code", "crashed_worker") == Exit.USAGE
    assert await run() == Exit.USAGE
