"""The clients know every operation that the API describes, and no other."""

import inspect
import re
from typing import Any

import httpx2
import pytest

from examlens.client import AsyncExamLensClient, ExamLensClient, ExamLensError
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.contract.answer_key import AnswerKey
from shared.contract.api.questions import CorrectionRequest, QuestionBody
from shared.contract.exams import ArtefactKind
from shared.contract.questions import Verdict
from shared.db.database import Database
from shared.storage.blobs import open_blob_store
from tests.question_results import question

ID = "8e03978e-40d5-43e8-bc93-6894a57f9324"
ARGUMENTS: dict[str, Any] = {
    **dict.fromkeys(
        ("exam_id", "paper_id", "batch_id", "practice_id", "delivery_id", "job_id"), ID
    ),
    **dict.fromkeys(("ordinal", "number", "letter_id", "target_id"), 1),
    "files": [b"x"],
    "source": b"x",
    "rows": b"x",
    "key": AnswerKey.model_validate(
        {
            "title": "t",
            "sections": [
                {
                    "label": "1",
                    "questions": [
                        {"number": "1", "type": "single_choice", "answer": "C", "points": 3}
                    ],
                }
            ],
        }
    ),
    "question": QuestionBody(
        exam_id=ID, etag='"1"', question=question(1, Verdict.NEEDS_REVIEW), corrections=()
    ),
    "correction": CorrectionRequest(student_answer="B"),
}
Operation = tuple[str, str]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> set[Operation]:
    url = "postgresql://nobody@127.0.0.1:1/none"
    folder = str(tmp_path_factory.mktemp("blobs"))
    settings = GatewaySettings(DATABASE_URL=url, blob_url=folder)
    database = Database(url, size=1, application="test")
    app = create_app(settings, database, open_blob_store(folder))
    return {
        (method.upper(), path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }


def operation_of(request: httpx2.Request, described: set[Operation]) -> Operation:
    path = request.url.path
    if (request.method, path) in described:
        return request.method, path
    for method, template in sorted(described):
        pattern = re.sub(
            r"\{[a-z_]+\}", "[^/]+", re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
        )
        if method == request.method and re.fullmatch(pattern, path):
            return method, template
    return request.method, path


def calls_of(client: Any) -> list[tuple[str, dict[str, Any]]]:
    """Every public method with arguments for what it requires; artefacts in every kind."""
    found = []
    for name, method in inspect.getmembers(client, callable):
        if name.startswith("_") or name == "close":
            continue
        required = [
            parameter.name
            for parameter in inspect.signature(method).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind is not parameter.VAR_KEYWORD
            and parameter.name not in {"self", "kind"}
        ]
        arguments = {argument: ARGUMENTS[argument] for argument in required}
        if name == "artefact":
            found += [(name, {**arguments, "kind": kind}) for kind in ArtefactKind]
        else:
            found.append((name, arguments))
    return found


def test_the_blocking_client_covers_the_api(described: set[Operation]) -> None:
    seen: set[Operation] = set()

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.add(operation_of(request, described))
        return httpx2.Response(418, json={"code": "teapot"})

    client = ExamLensClient("http://gateway", "exl_x_y")
    client._http.close()
    with httpx2.Client(base_url="http://gateway", transport=httpx2.MockTransport(answer)) as http:
        client._http = http
        for name, arguments in calls_of(client):
            with pytest.raises(ExamLensError, match="teapot"):
                list(getattr(client, name)(**arguments))
    assert seen == described


@pytest.mark.parametrize("kind", [ExamLensClient, AsyncExamLensClient])
def test_every_method_says_what_it_does_and_what_it_takes(kind: type) -> None:
    client = kind("http://gateway", "exl_x_y")
    for name, arguments in calls_of(client):
        method = getattr(client, name)
        assert method.__doc__, name
        inspect.signature(method).bind(**arguments)


async def test_the_asynchronous_client_covers_the_api(described: set[Operation]) -> None:
    seen: set[Operation] = set()

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.add(operation_of(request, described))
        return httpx2.Response(418, json={"code": "teapot"})

    client = AsyncExamLensClient("http://gateway", "exl_x_y")
    await client._http.aclose()
    transport = httpx2.MockTransport(answer)
    async with httpx2.AsyncClient(base_url="http://gateway", transport=transport) as http:
        client._http = http
        for name, arguments in calls_of(client):
            made = getattr(client, name)(**arguments)
            with pytest.raises(ExamLensError, match="teapot"):
                await (made if inspect.isawaitable(made) else anext(made))
    assert seen == described
