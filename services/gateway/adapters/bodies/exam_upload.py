"""A submission's body: files go to the blob store as they arrive, fields are gathered."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field

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
from shared.contract.exams import Upload
from shared.contract.file_kinds import SNIFF_BYTES, is_office_document, kind_of
from shared.storage.blobs import BlobStore

_MAX_FIELDS = 30
_MAX_FIELD_BYTES = 8192


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What one submission may bring."""

    max_files: int
    max_file_bytes: int


@dataclass(slots=True)
class ReceivedForm:
    """What a submission's body held."""

    fields: dict[str, str] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)


class UploadReceiver:
    """Takes submissions apart. The caller erases the blobs when anything is raised."""

    def __init__(self, blobs: BlobStore, limits: UploadLimits) -> None:
        self._blobs, self._limits = blobs, limits

    async def receive(
        self, exam_id: str, chunks: AsyncIterable[bytes], boundary: bytes
    ) -> ReceivedForm:
        """Store the form's files under ``exams/{exam_id}/uploads/`` and return the rest.

        Raises Problem: ``malformed_form``, ``empty_file``, ``unsupported_media``,
        ``office_document``, ``file_too_large``, ``too_many_files``, ``missing_files``,
        ``invalid_request``.
        """
        form = ReceivedForm()
        events = form_events(chunks, boundary)
        async for event in events:
            if not isinstance(event, PartBegin):
                continue
            if event.is_file:
                await self._take_file(exam_id, event, events, form)
            else:
                await self._take_field(event, events, form)
        if not form.uploads:
            raise Problem(ProblemCode.MISSING_FILES)
        return form

    async def _take_field(
        self, begin: PartBegin, events: AsyncIterator[FormEvent], form: ReceivedForm
    ) -> None:
        value = await read_text(events, _MAX_FIELD_BYTES)
        if begin.name in form.fields or len(form.fields) >= _MAX_FIELDS:
            raise invalid_field("form", "repeated_field")
        form.fields[begin.name] = value

    async def _take_file(
        self,
        exam_id: str,
        begin: PartBegin,
        events: AsyncIterator[FormEvent],
        form: ReceivedForm,
    ) -> None:
        if begin.name != FILES_FIELD:
            raise invalid_field("form", "unknown_file_field")
        ordinal = len(form.uploads)
        if ordinal >= self._limits.max_files:
            raise Problem(ProblemCode.TOO_MANY_FILES)
        form.uploads.append(
            await store_upload(
                self._blobs, exam_id, ordinal, data_of_part(events), self._limits.max_file_bytes
            )
        )


async def store_upload(
    blobs: BlobStore, exam_id: str, ordinal: int, source: AsyncIterator[bytes], max_bytes: int
) -> Upload:
    """Stream one file of an exam into the blob store, sniffed, counted and hashed on the way.

    Raises Problem ``empty_file``, ``unsupported_media``, ``office_document`` or ``file_too_large``.
    """
    key = f"exams/{exam_id}/uploads/{ordinal}"
    received = _FileBytes(source, max_bytes)
    await received.sniff()
    await blobs.write_stream(key, received.chunks())
    return Upload(
        ordinal=ordinal,
        blob_key=key,
        media_type=received.media_type,
        size_bytes=received.size_bytes,
        sha256=received.digest.hexdigest(),
    )


class _FileBytes:
    """One file's bytes on their way through: sniffed, counted, hashed."""

    def __init__(self, source: AsyncIterator[bytes], max_bytes: int) -> None:
        self._source, self._max_bytes = source, max_bytes
        self._head = b""
        self.media_type = ""
        self.size_bytes = 0
        self.digest = hashlib.sha256()

    async def sniff(self) -> None:
        """Read as much as decides the type. Raises Problem."""
        async for data in self._source:
            self._head += data
            if len(self._head) >= SNIFF_BYTES:
                break
        if not self._head:
            raise Problem(ProblemCode.EMPTY_FILE)
        kind = kind_of(self._head)
        if kind is None:
            raise Problem(refusal_of(self._head))
        self.media_type = kind.value

    async def chunks(self) -> AsyncIterator[bytes]:
        """All bytes, first those that were read for sniffing."""
        yield self._counted(self._head)
        async for data in self._source:
            yield self._counted(data)

    def _counted(self, data: bytes) -> bytes:
        self.size_bytes += len(data)
        if self.size_bytes > self._max_bytes:
            raise Problem(ProblemCode.FILE_TOO_LARGE)
        self.digest.update(data)
        return data


def refusal_of(head: bytes) -> ProblemCode:
    """What is said of a file that begins with ``head`` and is of no kind that is taken."""
    is_office = is_office_document(head)
    return ProblemCode.OFFICE_DOCUMENT if is_office else ProblemCode.UNSUPPORTED_MEDIA


async def data_of_part(events: AsyncIterator[FormEvent]) -> AsyncIterator[bytes]:
    """The bytes of the present part. The rest of ``events`` is left for the caller."""
    async for event in events:
        if isinstance(event, PartEnd):
            return
        if isinstance(event, PartData):
            yield event.data


async def read_text(events: AsyncIterator[FormEvent], max_bytes: int) -> str:
    """The present part as text. Raises Problem ``invalid_request``."""
    value = bytearray()
    async for data in data_of_part(events):
        value += data
        if len(value) > max_bytes:
            raise invalid_field("form", "field_too_long")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise invalid_field("form", "invalid_utf8") from error
