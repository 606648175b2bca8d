"""The API's description: error answers, bodies that routes read themselves, examples."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway.domain.protocol.problem_kinds import KIND_OF_STATUS, KINDS
from services.gateway.domain.protocol.problems import Problem
from shared.contract.answer_key import AnswerKey
from shared.contract.api.exams import CancelRequest, EventBody, RetryRequest
from shared.contract.api.practice import ExamPracticeRequest
from shared.contract.api.problems import ProblemDocument
from shared.contract.api.questions import CorrectionRequest
from shared.contract.failures import Language

Answers = dict[int | str, dict[str, Any]]
_TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
_KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "exl_<id>_<secret>",
    "description": "A key made by `examlens keys create`.",
}
_PROBLEM_REF = {"$ref": "#/components/schemas/ProblemDocument"}
#: Documents that only hand-read bodies and error answers mention.
_EXTRA_MODELS = (
    AnswerKey,
    CancelRequest,
    CorrectionRequest,
    EventBody,
    ExamPracticeRequest,
    ProblemDocument,
    RetryRequest,
)

_NOT_PROBLEMS: dict[int, str] = {206: "The asked part of it", 304: "It has not changed"}
_ANYWHERE = (500, 503)


def answers(*statuses: int) -> Answers:
    """The error answers of a route, and those that every route can give."""
    found: Answers = {}
    # Whoever needs a key is counted.
    counted = (429,) if 401 in statuses else ()
    for status in sorted({*statuses, *counted, *_ANYWHERE}):
        if status in _NOT_PROBLEMS:
            found[status] = {"description": _NOT_PROBLEMS[status]}
        else:
            found[status] = _problem_answer(status)
    return found


def file_answer(media_types: Sequence[str], *statuses: int) -> Answers:
    """Like ``answers``, for a route whose success is a file, of which a part can be asked for."""
    file = {"schema": {"type": "string", "format": "binary"}}
    content = {"content": dict.fromkeys(media_types, file)}
    found: Answers = {200: {"description": "The file", **content}, **answers(206, *statuses)}
    found[206] |= content
    return found


def example_answer(example: Mapping[str, Any]) -> Answers:
    """The success of a route that answers JSON, with an example of it."""
    return {200: {"content": {"application/json": {"example": dict(example)}}}}


def describe(app: FastAPI) -> None:
    """Make ``app`` serve the complete description, built on first use."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # the documented way to extend it


def _description(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
    )
    components = document.setdefault("components", {})
    # The framework would learn it from one more dependency, solved anew for every request.
    components["securitySchemes"] = {"apiKey": _KEY_SCHEME}
    schemas = components.setdefault("schemas", {})
    for model in _EXTRA_MODELS:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, definition in schema.pop("$defs", {}).items():
            schemas.setdefault(name, definition)
        schemas.setdefault(model.__name__, schema)
    # The framework's own error schema: no route answers with it.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for path in document["paths"].values():
        for operation in path.values():
            _replace_default_error(operation["responses"])
            if "401" in operation["responses"]:
                operation["security"] = [{"apiKey": []}]
            for parameter in operation.get("parameters", ()):
                _drop_null(parameter)
    return document


def _drop_null(parameter: dict[str, Any]) -> None:
    """A parameter may be absent, which is said elsewhere; no client can send null in a text."""
    schema = parameter["schema"]
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        others = {name: value for name, value in schema.items() if name != "anyOf"}
        parameter["schema"] = {**kinds[0], **others}


def _replace_default_error(responses: dict[str, Any]) -> None:
    """The framework adds its own 422 wherever a parameter is checked; ours has another form."""
    if "422" in responses and "application/problem+json" not in responses["422"].get("content", {}):
        responses["422"] = _problem_answer(422)


def _problem_answer(status: int) -> dict[str, Any]:
    kinds = {code: kind for code, kind in KINDS.items() if kind.status == status}
    code = KIND_OF_STATUS.get(status) or next(iter(kinds))
    examples = {name: {"value": Problem(name).document(Language.EN, _TRACE_ID)} for name in kinds}
    return {
        "description": kinds[code].title.en,
        "content": {"application/problem+json": {"schema": _PROBLEM_REF, "examples": examples}},
    }
