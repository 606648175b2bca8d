"""Keys, scopes, tenants, problems and the service's own routes over real HTTP."""

import json
from typing import Any

import httpx2
import pytest
from prometheus_client import REGISTRY

from services.gateway.app import create_app
from services.gateway.bootstrap import ensure_admin_key
from services.gateway.domain.access.keys import Scope
from services.gateway.settings import GatewaySettings
from shared.db.database import Database
from shared.storage.blobs import BlobStore
from tests.integration.gateway.conftest import Edge, NewKey, StartGateway
from tests.integration.gateway.pipeline import PNG
from tests.workbooks import workbook

KEY_DOCUMENT: dict[str, Any] = {
    "title": "测验",
    "sections": [
        {
            "label": "一",
            "questions": [
                {"number": "1", "type": "single_choice", "answer": "C", "points": 3},
                {"number": "2", "type": "fill_in", "answer": "12", "points": 4},
            ],
        }
    ],
}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_without_a_right_key_nothing_is_served(edge: Edge) -> None:
    flipped = edge.token[:-1] + ("a" if edge.token[-1] != "a" else "b")
    for header in ("", "Bearer", f"Bearer {flipped}", f"Basic {edge.token}", "Bearer exl_x_y"):
        answer = await edge.http.get("/exams", headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "exl_x_y" not in answer.text


async def test_a_scope_opens_its_routes_only(edge: Edge, new_key: NewKey) -> None:
    reader, submitter = bearer(await new_key(Scope.READ)), bearer(await new_key(Scope.SUBMIT))
    files = [("files", ("a.png", PNG))]
    refused = await edge.http.post("/exams", files=files, headers=reader)
    assert (refused.status_code, refused.json()["scope"]) == (403, "submit")
    assert (await edge.http.post("/exams", files=files, headers=submitter)).status_code == 202
    assert (await edge.http.get("/exams", headers=submitter)).status_code == 403
    assert (await edge.http.get("/exams", headers=reader)).status_code == 200
    assert (await edge.http.get("/queues", headers=reader)).status_code == 403


async def test_a_revoked_key_ends(edge: Edge, new_key: NewKey, database: Database) -> None:
    token = await new_key()
    assert (await edge.http.get("/exams", headers=bearer(token))).status_code == 200
    key_id = token.split("_")[1]
    async with database.transaction() as uow:
        keys = {key.id: key for key in await uow.api_keys.list()}
        assert keys[key_id].last_used_at is not None
        assert token.split("_")[2].encode() not in keys[key_id].secret_hash
        assert await uow.api_keys.revoke(key_id)
        assert not await uow.api_keys.revoke(key_id)
    assert (await edge.http.get("/exams", headers=bearer(token))).status_code == 401


async def test_other_tenants_ids_are_not_there(edge: Edge, new_key: NewKey) -> None:
    stranger = bearer(await new_key(tenant="a foreign school"))
    exam_id = (await edge.client.submit([PNG])).exam_id
    paper = await edge.http.post("/papers", json=KEY_DOCUMENT)
    paper_id = paper.json()["paper_id"]
    routes = [
        ("GET", f"/exams/{exam_id}"),
        ("GET", f"/exams/{exam_id}/status"),
        ("GET", f"/exams/{exam_id}/result"),
        ("GET", f"/exams/{exam_id}/report.pdf"),
        ("GET", f"/exams/{exam_id}/pages/1"),
        ("POST", f"/exams/{exam_id}/cancel"),
        ("POST", f"/exams/{exam_id}/retry"),
        ("DELETE", f"/exams/{exam_id}"),
        ("GET", f"/papers/{paper_id}"),
    ]
    for method, path in routes:
        answer = await edge.http.request(method, path, headers=stranger)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    replaced = await edge.http.put(f"/papers/{paper_id}", json=KEY_DOCUMENT, headers=stranger)
    assert replaced.status_code == 404
    assert (await edge.http.get("/exams", headers=stranger)).json()["items"] == []
    assert (await edge.http.get(f"/exams/{exam_id}")).status_code == 200


async def test_the_first_admin_key_is_made_once(database: Database) -> None:
    async with database.transaction() as uow:
        await uow.connection.exec_driver_sql("DELETE FROM api_keys")
        token = await ensure_admin_key(uow)
        assert token is not None
        assert await ensure_admin_key(uow) is None
        (key,) = await uow.api_keys.list()
    assert set(key.scopes) == set(Scope)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/exams/not-a-uuid", 404, "not_found"),
        ("GET", "/exams/00000000-0000-4000-8000-00000000000a", 404, "not_found"),
        (
            "GET",
            "/exams/00000000-0000-4000-8000-00000000000a/status?wait=x",
            422,
            "invalid_request",
        ),
        (
            "GET",
            "/exams/00000000-0000-4000-8000-00000000000a/status?until=done",
            422,
            "invalid_request",
        ),
        ("GET", "/exams?limit=0", 422, "invalid_request"),
        ("GET", "/exams?status=BROKEN", 422, "invalid_request"),
        ("GET", "/exams?student_ref=a%00b", 422, "invalid_request"),
        ("GET", "/exams?paper_id=x", 422, "invalid_request"),
        ("GET", "/papers?cursor=%FF", 400, "invalid_cursor"),
        ("POST", "/dead-letters/99999999999999999999/replay", 422, "invalid_request"),
    ],
)
async def test_errors_are_problem_documents(
    edge: Edge, method: str, path: str, status: int, code: str
) -> None:
    answer = await edge.http.request(method, path)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"] == f"urn:examlens:problem:{code}"
    assert {"title", "detail", "instance", "trace_id"} <= set(problem)


async def test_a_wrong_method_names_the_right_ones(edge: Edge) -> None:
    answer = await edge.http.patch("/exams", headers={"Accept-Language": "zh-TW, en;q=0.1"})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert answer.headers["content-language"] == "zh"
    assert answer.json()["title"] == "方法不允许"


async def test_what_nobody_caught_is_a_problem_without_its_text(
    start_gateway: StartGateway, new_key: NewKey, database: Database
) -> None:
    token = await new_key()
    await database.close()
    async with start_gateway() as address, httpx2.AsyncClient(base_url=address) as http:
        async with database.transaction() as uow:
            await uow.connection.exec_driver_sql("ALTER TABLE exams RENAME TO hidden")
        try:
            answer = await http.get("/api/v1/exams", headers=bearer(token))
        finally:
            async with database.transaction() as uow:
                await uow.connection.exec_driver_sql("ALTER TABLE hidden RENAME TO exams")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "exams" not in answer.text


async def test_a_database_that_is_away_is_told_from_a_defect(
    database: Database, blobs: BlobStore, unused_tcp_port: int
) -> None:
    away = Database(
        f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/x", size=1, application="test"
    )
    settings = GatewaySettings(DATABASE_URL=away.url)
    transport = httpx2.ASGITransport(create_app(settings, away, blobs))
    token = "exl_" + "a" * 12 + "_" + "b" * 43
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
        answer = await http.get("/api/v1/exams", headers=bearer(token))
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "retry-after" in answer.headers
        assert (await http.get("/readyz")).status_code == 503
        assert (await http.get("/livez")).status_code == 200
    await away.close()


async def test_a_callers_trace_is_carried_on(edge: Edge, database: Database) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    parent = f"00-{trace_id}-00f067aa0ba902b7-01"
    answer = await edge.http.post(
        "/exams", files=[("files", ("a.png", PNG))], headers={"traceparent": parent}
    )
    assert answer.headers["x-trace-id"] == trace_id
    async with database.transaction() as uow:
        message = (
            await uow.connection.exec_driver_sql(
                "SELECT message FROM outbox WHERE exam_id = $1", (answer.json()["exam_id"],)
            )
        ).scalar_one()
    assert message["traceparent"] == parent


async def test_papers_are_stored_read_listed_and_replaced(edge: Edge) -> None:
    created = await edge.http.post("/papers", json=KEY_DOCUMENT)
    assert created.status_code == 201
    paper_id = created.json()["paper_id"]
    assert created.headers["location"] == f"/api/v1/papers/{paper_id}"
    assert (created.json()["full_score"], created.json()["questions"]) == (7, 2)
    stale = await edge.http.put(
        f"/papers/{paper_id}", json=KEY_DOCUMENT, headers={"If-Match": '"7"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    paper = await edge.client.paper(paper_id)
    replaced = await edge.client.replace_paper(paper_id, paper.answer_key, version=1)
    assert replaced.version == 2
    second = await edge.client.create_paper(paper.answer_key)
    page = await edge.client.papers(limit=1)
    assert [item.paper_id for item in page.items] == [second.paper_id]
    following = await edge.client.papers(limit=1, cursor=page.next)
    assert [item.paper_id for item in following.items] == [paper_id]
    assert following.next is None


async def test_an_answer_key_may_be_csv(edge: Edge) -> None:
    rows = (
        "section,section_title,number,type,answer,points,knowledge_points\r\n"
        '一,选择题,1,single_choice,C,3,"有理数;绝对值"\r\n'
        '二,填空题,1,fill_in,"a, b",4,\r\n'
    )
    paper = await edge.client.create_paper_csv(rows.encode("utf-8-sig"), title="期中")
    assert paper.title == "期中"
    assert [section.label for section in paper.answer_key.sections] == ["一", "二"]
    question = paper.answer_key.sections[0].questions[0]
    assert (question.answer, question.points) == ("C", 3)
    assert question.knowledge_points == ("有理数", "绝对值")


async def test_an_answer_key_may_be_a_workbook(edge: Edge) -> None:
    header = ["section", "number", "type", "answer", "points"]
    rows = workbook(header, ["一", 1, "single_choice", "C", 3], [None, 2, "fill_in", 12, 4])
    paper = await edge.client.create_paper_csv(rows, title="期中")
    (section,) = paper.answer_key.sections
    assert [(q.number, q.answer) for q in section.questions] == [("1", "C"), ("2", "12")]


async def test_duplicate_question_numbers_are_named(edge: Edge) -> None:
    document = json.loads(json.dumps(KEY_DOCUMENT))
    document["sections"][0]["questions"][1]["number"] = "1"
    answer = await edge.http.post("/papers", json=document)
    assert (answer.status_code, answer.json()["code"]) == (422, "duplicate_questions")
    assert answer.json()["questions"] == ["一.1"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"title": "\\u0000", "sections": []}',
        b'{"title": "\\ud800"}',
        json.dumps({**KEY_DOCUMENT, "title": "a\x00"}).encode(),
    ],
)
async def test_a_broken_answer_key_is_refused(edge: Edge, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await edge.http.post("/papers", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert all(set(error) == {"field", "rule"} for error in answer.json()["errors"])


async def test_requests_are_counted_by_route_template(edge: Edge) -> None:
    labels = {"method": "GET", "route": "/api/v1/exams/{exam_id}", "code": "404"}

    def count() -> float:
        return REGISTRY.get_sample_value("examlens_http_requests_total", labels) or 0.0

    before = count()
    await edge.http.get("/exams/00000000-0000-4000-8000-00000000000b")
    assert count() == before + 1


async def test_the_service_tells_of_itself_without_a_key(edge: Edge) -> None:
    async with httpx2.AsyncClient(base_url=edge.address) as anonymous:
        for path in ("/livez", "/readyz", "/api/v1/livez", "/api/v1/readyz"):
            assert (await anonymous.get(path)).json() == {"status": "ok"}
        limits = (await anonymous.get("/api/v1/limits")).json()
        assert "image/png" in limits["media_types"]
        assert (await anonymous.get("/api/v1/version")).json()["api"] == "v1"


async def test_the_description_is_complete(edge: Edge) -> None:
    document = (await edge.http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    schemas = document["components"]["schemas"]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference
    for operation in operations:
        for status, answer in operation["responses"].items():
            if status >= "400":
                content = answer["content"]["application/problem+json"]
                assert content["examples"], operation["operationId"]
        if operation.get("security"):
            assert {"401", "403"} <= set(operation["responses"])


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for part in value.values() for found in _references(part)]
    if isinstance(value, list):
        return [found for part in value for found in _references(part)]
    return []
