"""A batch's body. Its one file goes to the blob store as it arrives; its roster stays in memory."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field

from services.gateway.adapters.bodies.exam_upload import data_of_part, read_text
from services.gateway.adapters.bodies.multipart import FormEvent, PartBegin, form_events
from services.gateway.domain.intake.rosters import MAX_ROSTER_BYTES
from services.gateway.domain.protocol.problems import Problem, invalid_field
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import FILES_FIELD, ROSTER_FIELD
from shared.contract.file_kinds import SNIFF_BYTES, FileKind, is_office_document, kind_of
from shared.storage.blobs import BlobStore

_MAX_FIELDS = 30
_MAX_FIELD_BYTES = 8192
_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"


@dataclass(slots=True)
class ReceivedBatch:
    """What a batch's body held besides its file."""

    is_pdf: bool = False
    sha256: str | None = None
    roster: bytes | None = None
    fields: dict[str, str] = field(default_factory=dict)


async def receive_batch(
    blobs: BlobStore, key: str, chunks: AsyncIterable[bytes], boundary: bytes
) -> ReceivedBatch:
    """Take the form apart; its file is kept under ``key``.

    Raises Problem: ``malformed_form``, ``empty_file``, ``unsupported_batch``, ``office_document``,
    ``too_many_files``, ``missing_files``, ``invalid_request``.
    """
    batch = ReceivedBatch()
    events = form_events(chunks, boundary)
    async for event in events:
        if not isinstance(event, PartBegin):
            continue
        if event.name == ROSTER_FIELD:
            await _take_roster(events, batch)
        elif event.is_file:
            await _take_source(event, events, batch, blobs, key)
        else:
            if event.name in batch.fields or len(batch.fields) >= _MAX_FIELDS:
                raise invalid_field("form", "repeated_field")
            batch.fields[event.name] = await read_text(events, _MAX_FIELD_BYTES)
    if batch.sha256 is None:
        raise Problem(ProblemCode.MISSING_FILES)
    return batch


async def _take_roster(events: AsyncIterator[FormEvent], batch: ReceivedBatch) -> None:
    if batch.roster is not None:
        raise invalid_field("form", "repeated_field")
    roster = bytearray()
    async for data in data_of_part(events):
        roster += data
        if len(roster) > MAX_ROSTER_BYTES:
            raise invalid_field("form", "field_too_long")
    batch.roster = bytes(roster)


async def _take_source(
    begin: PartBegin,
    events: AsyncIterator[FormEvent],
    batch: ReceivedBatch,
    blobs: BlobStore,
    key: str,
) -> None:
    if begin.name != FILES_FIELD:
        raise invalid_field("form", "unknown_file_field")
    if batch.sha256 is not None:
        raise Problem(ProblemCode.TOO_MANY_FILES)
    digest, head, data_of_source = hashlib.sha256(), b"", data_of_part(events)
    async for data in data_of_source:
        head += data
        if len(head) >= SNIFF_BYTES:
            break
    batch.is_pdf = _is_pdf(head)

    async def chunks() -> AsyncIterator[bytes]:
        digest.update(head)
        yield head
        async for data in data_of_source:
            digest.update(data)
            yield data

    await blobs.write_stream(key, chunks())
    batch.sha256 = digest.hexdigest()


def _is_pdf(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a PDF; otherwise it is a zip. Raises Problem."""
    if not head:
        raise Problem(ProblemCode.EMPTY_FILE)
    if is_office_document(head):
        # Most of them are zips.
        raise Problem(ProblemCode.OFFICE_DOCUMENT)
    if head.startswith((_ZIP_MAGIC, _EMPTY_ZIP_MAGIC)):
        return False
    if kind_of(head) is not FileKind.PDF:
        raise Problem(ProblemCode.UNSUPPORTED_BATCH)
    return True
