"""Bodies and headers that routes read themselves, as the API's description tells of them."""

from collections.abc import Mapping
from typing import Any

from shared.contract.api.practice import PracticeRequest
from shared.contract.api.submissions import FILES_FIELD, ROSTER_FIELD, BatchForm, SubmissionForm
from shared.contract.api.tables import CSV, XLSX
from shared.contract.file_kinds import FileKind
from shared.contract.model import Document

#: A header that routes look for themselves, because its absence is a problem of its own.
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


#: One event of a stream as clients parse it (HTML standard, section 9.2). OpenAPI 3.2 has the
#: keyword ``itemSchema``.
_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"const": "status"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/EventBody"},
        },
    },
}
EVENT_STREAM: dict[str, Any] = {
    "description": "Events until the exam has ended",
    "content": {
        "text/event-stream": {
            "itemSchema": _EVENT,
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
            CSV: {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
            # Generators of clients know a file by this form.
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "description": "A name for this request: sent again within 24 hours, it is answered "
    "again and nothing is done twice.",
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}


def _fields_of(form: type[Document]) -> dict[str, Any]:
    """The fields of ``form`` as properties of a multipart schema.

    A form field may be left out, which is said elsewhere; null cannot be sent in one. Enumerations
    stand in full, because a field is one text whatever its type is called.
    """
    schema = form.model_json_schema()
    named = schema.get("$defs", {})
    return {name: _field(field, named) for name, field in schema["properties"].items()}


def _field(field: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in field.items() if key not in {"anyOf", "title", "$ref"}}
    if own.get("default", ...) is None:
        del own["default"]
    kinds = [kind for kind in field.get("anyOf", (field,)) if kind != {"type": "null"}]
    kind = kinds[0]
    if "$ref" in kind:
        enumeration = named[kind["$ref"].rpartition("/")[2]]
        kind = {"type": enumeration["type"], "enum": enumeration["enum"]}
    return {**{key: value for key, value in kind.items() if key != "title"}, **own}


def _form(properties: Mapping[str, Any], files: str) -> dict[str, Any]:
    """A multipart body and the header that makes repeating it harmless."""
    schema = {
        "type": "object",
        "required": [FILES_FIELD],
        "additionalProperties": False,
        "properties": {**properties},
    }
    content = {"schema": schema, "encoding": {FILES_FIELD: {"contentType": files}}}
    return {
        "parameters": [_IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": {"multipart/form-data": content}},
    }


SUBMISSION_BODY: dict[str, Any] = _form(
    {
        FILES_FIELD: {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "format": "binary"},
            "description": "Pictures or PDFs, in the order of the pages.",
        },
        **_fields_of(SubmissionForm),
    },
    ", ".join(FileKind),
)
BATCH_BODY: dict[str, Any] = _form(
    {
        FILES_FIELD: {
            "type": "string",
            "format": "binary",
            "description": "One zip with a folder or a file per student, or one PDF.",
        },
        ROSTER_FIELD: {
            "type": "string",
            "description": "CSV or xlsx with a row per student; `file` may be left out.",
            "example": "student_ref,file\ns-17,01.pdf\ns-18,02.pdf\n",
        },
        **_fields_of(BatchForm),
    },
    "application/zip, application/pdf",
)

_PRACTICE_EXAMPLE = {
    "exam_id": "0b7d3f3c-8f5a-4f0e-9a61-0c1f8d3a5b72",
    "count": 10,
    "difficulty": "medium",
}
_PRACTICE_FORM: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "if": {"required": [FILES_FIELD]},
    "then": {"not": {"required": ["exam_id"]}},
    "else": {"required": ["exam_id"]},
    "properties": {
        FILES_FIELD: {
            "type": "string",
            "format": "binary",
            "description": "One lecture: text, Markdown, PDF, docx or pptx; instead of exam_id.",
        },
        **_fields_of(PracticeRequest),
    },
}
PRACTICE_BODY: dict[str, Any] = {
    "parameters": [_IDEMPOTENCY_KEY],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/ExamPracticeRequest"},
                "example": _PRACTICE_EXAMPLE,
            },
            "multipart/form-data": {
                "schema": _PRACTICE_FORM,
                "encoding": {FILES_FIELD: {"contentType": "text/plain, application/pdf"}},
            },
        },
    },
}
