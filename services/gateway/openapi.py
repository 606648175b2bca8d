"""The API's description: error answers, bodies that routes read themselves, examples."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway.domain.bodies import CancelRequest, EventBody, RetryRequest
from services.gateway.domain.corrections import CorrectionRequest
from services.gateway.domain.practice import PracticeRequest
from services.gateway.domain.problem_kinds import KIND_OF_STATUS, KINDS
from services.gateway.domain.problems import Problem, ProblemDocument
from shared.contract.answer_key import AnswerKey
from shared.contract.failures import Language

Answers = dict[int | str, dict[str, Any]]
_TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
_PROBLEM_REF = {"$ref": "#/components/schemas/ProblemDocument"}
#: Documents that only hand-read bodies and error answers mention.
_EXTRA_MODELS = (
    AnswerKey,
    CancelRequest,
    CorrectionRequest,
    EventBody,
    PracticeRequest,
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


def file_answer(media_type: str, *statuses: int) -> Answers:
    """Like ``answers``, for a route whose success is a file."""
    content = {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}
    found: Answers = {200: {"description": "The file", **content}, **answers(*statuses)}
    if 206 in found:
        found[206] |= content
    return found


def example_answer(example: Mapping[str, Any]) -> Answers:
    """The success of a route that answers JSON, with an example of it."""
    return {200: {"content": {"application/json": {"example": dict(example)}}}}


#: A header that a route looks for itself, because its absence is a problem of its own.
IF_MATCH: dict[str, Any] = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
            "description": "The ETag of what was read, or * for whatever is there.",
            "example": "*",
        }
    ]
}


def json_body(schema: str, example: Mapping[str, Any], *, is_required: bool) -> dict[str, Any]:
    """The description of a JSON body that a route reads itself."""
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": dict(example)}
    return {"requestBody": {"required": is_required, "content": {"application/json": content}}}


EVENT_STREAM: dict[str, Any] = {
    "description": "Events until the exam has ended",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": 'id: 4\nevent: status\ndata: {"sequence": 4, "status": "PARSING"}\n\n',
        }
    },
}
_ANSWER_KEY_EXAMPLE = {
    "title": "七年级数学期中",
    "subject": "数学",
    "grade": "七年级",
    "sections": [
        {
            "label": "一",
            "title": "选择题",
            "questions": [
                {
                    "number": "1",
                    "type": "single_choice",
                    "answer": "C",
                    "points": 3,
                    "knowledge_points": ["有理数"],
                }
            ],
        }
    ],
}
_CSV_EXAMPLE = (
    "title,subject,section,section_title,number,type,answer,points,knowledge_points\n"
    "七年级数学期中,数学,一,选择题,1,single_choice,C,3,有理数;绝对值\n"
)
ANSWER_KEY_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/AnswerKey"},
                "example": _ANSWER_KEY_EXAMPLE,
            },
            "text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
        },
    }
}
_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "A name for this request: sent again within 24 hours, it is answered "
    "again and nothing is done twice.",
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}
_DECLARED: dict[str, Any] = {
    "subject": {"type": "string", "maxLength": 60},
    "grade": {"type": "string", "maxLength": 60},
    "paper_id": {"type": "string", "format": "uuid"},
    "sitting": {
        "type": "string",
        "maxLength": 100,
        "description": "Which time the paper was sat; a retake is new.",
    },
    "priority": {
        "type": "string",
        "enum": ["low", "normal", "high", "urgent"],
        "default": "normal",
    },
    "callback_url": {"type": "string", "format": "uri", "maxLength": 2000},
    "language": {"type": "string", "enum": ["zh", "en"], "default": "zh"},
    "force": {
        "type": "boolean",
        "default": False,
        "description": "Take it even when it is a duplicate.",
    },
}
_STUDENT_REF: dict[str, Any] = {
    "type": "string",
    "maxLength": 200,
    "description": "A pseudonym; never a name.",
}


def _form(properties: Mapping[str, Any], files: str) -> dict[str, Any]:
    """A multipart body and the header that makes repeating it harmless."""
    schema = {
        "type": "object",
        "required": ["files"],
        "additionalProperties": False,
        "properties": {**properties},
    }
    content = {"schema": schema, "encoding": {"files": {"contentType": files}}}
    return {
        "parameters": [_IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": {"multipart/form-data": content}},
    }


SUBMISSION_BODY: dict[str, Any] = _form(
    {
        "files": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "format": "binary"},
            "description": "PNG, JPEG or PDF, in the order of the pages.",
        },
        "student_ref": _STUDENT_REF,
        **_DECLARED,
    },
    "image/png, image/jpeg, application/pdf",
)
BATCH_BODY: dict[str, Any] = _form(
    {
        "files": {
            "type": "string",
            "format": "binary",
            "description": "One zip with a folder or a file per student, or one PDF.",
        },
        "roster": {
            "type": "string",
            "description": "CSV with a row per student; `file` may be left out.",
            "example": "student_ref,file\ns-17,01.pdf\ns-18,02.pdf\n",
        },
        "pages_per_student": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "description": "Required for a PDF; deals out the files of a zip without folders.",
        },
        **_DECLARED,
    },
    "application/zip, application/pdf",
)

_PRACTICE_EXAMPLE = {
    "exam_id": "0b7d3f3c-8f5a-4f0e-9a61-0c1f8d3a5b72",
    "count": 10,
    "difficulty": "medium",
}
PRACTICE_BODY: dict[str, Any] = {
    "parameters": [_IDEMPOTENCY_KEY],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/PracticeRequest"},
                "example": _PRACTICE_EXAMPLE,
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "files": {
                            "type": "string",
                            "format": "binary",
                            "description": "One lecture, plain text or PDF; instead of exam_id.",
                        },
                        "exam_id": {"type": "string", "format": "uuid"},
                        "subject": {"type": "string", "maxLength": 60, "example": "数学"},
                        "count": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
                        "difficulty": {"type": "string", "enum": ["easy", "medium", "hard"]},
                        "language": {"type": "string", "enum": ["zh", "en"]},
                    },
                },
                "encoding": {"files": {"contentType": "text/plain, application/pdf"}},
            },
        },
    },
}


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
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
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
    return document


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
