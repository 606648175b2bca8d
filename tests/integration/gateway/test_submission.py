"""Submitting exams over real HTTP."""

import asyncio
import hashlib
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from examlens.client import ExamLensError
from shared.contract.answer_key import AnswerKey
from shared.contract.exams import Upload
from shared.contract.stages import Priority, Stage, Status
from shared.db.database import Database
from shared.db.tables import exams, outbox
from tests.integration.gateway.conftest import Edge, NewKey, StartGateway
from tests.integration.gateway.pipeline import PNG

KEY = AnswerKey.model_validate(
    {
        "title": "单元测验",
        "sections": [
            {
                "label": "一",
                "questions": [{"number": "1", "type": "single_choice", "answer": "C", "points": 3}],
            }
        ],
    }
)


def files_on_disk(directory: Path) -> list[Path]:
    return [path for path in (directory / "blobs").rglob("*") if path.is_file()]


async def exams_count(database: Database) -> int:
    async with database.transaction() as uow:
        query = select(func.count()).select_from(exams)
        return int((await uow.connection.execute(query)).scalar_one())


async def uploads_of(database: Database, exam_id: str) -> tuple[Upload, ...]:
    async with database.transaction() as uow:
        return await uow.uploads.list(exam_id)


async def test_an_accepted_exam_has_its_files_its_first_task_and_its_message(
    edge: Edge, database: Database, tmp_path: Path
) -> None:
    paper = await edge.client.create_paper(KEY)
    scan = tmp_path / "张三 数学.png"
    scan.write_bytes(PNG)
    status = await edge.client.submit(
        [scan, b"%PDF-1.7 second"],
        subject="数学",
        student_ref="s-17",
        paper_id=paper.paper_id,
        priority="urgent",
    )
    assert (status.status, status.progress, status.run) == (Status.UPLOADED, 0, 1)
    assert status.current_step is Stage.INGEST
    assert status.queue_position is not None
    assert status.estimated_remaining_time >= 1
    uploads = await uploads_of(database, status.exam_id)
    assert [upload.media_type for upload in uploads] == ["image/png", "application/pdf"]
    assert uploads[0].sha256 == hashlib.sha256(PNG).hexdigest()
    assert uploads[0].size_bytes == len(PNG)
    assert [path.read_bytes() for path in sorted(files_on_disk(tmp_path))] == [
        PNG,
        b"%PDF-1.7 second",
    ]
    async with database.transaction() as uow:
        query = select(outbox.c.queue, outbox.c.priority).where(outbox.c.exam_id == status.exam_id)
        assert (await uow.connection.execute(query)).all() == [("ingest", Priority.URGENT)]
    shown = await edge.client.exam(status.exam_id)
    assert (shown.subject, shown.student_ref, shown.priority) == ("数学", "s-17", "urgent")
    assert shown.paper_id == paper.paper_id


async def test_the_answer_says_where_the_exam_is_and_when_to_ask(edge: Edge) -> None:
    answer = await edge.http.post("/exams", files=[("files", ("a.png", PNG))])
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/exams/{answer.json()['exam_id']}"
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "empty_file"),
        (b"just some text", 415, "unsupported_media"),
        (b"RIFF....WAVE" + b"\0" * 50, 415, "unsupported_media"),
        (b"PK\x03\x04" + b"\0" * 26 + b"word/document.xml", 415, "office_document"),
    ],
)
async def test_a_bad_file_is_refused_with_advice_and_leaves_nothing_behind(
    edge: Edge, database: Database, tmp_path: Path, content: bytes, status: int, code: str
) -> None:
    before = await exams_count(database)
    answer = await edge.http.post(
        "/exams",
        files=[("files", ("good.png", PNG)), ("files", ("bad.png", content))],
        headers={"Accept-Language": "zh-CN"},
    )
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "请" in problem["detail"]
    assert problem["trace_id"] == answer.headers["x-trace-id"]
    assert await exams_count(database) == before
    assert files_on_disk(tmp_path) == []


async def test_limits_on_files_and_bytes_hold(
    start_gateway: StartGateway, new_key: NewKey, tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {await new_key()}"}
    limits = {"max_files": 2, "max_file_bytes": 2000, "max_upload_bytes": 5000}
    async with (
        start_gateway(**limits) as address,
        httpx2.AsyncClient(base_url=f"{address}/api/v1", headers=headers) as http,
    ):

        async def code_of(*contents: bytes) -> tuple[int, str]:
            files = [("files", ("f", content)) for content in contents]
            answer = await http.post("/exams", files=files)
            return answer.status_code, answer.json()["code"]

        assert await code_of(PNG, PNG, PNG) == (422, "too_many_files")
        assert await code_of(PNG * 2) == (413, "file_too_large")
        assert await code_of(PNG, PNG * 5) == (413, "body_too_large")
    assert files_on_disk(tmp_path) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"priority": "now"}, "invalid_request"),
        ({"subject": "x" * 61}, "invalid_request"),
        ({"subject": "a\x00b"}, "invalid_request"),
        ({"callback_url": "file:///etc/passwd"}, "invalid_request"),
        ({"callback_url": "http://user:pw@host/"}, "invalid_request"),
        ({"surprise": "unexpected"}, "invalid_request"),
        ({"paper_id": "1' OR '1'='1"}, "invalid_request"),
        ({"paper_id": "00000000-0000-4000-8000-000000000000"}, "unknown_paper"),
    ],
)
async def test_bad_fields_are_named_but_never_repeated(
    edge: Edge, tmp_path: Path, fields: dict[str, str], code: str
) -> None:
    answer = await edge.http.post("/exams", files=[("files", ("a.png", PNG))], data=fields)
    assert answer.status_code == (409 if code == "unknown_paper" else 422)
    assert answer.json()["code"] == code
    assert next(iter(fields.values())) not in answer.text
    assert files_on_disk(tmp_path) == []


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/json", b"{}", 415, "unsupported_content_type"),
        ("", b"x", 415, "unsupported_content_type"),
        ("multipart/form-data", b"x", 400, "malformed_form"),
        ("multipart/form-data; boundary=b", b"garbage", 400, "malformed_form"),
        ("multipart/form-data; boundary=b", b"", 400, "malformed_form"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n' + PNG,
            400,
            "malformed_form",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="subject"\r\n\r\nx\r\n--b--\r\n',
            422,
            "missing_files",
        ),
    ],
)
async def test_a_form_that_is_none_or_is_cut_short_is_refused(
    edge: Edge, tmp_path: Path, content_type: str, body: bytes, status: int, code: str
) -> None:
    answer = await edge.http.post("/exams", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert files_on_disk(tmp_path) == []


async def test_a_client_that_hangs_up_or_stalls_leaves_nothing_behind(
    start_gateway: StartGateway, new_key: NewKey, database: Database, tmp_path: Path
) -> None:
    before = await exams_count(database)
    token = await new_key()
    async with start_gateway(body_idle_seconds=0.3) as address:
        host, port = address.removeprefix("http://").split(":")
        head = (
            f"POST /api/v1/exams HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 90000\r\n\r\n"
            '--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        ).encode() + PNG
        _, gone = await asyncio.open_connection(host, int(port))
        gone.write(head)
        await gone.drain()
        gone.close()
        reader, stalled = await asyncio.open_connection(host, int(port))
        stalled.write(head)
        async with asyncio.timeout(5):
            answer = await reader.read()
        stalled.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "request_timeout"' in answer
    assert await exams_count(database) == before
    assert files_on_disk(tmp_path) == []


async def test_a_large_upload_is_stored_whole(edge: Edge, database: Database) -> None:
    content = PNG + bytes(9_000_000)
    status = await edge.client.submit([content])
    (upload,) = await uploads_of(database, status.exam_id)
    assert upload.size_bytes == len(content)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()


async def test_an_exam_may_not_refer_to_another_tenants_paper(
    edge: Edge, start_gateway: StartGateway, new_key: NewKey
) -> None:
    paper = await edge.client.create_paper(KEY)
    stranger = {"Authorization": f"Bearer {await new_key(tenant='a stranger')}"}
    answer = await edge.http.post(
        "/exams",
        files=[("files", ("a.png", PNG))],
        data={"paper_id": paper.paper_id},
        headers=stranger,
    )
    assert answer.json()["code"] == "unknown_paper"


async def test_the_client_raises_the_problem(edge: Edge) -> None:
    with pytest.raises(ExamLensError) as caught:
        await edge.client.submit([b"text"])
    assert (caught.value.status, caught.value.code) == (415, "unsupported_media")
    assert "Convert it" in str(caught.value)
