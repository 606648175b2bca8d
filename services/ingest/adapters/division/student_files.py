"""The files of one student on their way from a folder into the blob store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from services.ingest.domain.division.refusal import Refused
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.exams import Upload
from shared.contract.file_kinds import SNIFF_BYTES, is_office_document, kind_of
from shared.storage.blobs import BlobStore

_CHUNK_BYTES = 1 << 20


async def store_file(
    blobs: BlobStore, exam_id: str, ordinal: int, path: Path, max_bytes: int
) -> Upload:
    """Store one file as an upload of ``exam_id``.

    Raises Refused ``empty_file``, ``unsupported_media``, ``office_document`` or ``file_too_large``.
    """
    head, size_bytes = await asyncio.to_thread(_begin, path)
    if not head:
        raise Refused(ProblemCode.EMPTY_FILE)
    kind = kind_of(head)
    if kind is None:
        is_office = is_office_document(head)
        raise Refused(ProblemCode.OFFICE_DOCUMENT if is_office else ProblemCode.UNSUPPORTED_MEDIA)
    if size_bytes > max_bytes:
        raise Refused(ProblemCode.FILE_TOO_LARGE)
    digest, key = hashlib.sha256(), f"exams/{exam_id}/uploads/{ordinal}"

    async def chunks() -> AsyncIterator[bytes]:
        with path.open("rb") as source:
            while data := await asyncio.to_thread(source.read, _CHUNK_BYTES):
                digest.update(data)
                yield data

    await blobs.write_stream(key, chunks())
    return Upload(
        ordinal=ordinal,
        blob_key=key,
        media_type=kind.value,
        size_bytes=size_bytes,
        sha256=digest.hexdigest(),
    )


def _begin(path: Path) -> tuple[bytes, int]:
    """The first bytes of a file, and its size."""
    with path.open("rb") as source:
        return source.read(SNIFF_BYTES), path.stat().st_size
