"""What schemathesis cannot read in our description: sound files, and what no schema can say."""

import json
import re
from typing import Any
from uuid import uuid4

import jsonschema_rs
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation

from shared.contract.api.tables import XLSX
from tests.fuzz.files import pdf_of, picture, zipped
from tests.workbooks import workbook

_SOUND_FILES = {
    "image/png": [picture("PNG"), picture("PNG", "L"), picture("PNG", "P")],
    "image/jpeg": [picture("JPEG"), picture("JPEG", "L")],
    "application/pdf": [pdf_of(1), pdf_of(2)],
    "application/zip": [
        zipped({"1.png": picture("PNG")}),
        zipped({"a/1.png": picture("PNG"), "b/1.jpg": picture("JPEG")}),
    ],
    XLSX: [
        workbook(["title", "number", "type", "answer", "points"], ["期中", 1, "fill_in", "x", 2])
    ],
    "text/plain": ["一元二次方程的解法".encode(), b"Linear equations"],
}
_TABLE = "title,section,number,type,answer,points\n期中,一,{number},fill_in,x,{points}\n"
_BESIDES_THE_BODY = set(ParameterLocation) - {ParameterLocation.BODY}
_IDEMPOTENCY_KEY = re.compile("[!-~]{1,255}")

for _media_type, _contents in _SOUND_FILES.items():
    schemathesis.openapi.media_type(_media_type, st.sampled_from(_contents))


@schemathesis.serializer("text/csv")
def send_text(_: Any, value: Any) -> bytes:
    """A body of this type as it stands, whatever was put in its place as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.encode("utf-8", "surrogatepass")


@schemathesis.serializer(XLSX)
def send_workbook(_: Any, value: Any) -> bytes:
    """Bytes as they stand; anything else as JSON, which no workbook is."""
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode()


@schemathesis.hook
def map_body(_: Any, body: Any) -> Any:
    """Make a table of any text: what a table consists of stands in prose only."""
    if not isinstance(body, str):
        return body
    return _TABLE.format(number=len(body) % 90 + 1, points=len(body) % 7 + 1)


@schemathesis.hook
def before_call(_: Any, case: Any, __: dict[str, Any]) -> None:
    """Mend what is refused for a reason that no schema can say, in requests that are meant well."""
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    if _IDEMPOTENCY_KEY.fullmatch(str((case.headers or {}).get("Idempotency-Key", ""))):
        # The same name for another request.
        case.headers["Idempotency-Key"] = str(uuid4())
    if isinstance(case.body, dict) and "sections" in case.body:
        _number_anew(case.body["sections"])


@schemathesis.hook
def filter_case(_: Any, case: Any) -> bool:
    """Leave out a form that is wrong before it is sent only: on its way every field is a text.

    schemathesis sees that by itself, but not of forms with files: its validator refuses bytes.
    """
    if case.media_type != "multipart/form-data" or not isinstance(case.body, dict):
        return True
    if case.meta is None or not case.meta.is_negative_at(ParameterLocation.BODY):
        return True
    if any(case.meta.is_negative_at(place) for place in _BESIDES_THE_BODY):
        return True
    schema = case.operation.get_body_for_media_type(case.media_type).optimized_schema
    return not is_valid_as_sent(schema, case.body)


def is_valid_as_sent(schema: dict[str, Any], form: dict[str, Any]) -> bool:
    """Whether the fields of ``form``, as a form sends them, are what ``schema`` asks for."""
    kinds = {name: field.get("type") for name, field in schema["properties"].items()}
    # Empty lists and objects are no parts at all.
    parts = {name: value for name, value in form.items() if value not in ([], {})}
    sent = {name: _as_sent(value, kinds.get(name)) for name, value in parts.items()}
    return bool(jsonschema_rs.is_valid(schema, sent))


def _as_sent(value: Any, kind: str | None) -> Any:
    if isinstance(value, list):
        return [_as_sent(one, "string") for one in value]
    if isinstance(value, bytes) or hasattr(value, "data"):
        # What is in a file is no matter of the schema; one part alone is a list of one.
        return [""] if kind == "array" else ""
    is_scalar = value is None or isinstance(value, bool | int | float)
    return json.dumps(value) if is_scalar and kind == "string" else value


def _number_anew(sections: list[dict[str, Any]]) -> None:
    """Let no two questions of one section have one number."""
    questions = [
        (section.get("label", ""), question)
        for section in sections
        for question in section["questions"]
    ]
    if len({(label, question["number"]) for label, question in questions}) < len(questions):
        for number, (_, question) in enumerate(questions):
            question["number"] = str(number)
