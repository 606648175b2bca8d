"""Bodies and headers that routes read themselves, as the API's description tells of them."""

from collections.abc import Mapping
from typing import Any

from services.gateway.domain.text import LINE_PATTERN

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


#: One event of a stream as it is parsed (HTML standard, section 9.2); Open API 3.2 knows the word.
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
            "text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
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


def _line(max_length: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": max_length, "pattern": LINE_PATTERN}


_DECLARED: dict[str, Any] = {
    "subject": _line(60),
    "grade": _line(60),
    "paper_id": {"type": "string", "format": "uuid"},
    "sitting": {
        **_line(100),
        "description": "Which time the paper was sat; a retake is new.",
    },
    "priority": {
        "type": "string",
        "enum": ["low", "normal", "high", "urgent"],
        "default": "normal",
    },
    "callback_url": {
        "type": "string",
        "format": "uri",
        "pattern": r"^https?://[A-Za-z0-9._-]+(:[1-5]?[0-9]{1,4})?([/?#][!-~]*)?$",
        "maxLength": 2000,
        "example": "https://school.example/hooks/examlens",
    },
    "language": {"type": "string", "enum": ["zh", "en"], "default": "zh"},
    "force": {
        "type": "boolean",
        "default": False,
        "description": "Take it even when it is a duplicate.",
    },
}
_STUDENT_REF: dict[str, Any] = {
    **_line(200),
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
                "schema": {"$ref": "#/components/schemas/ExamPracticeRequest"},
                "example": _PRACTICE_EXAMPLE,
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "if": {"required": ["files"]},
                    "then": {"not": {"required": ["exam_id"]}},
                    "else": {"required": ["exam_id"]},
                    "properties": {
                        "files": {
                            "type": "string",
                            "format": "binary",
                            "description": "One lecture, plain text or PDF; instead of exam_id.",
                        },
                        "exam_id": {"type": "string", "format": "uuid"},
                        "subject": {**_line(60), "example": "数学"},
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
