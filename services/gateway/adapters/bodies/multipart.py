"""multipart/form-data (RFC 7578) as a stream of parts, so that no file is ever held whole."""

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from services.gateway.domain.protocol.problems import Problem
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import FILES_FIELD

#: More parts than any form of ours can have.
_MAX_PARTS = 1200
_MAX_BOUNDARY_BYTES = 70


@dataclass(frozen=True, slots=True)
class PartBegin:
    """A part begins. A file's name is not kept."""

    name: str
    is_file: bool


@dataclass(frozen=True, slots=True)
class PartData:
    """The next bytes of the present part."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The present part is complete."""


FormEvent = PartBegin | PartData | PartEnd


def boundary_of(content_type: str | None) -> bytes:
    """The boundary in a Content-Type header.

    Raises Problem ``unsupported_content_type`` or ``malformed_form``.
    """
    media_type, parameters = parse_options_header(content_type)
    if media_type != b"multipart/form-data":
        raise Problem(ProblemCode.UNSUPPORTED_CONTENT_TYPE)
    boundary = parameters.get(b"boundary", b"")
    if not 0 < len(boundary) <= _MAX_BOUNDARY_BYTES:
        raise Problem(ProblemCode.MALFORMED_FORM)
    return boundary


async def form_events(chunks: AsyncIterable[bytes], boundary: bytes) -> AsyncIterator[FormEvent]:
    """The parts in ``chunks``, in order. Raises Problem ``malformed_form``."""
    reader = _PartReader(boundary)
    async for chunk in chunks:
        for event in reader.feed(chunk):
            yield event
    for event in reader.finish():
        yield event


class _PartReader:
    """Collects what the parser calls back, so that events can be yielded between awaits."""

    def __init__(self, boundary: bytes) -> None:
        self._events: deque[FormEvent] = deque()
        self._header_name = b""
        self._header_value = b""
        self._disposition = b""
        self._parts = 0
        self._is_complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, chunk: bytes) -> deque[FormEvent]:
        """What ``chunk`` completes."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise Problem(ProblemCode.MALFORMED_FORM) from error
        events, self._events = self._events, deque()
        return events

    def finish(self) -> deque[FormEvent]:
        """Check that the closing boundary was seen: a form cut short is not taken."""
        try:
            self._parser.finalize()
        except FormParserError as error:
            raise Problem(ProblemCode.MALFORMED_FORM) from error
        if not self._is_complete:
            raise Problem(ProblemCode.MALFORMED_FORM)
        return self._events

    def _on_part_begin(self) -> None:
        self._parts += 1
        self._disposition = b""
        if self._parts > _MAX_PARTS:
            raise Problem(ProblemCode.MALFORMED_FORM)

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        disposition, options = parse_options_header(self._disposition)
        name = options.get(b"name")
        if disposition != b"form-data" or name is None:
            raise Problem(ProblemCode.MALFORMED_FORM)
        # A file need not have a name (RFC 7578, section 4.2), and this field takes nothing else.
        is_named = b"filename" in options or b"filename*" in options
        is_file = is_named or name == FILES_FIELD.encode()
        self._events.append(PartBegin(name.decode("utf-8", errors="replace"), is_file))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _on_part_end(self) -> None:
        self._events.append(PartEnd())

    def _on_end(self) -> None:
        self._is_complete = True
