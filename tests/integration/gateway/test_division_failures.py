"""A division at whose every call the database or the blob store fails, in every manner."""

from contextlib import suppress
from pathlib import Path

import pytest

from services.ingest.division import BatchDivision
from shared.contract.jobs import JOB_SPECS, JobKind, JobMessage
from shared.db.database import DATABASE_ERRORS, Database
from shared.messaging.attempt.outcome import TaskExhausted
from shared.messaging.relay.retention import erase_due
from shared.storage.blobs import BlobStore
from tests.failure_points import FailurePoint, FaultyBlobs, FaultyDatabase, Manner
from tests.integration.gateway.conftest import Edge
from tests.integration.gateway.pipeline import PNG
from tests.integration.gateway.test_batches import zip_of
from tests.integration.jobs import let_leases_run_out, pass_time, pending, run_once, runner_of

#: Above the number of calls that a division makes.
MOST_CALLS = 30
CLASS_ZIP = zip_of(**{"a/1.png": PNG, "b/1.png": PNG + b"2"})


@pytest.mark.parametrize("manner", Manner)
async def test_a_batch_is_divided_once_wherever_a_server_failed(
    edge: Edge, database: Database, blobs: BlobStore, tmp_path: Path, manner: Manner
) -> None:
    point = FailurePoint(manner=manner, lasting=1)
    faulty = BatchDivision(FaultyBlobs(blobs, point))  # type: ignore[arg-type]
    students = 0
    for number in range(1, MOST_CALLS):
        point.number = None
        batch = await edge.client.submit_batch(CLASS_ZIP, force=True)
        (job_id,) = await pending(database, JobKind.DIVISION, batch.batch_id)
        point.number, point.calls = number, 0
        runner = runner_of(FaultyDatabase(database, point), faulty)  # type: ignore[arg-type]
        with suppress(*DATABASE_ERRORS, TaskExhausted):
            await runner.run(JobMessage(id=job_id, kind=JobKind.DIVISION))
        is_end, point.number = not point.was_reached, None
        for _ in range(JOB_SPECS[JobKind.DIVISION].max_attempts):
            await let_leases_run_out(database)
            async with database.transaction() as uow:
                await uow.job_dispatch.expired(10)
            await pass_time(database)
            await run_once(database, BatchDivision(blobs), batch.batch_id)
        students += 2
        divided = await edge.client.batch(batch.batch_id)
        assert (divided.state, divided.students) == ("divided", 2), (number, divided)
        assert len((await edge.client.exams(limit=100)).items) == students, number
        async with database.transaction() as uow:
            ids = [exam.exam_id for exam in await uow.batches.exams(batch.batch_id)]
            keys = [up.blob_key for exam_id in ids for up in await uow.uploads.list(exam_id)]
        assert len(keys) == 2
        assert all([await blobs.has(key) for key in keys]), number
        if is_end:
            break
    else:
        pytest.fail("more calls than expected")
    assert number > 4
    while await erase_due(database, blobs):
        pass
    assert not list((tmp_path / "blobs" / "batches").glob("*/*"))
