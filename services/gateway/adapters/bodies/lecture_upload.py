"""A practice order's body: form fields and at most one lecture file, bounded and sniffed."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field

from services.gateway.adapters.bodies.exam_upload import refusal_of
from services.gateway.adapters.bodies.multipart import (
    FormEvent,
    PartBegin,
    PartData,
    PartEnd,
    form_events,
)
from services.gateway.domain.protocol.problems import Problem, invalid_field
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import FILES_FIELD
from shared.contract.file_kinds import SNIFF_BYTES, FileKind, is_office_document, kind_of

#: A lecture is text. More bytes than this are a mistake.
_MAX_LECTURE_BYTES = 20_000_000
_MAX_FIELD_BYTES = 2000
_MAX_FIELDS = 20
_TEXT = "text/plain"
#: What a zip archive must hold to be a document, and its media type.
_DOCUMENTS = {
    b"word/document.xml": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    b"ppt/presentation.xml": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ),
}
_ZIP_MAGIC = b"PK\x03\x04"


@dataclass(slots=True)
class LectureForm:
    """What the body held; ``data`` is None without a file."""

    fields: dict[str, str] = field(default_factory=dict)
    data: bytes | None = None
    media_type: str = ""

    @property
    def sha256(self) -> str:
        """The file's hash, "" without a file."""
        return "" if self.data is None else hashlib.sha256(self.data).hexdigest()


async def receive_lecture(
    chunks: AsyncIterable[bytes], boundary: bytes, max_bytes: int
) -> LectureForm:
    """Take the form apart. Raises Problem.

    Codes: ``malformed_form``, ``invalid_request``, ``empty_file``, ``unsupported_media``,
    ``office_document``, ``file_too_large``, ``too_many_files``.
    """
    form = LectureForm()
    events = form_events(chunks, boundary)
    async for event in events:
        if not isinstance(event, PartBegin):
            continue
        if event.is_file:
            await _take_file(event, events, form, min(max_bytes, _MAX_LECTURE_BYTES))
        else:
            await _take_field(event, events, form)
    return form


async def _take_file(
    begin: PartBegin, events: AsyncIterator[FormEvent], form: LectureForm, max_bytes: int
) -> None:
    if begin.name != FILES_FIELD:
        raise invalid_field("form", "unknown_file_field")
    if form.data is not None:
        raise Problem(ProblemCode.TOO_MANY_FILES)
    data = await _joined(events, max_bytes, Problem(ProblemCode.FILE_TOO_LARGE))
    if not data:
        raise Problem(ProblemCode.EMPTY_FILE)
    form.data, form.media_type = data, _media_type(data)


async def _take_field(
    begin: PartBegin, events: AsyncIterator[FormEvent], form: LectureForm
) -> None:
    value = await _joined(events, _MAX_FIELD_BYTES, invalid_field("form", "field_too_long"))
    if begin.name in form.fields or len(form.fields) >= _MAX_FIELDS:
        raise invalid_field("form", "repeated_field")
    try:
        form.fields[begin.name] = value.decode()
    except UnicodeDecodeError as error:
        raise invalid_field("form", "invalid_utf8") from error


async def _joined(events: AsyncIterator[FormEvent], max_bytes: int, too_long: Problem) -> bytes:
    value = bytearray()
    async for event in events:
        if isinstance(event, PartEnd):
            break
        if isinstance(event, PartData):
            value += event.data
            if len(value) > max_bytes:
                raise too_long
    return bytes(value)


def _media_type(data: bytes) -> str:
    """PDF, docx, pptx or text. Whether the file can be read shows when it is read."""
    head = data[:SNIFF_BYTES]
    if head.startswith(_ZIP_MAGIC):
        # The names of members stand uncompressed in an archive.
        found_types = [kind for name, kind in _DOCUMENTS.items() if name in data]
        if found_types:
            return found_types[0]
    found = kind_of(head)
    if found is FileKind.PDF:
        return found.value
    if found is not None or b"\x00" in head or is_office_document(head):
        raise Problem(refusal_of(head))
    return _TEXT
