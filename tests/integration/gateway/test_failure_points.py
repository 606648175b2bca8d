"""A submission at whose every call the database or the blob store fails, in every manner."""

from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from services.ingest.division import BatchDivision
from shared.contract.batches import batch_prefix
from shared.contract.failures import FailureCode
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from shared.db.tables import batches, exams
from shared.storage.blobs import BlobStore
from tests.failure_points import FailurePoint, FaultyBlobs, FaultyDatabase, Manner
from tests.integration.gateway.conftest import NewKey, StartGateway
from tests.integration.gateway.pipeline import PNG
from tests.integration.gateway.test_batches import zip_of
from tests.integration.gateway.test_submission import files_on_disk
from tests.integration.jobs import run_once

CLASS_ZIP = zip_of(**{"a/1.png": PNG, "b/1.png": PNG})
#: Above the number of calls that any of these requests makes.
MOST_CALLS = 60


async def submit(http: httpx2.AsyncClient, kind: str, key: str) -> httpx2.Response:
    headers = {"Idempotency-Key": key}
    if kind == "exam":
        files = [("files", ("a.png", PNG))]
        return await http.post("/exams", files=files, data={"force": "true"}, headers=headers)
    files = [("files", ("class.zip", CLASS_ZIP))]
    return await http.post("/batches", files=files, data={"force": "true"}, headers=headers)


async def stored(database: Database, kind: str, tenant_id: str) -> list[str]:
    table = exams if kind == "exam" else batches
    async with database.transaction() as uow:
        rows = await uow.connection.execute(
            select(table.c.id).where(table.c.tenant_id == tenant_id)
        )
        return [str(found) for found in rows.scalars()]


async def every_file_is_there(
    database: Database, blobs: BlobStore, kind: str, ids: list[str]
) -> bool:
    keys = [f"{batch_prefix(batch_id)}source" for batch_id in ids]
    if kind == "exam":
        async with database.transaction() as uow:
            keys = [up.blob_key for exam_id in ids for up in await uow.uploads.list(exam_id)]
    assert len(keys) >= len(ids)
    return all([await blobs.has(key) for key in keys])


@pytest.mark.parametrize(
    ("kind", "manner", "lasting"),
    [
        (kind, manner, lasting)
        for kind in ("exam", "batch")
        for manner in Manner
        for lasting in (1, 3)
    ],
)
async def test_an_exam_that_was_taken_has_its_files_wherever_the_request_failed(
    start_gateway: StartGateway,
    new_key: NewKey,
    database: Database,
    blobs: BlobStore,
    kind: str,
    manner: Manner,
    lasting: int,
) -> None:
    token = await new_key(tenant=f"tenant {uuid4()}")
    async with database.transaction() as uow:
        key_row = await uow.api_keys.find(token.split("_")[1])
        assert key_row is not None
    headers = {"Authorization": f"Bearer {token}"}
    point = FailurePoint(manner=manner, lasting=lasting)
    faulty, faulty_blobs = FaultyDatabase(database, point), FaultyBlobs(blobs, point)
    taken = 0
    async with (
        start_gateway(database=faulty, blobs=faulty_blobs) as address,
        httpx2.AsyncClient(base_url=f"{address}/api/v1", headers=headers, timeout=60) as http,
    ):
        for number in range(1, MOST_CALLS):
            point.number, point.calls = number, 0
            first = await submit(http, kind, f"key-{number}")
            if not point.was_reached:
                break
            assert first.status_code in {202, 503}, first.text
            if first.status_code == 503:
                assert "retry-after" in first.headers
            known = await stored(database, kind, key_row.tenant_id)
            assert await every_file_is_there(database, blobs, kind, known), (number, manner)
            point.number = None
            again = await submit(http, kind, f"key-{number}")
            if again.status_code == 409:
                # The key could not be given back; it lapses within a minute.
                again = await submit(http, kind, f"key-{number}-again")
            assert again.status_code == 202
            taken += 1
            known = await stored(database, kind, key_row.tenant_id)
            assert await every_file_is_there(database, blobs, kind, known), (number, manner)
            assert len(known) == taken, (number, manner)
        else:
            pytest.fail("more calls than expected")
    assert number > 4


@pytest.mark.parametrize("kind", ["exam", "batch"])
async def test_a_kept_answer_whose_exam_lost_its_files_is_no_answer(
    start_gateway: StartGateway,
    new_key: NewKey,
    database: Database,
    blobs: BlobStore,
    kind: str,
    tmp_path: Path,
) -> None:
    headers = {"Authorization": f"Bearer {await new_key()}"}
    async with (
        start_gateway() as address,
        httpx2.AsyncClient(base_url=f"{address}/api/v1", headers=headers, timeout=60) as http,
    ):
        first = (await submit(http, kind, "k")).json()
        if kind == "batch":
            await run_once(database, BatchDivision(blobs), first["batch_id"])
            found = await http.get(f"/batches/{first['batch_id']}")
            lost = found.json()["exams"][0]["exam_id"]
        else:
            lost = first["exam_id"]
        await blobs.delete_prefix(f"exams/{lost}/")
        assert (await submit(http, kind, "k")).headers["idempotency-replayed"] == "true"
        async with database.transaction() as uow:
            exam = await uow.exams.get(lost)
            await uow.exams.move(
                exam, Status.FAILED, stage=Stage.INGEST, error_code=FailureCode.ATTEMPTS_EXHAUSTED
            )
        again = await submit(http, kind, "k")
        assert again.status_code == 202
        assert "idempotency-replayed" not in again.headers
        assert again.json() != first
        assert (await submit(http, kind, "k")).json() == again.json()
    assert files_on_disk(tmp_path)
