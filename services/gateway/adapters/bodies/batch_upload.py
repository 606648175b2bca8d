"""A batch's body. Its one file goes to a temporary folder; its roster stays in memory."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from services.gateway.adapters.bodies.exam_upload import data_of_part, read_text
from services.gateway.adapters.bodies.multipart import FormEvent, PartBegin, form_events
from services.gateway.domain.intake.rosters import MAX_ROSTER_BYTES
from services.gateway.domain.protocol.problems import Problem, invalid_field
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import FILES_FIELD, ROSTER_FIELD
from shared.contract.file_kinds import SNIFF_BYTES, FileKind, is_office_document, kind_of

_MAX_FIELDS = 30
_MAX_FIELD_BYTES = 8192
_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"


@dataclass(slots=True)
class ReceivedBatch:
    """What a batch's body held; ``source`` is the zip or PDF on disk."""

    source: Path
    is_pdf: bool = False
    sha256: str | None = None
    roster: bytes | None = None
    fields: dict[str, str] = field(default_factory=dict)


async def receive_batch(
    chunks: AsyncIterable[bytes], boundary: bytes, folder: Path
) -> ReceivedBatch:
    """Take the form apart.

    Raises Problem: ``malformed_form``, ``empty_file``, ``unsupported_batch``, ``office_document``,
    ``too_many_files``, ``missing_files``, ``invalid_request``.
    """
    batch = ReceivedBatch(source=folder / "source")
    events = form_events(chunks, boundary)
    async for event in events:
        if not isinstance(event, PartBegin):
            continue
        if event.name == ROSTER_FIELD:
            await _take_roster(events, batch)
        elif event.is_file:
            await _take_source(event, events, batch)
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
    begin: PartBegin, events: AsyncIterator[FormEvent], batch: ReceivedBatch
) -> None:
    if begin.name != FILES_FIELD:
        raise invalid_field("form", "unknown_file_field")
    if batch.sha256 is not None:
        raise Problem(ProblemCode.TOO_MANY_FILES)
    digest, head = hashlib.sha256(), b""
    with batch.source.open("wb") as sink:
        async for data in data_of_part(events):
            if len(head) < SNIFF_BYTES:
                head += data[:SNIFF_BYTES]
            digest.update(data)
            await asyncio.to_thread(sink.write, data)
    if not head:
        raise Problem(ProblemCode.EMPTY_FILE)
    if is_office_document(head):
        # Most of them are zips.
        raise Problem(ProblemCode.OFFICE_DOCUMENT)
    is_zip = head.startswith((_ZIP_MAGIC, _EMPTY_ZIP_MAGIC))
    batch.is_pdf = not is_zip and kind_of(head) is FileKind.PDF
    if not is_zip and not batch.is_pdf:
        raise Problem(ProblemCode.UNSUPPORTED_BATCH)
    batch.sha256 = digest.hexdigest()
