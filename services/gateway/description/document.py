"""The whole description of the API (OpenAPI), as the gateway serves it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway.description.answers import problem_answer
from shared.contract.answer_key import AnswerKey
from shared.contract.api.exams import CancelRequest, EventBody, RetryRequest
from shared.contract.api.practice import ExamPracticeRequest
from shared.contract.api.problems import ProblemDocument
from shared.contract.api.questions import CorrectionRequest

_KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "exl_<id>_<secret>",
    "description": "A key made by `examlens keys create`.",
}
#: Documents that the framework does not find: routes read or write them by themselves.
_EXTRA_MODELS = (
    AnswerKey,
    CancelRequest,
    CorrectionRequest,
    EventBody,
    ExamPracticeRequest,
    ProblemDocument,
    RetryRequest,
)


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
    # The framework would learn the scheme from a dependency, and resolve that for every request.
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
    """Drop null: a parameter may be absent, which is said elsewhere, but null cannot be sent."""
    schema = parameter["schema"]
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        others = {name: value for name, value in schema.items() if name != "anyOf"}
        parameter["schema"] = {**kinds[0], **others}


def _replace_default_error(responses: dict[str, Any]) -> None:
    """The framework adds its own 422 wherever a parameter is checked; ours has another form."""
    if "422" in responses and "application/problem+json" not in responses["422"].get("content", {}):
        responses["422"] = problem_answer(422)
