"""The status of exams, for one asker and for many at the same moment."""

import asyncio
from uuid import uuid4

import httpx2
from sqlalchemy import update

from shared.contract.duplicates import Duplicate
from shared.contract.stages import Status
from shared.db.database import Database
from shared.db.tables import exams
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_access import bearer

#: Enough requests at once that several share a query.
ROUNDS = 20


async def submit(edge: Edge, headers: dict[str, str]) -> str:
    files = [("files", ("a", PNG))]
    answer = await edge.http.post("/exams", files=files, data={"force": "true"}, headers=headers)
    return str(answer.json()["exam_id"])


async def poll_together(
    edge: Edge, askers: dict[str, dict[str, str]]
) -> dict[str, list[httpx2.Response]]:
    """The answers to each of ``askers``, given by exam, who all ask again and again at once."""
    limits = httpx2.Limits(max_connections=len(askers) * ROUNDS)
    async with httpx2.AsyncClient(
        base_url=f"{edge.address}/api/v1", limits=limits, timeout=60
    ) as crowd:

        async def ask(exam_id: str) -> tuple[str, httpx2.Response]:
            return exam_id, await crowd.get(f"/exams/{exam_id}/status", headers=askers[exam_id])

        answers = await asyncio.gather(*(ask(exam_id) for _ in range(ROUNDS) for exam_id in askers))
    together: dict[str, list[httpx2.Response]] = {exam_id: [] for exam_id in askers}
    for exam_id, answer in answers:
        together[exam_id].append(answer)
    return together


async def repeat_of(edge: Edge, pipeline: Pipeline, database: Database) -> tuple[str, str]:
    """An exam that ended as a duplicate, and the one it repeats."""
    first = await edge.client.submit([PNG], force=True)
    again = await edge.client.submit([PNG + b" again"])
    async with database.transaction() as uow:
        exam = await uow.exams.get(again.exam_id)
        assert await uow.duplicates.mark(exam, Duplicate(layer=3, of=first.exam_id))
    assert (await pipeline.run(again.exam_id)).status is Status.DUPLICATE
    return again.exam_id, first.exam_id


async def test_a_duplicate_tells_its_status_while_other_tenants_poll_theirs(
    edge: Edge, pipeline: Pipeline, database: Database, new_key: NewKey
) -> None:
    strangers = [bearer(await new_key(tenant=f"tenant {uuid4()}")) for _ in range(4)]
    askers = {await submit(edge, headers): headers for headers in strangers}
    repeat, first = await repeat_of(edge, pipeline, database)
    together = await poll_together(edge, {**askers, repeat: bearer(edge.token)})
    for exam_id, answers in together.items():
        assert {answer.status_code for answer in answers} == {200}, exam_id
        assert {answer.json()["exam_id"] for answer in answers} == {exam_id}
    told = together[repeat][0].json()
    assert (told["status"], told["duplicate"]) == ("DUPLICATE", {"layer": 3, "of": first})


async def test_an_exam_that_cannot_be_read_fails_nobody_but_its_asker(
    edge: Edge, database: Database, new_key: NewKey
) -> None:
    strangers = [bearer(await new_key(tenant=f"tenant {uuid4()}")) for _ in range(4)]
    askers = {await submit(edge, headers): headers for headers in strangers}
    unreadable, *others = askers
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(exams)
            .where(exams.c.id == unreadable)
            .values(error_code="written_by_a_later_release")
        )
    together = await poll_together(edge, askers)
    assert {answer.status_code for answer in together[unreadable]} == {500}
    for exam_id in others:
        assert {answer.status_code for answer in together[exam_id]} == {200}, exam_id
