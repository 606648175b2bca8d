"""What schemathesis cannot read in our description: sound files, and what no schema can say."""

import json
import re
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st

from tests.fuzz.files import pdf_of, picture, zipped

_SOUND_FILES = {
    "image/png": [picture("PNG"), picture("PNG", "L"), picture("PNG", "P")],
    "image/jpeg": [picture("JPEG"), picture("JPEG", "L")],
    "application/pdf": [pdf_of(1), pdf_of(2)],
    "application/zip": [
        zipped({"1.png": picture("PNG")}),
        zipped({"a/1.png": picture("PNG"), "b/1.jpg": picture("JPEG")}),
    ],
    "text/plain": ["一元二次方程的解法".encode(), b"Linear equations"],
}
_TABLE = "title,section,number,type,answer,points\n期中,一,{number},fill_in,x,{points}\n"
_IDEMPOTENCY_KEY = re.compile("[!-~]{1,255}")

for _media_type, _contents in _SOUND_FILES.items():
    schemathesis.openapi.media_type(_media_type, st.sampled_from(_contents))


@schemathesis.serializer("text/csv")
def send_text(_: Any, value: Any) -> bytes:
    """A body of this type as it stands, whatever was put in its place as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.encode("utf-8", "surrogatepass")


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
