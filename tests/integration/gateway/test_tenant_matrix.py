"""Every operation of the description, asked with another tenant's ids: none answers data."""

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert, text, update

from services.gateway.domain.access.keys import ALL_SCOPES
from shared.contract.failures import FailureCode
from shared.contract.jobs import JobKind
from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.db.tables import JobState, jobs, webhook_deliveries, webhook_targets
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_access import KEY_DOCUMENT, bearer

#: Stands in everything that the owner has, and in nothing else.
MARK = "quietharbour"
#: Parameters that are no ids.
PLACES = {"number": "1", "ordinal": "1", "name": "paper"}
#: What an operation with a body has to be sent so that its ids are looked at.
BODIES: dict[str, dict[str, Any]] = {
    "correctQuestion": {"json": {"student_answer": "B"}, "headers": {"If-Match": "*"}},
    "cancelExam": {"json": {}},
    "retryExam": {"json": {}},
    "replacePaper": {"json": KEY_DOCUMENT},
}
#: They would answer even the owner with 404 here, because nothing is drawn yet.
NOT_DRAWN = {
    "getPracticePaperJson",
    "getPracticePaperFile",
    "getPracticePdf",
    "getErrorBookPdf",
    "getQuestionCrop",
}


@dataclass(frozen=True)
class Operation:
    """One method of one path, with its parameters by where they stand."""

    name: str
    method: str
    path: str
    in_path: tuple[str, ...]
    in_query: tuple[str, ...]

    def filled(self, ids: dict[str, str]) -> str:
        """The path with the owner's ids in it."""
        path = self.path.removeprefix("/api/v1")
        for name in self.in_path:
            path = path.replace(f"{{{name}}}", (ids | PLACES)[name])
        return path


async def operations(edge: Edge) -> list[Operation]:
    described = (await edge.http.get("/openapi.json")).json()["paths"]
    found = []
    for path, methods in described.items():
        for method, operation in methods.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                places: dict[str, list[str]] = {"path": [], "query": []}
                for parameter in operation.get("parameters", ()):
                    places.setdefault(parameter["in"], []).append(parameter["name"])
                found.append(
                    Operation(
                        operation["operationId"],
                        method.upper(),
                        path,
                        tuple(places["path"]),
                        tuple(places["query"]),
                    )
                )
    return found


def _zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"{MARK}.png", PNG)
    return made.getvalue()


@pytest.fixture
async def ids(edge: Edge, pipeline: Pipeline, database: Database) -> dict[str, str]:
    """One of everything that has an id, all of them the owner's, by the names of parameters."""
    document = {**KEY_DOCUMENT, "title": MARK}
    paper_id = (await edge.http.post("/papers", json=document)).json()["paper_id"]
    exam = await edge.client.submit([PNG], student_ref=MARK, paper_id=paper_id)
    await pipeline.run(exam.exam_id)
    batch = await edge.http.post("/batches", files=[("files", ("a.zip", _zipped()))])
    practice = await edge.http.post("/practice-papers", json={"exam_id": exam.exam_id})
    async with database.transaction() as uow:
        found = await uow.exams.get(exam.exam_id)
        task = StageTask(exam_id=found.id, run=1, stage=Stage.REPORT)
        await uow.dead_letters.add(found, task, FailureCode.ATTEMPTS_EXHAUSTED, MARK)
        row = {"tenant_id": found.tenant_id, "url": f"https://{MARK}.example/"}
        target = await uow.connection.execute(
            insert(webhook_targets).values(**row).returning(webhook_targets.c.id)
        )
        delivery = await uow.connection.execute(
            insert(webhook_deliveries)
            .values(id=text("gen_random_uuid()"), exam_id=found.id, run=1, **row)
            .returning(webhook_deliveries.c.id)
        )
        delivery_id = str(delivery.scalar_one())
        await uow.jobs.add(JobKind.WEBHOOK, delivery_id, found.tenant_id)
        job = await uow.connection.execute(
            update(jobs)
            .where(jobs.c.delivery_id == delivery_id)
            .values(
                state=JobState.DEAD,
                error_code=FailureCode.ATTEMPTS_EXHAUSTED,
                error=MARK,
                finished_at=jobs.c.created_at,
            )
            .returning(jobs.c.id)
        )
        (letter,) = await uow.runs.dead_letters_of(found.tenant_id, limit=10)
    return {
        "exam_id": exam.exam_id,
        "paper_id": paper_id,
        "batch_id": batch.json()["batch_id"],
        "practice_id": practice.json()["id"],
        "letter_id": str(letter.id),
        "target_id": str(target.scalar_one()),
        "delivery_id": delivery_id,
        "job_id": str(job.scalar_one()),
    }


async def owned(edge: Edge, ids: dict[str, str]) -> dict[str, str]:
    """What the owner is answered by every operation that only reads, apart from what time moves."""
    answers = {}
    for operation in await operations(edge):
        if operation.method == "GET" and operation.in_path and "events" not in operation.path:
            answer = await edge.http.get(operation.filled(ids))
            answers[operation.name] = f"{answer.status_code} {answer.headers.get('etag')}"
    return answers


async def test_no_operation_tells_or_changes_what_is_another_tenants(
    edge: Edge, ids: dict[str, str], new_key: NewKey
) -> None:
    before = await owned(edge, ids)
    missing = {name for name, answer in before.items() if answer.startswith("404")}
    assert missing <= NOT_DRAWN, "the owner sees them, or a stranger's 404 would say nothing"
    stranger = bearer(await new_key(*ALL_SCOPES, tenant="a foreign school"))
    asked = 0
    for operation in await operations(edge):
        if not operation.in_path:
            continue
        assert set(operation.in_path) <= ids.keys() | PLACES.keys(), operation
        given = BODIES.get(operation.name, {})
        headers = stranger | given.get("headers", {})
        answer = await edge.http.request(
            operation.method, operation.filled(ids), json=given.get("json"), headers=headers
        )
        assert answer.status_code in {403, 404}, (operation, answer.status_code)
        assert MARK not in answer.text, operation
        asked += 1
    assert asked >= 32
    assert await owned(edge, ids) == before


async def test_no_list_holds_what_is_another_tenants(
    edge: Edge, ids: dict[str, str], new_key: NewKey
) -> None:
    secret = (await edge.client.webhook_secret()).secret
    foreign = [*(value for name, value in ids.items() if name.endswith("_id")), MARK, secret]
    foreign = [value for value in foreign if not value.isdigit()]
    stranger = bearer(await new_key(*ALL_SCOPES, tenant="a foreign school"))
    for operation in await operations(edge):
        if operation.in_path or operation.method != "GET":
            continue
        filters = {name: ids[name] for name in operation.in_query if name in ids}
        for asked in ({}, filters):
            answer = await edge.http.get(operation.filled(ids), headers=stranger, params=asked)
            told = [value for value in foreign if value in answer.text]
            assert not told, (operation, asked)


async def test_no_order_may_name_what_is_another_tenants(
    edge: Edge, ids: dict[str, str], new_key: NewKey
) -> None:
    stranger = bearer(await new_key(*ALL_SCOPES, tenant="a foreign school"))
    files = [("files", ("a.png", PNG))]
    answers: list[httpx2.Response] = [
        await edge.http.post(
            "/practice-papers", json={"exam_id": ids["exam_id"]}, headers=stranger
        ),
        await edge.http.post(
            "/exams", files=files, data={"paper_id": ids["paper_id"]}, headers=stranger
        ),
        await edge.http.post(
            "/batches",
            files=[("files", ("a.zip", _zipped()))],
            data={"paper_id": ids["paper_id"]},
            headers=stranger,
        ),
    ]
    codes = [answer.json()["code"] for answer in answers]
    assert codes == ["not_found", "unknown_paper", "unknown_paper"]
    assert not any(MARK in answer.text for answer in answers)
    # The same bytes are no duplicate of another tenant's, whose id it would tell.
    same = await edge.http.post("/exams", files=files, data={"student_ref": MARK}, headers=stranger)
    assert same.status_code == 202
    assert ids["exam_id"] not in same.text
