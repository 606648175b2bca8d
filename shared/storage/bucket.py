"""Blobs in a bucket of S3 or of anything else that the object_store library speaks to."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore

from shared.storage.failure import blob_store_error

#: A large blob is copied in pieces of about this size.
_PIECE_BYTES = 1 << 20


class BucketBlobStore:
    """A BlobStore in ``store``. The service answers a write when it is durable."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def read(self, key: str) -> bytes:
        """The bytes under ``key``. Raises LookupError when there are none, and BlobStoreError."""
        with _translated():
            try:
                found = await obstore.get_async(self._store, key)
                return bytes(await found.bytes_async())
            except (NotFoundError, FileNotFoundError) as error:
                raise LookupError(key) from error

    async def fetch(self, key: str, path: Path) -> None:
        """Copy the bytes under ``key`` into ``path``. Raises LookupError and BlobStoreError."""
        with _translated():
            try:
                found = await obstore.get_async(self._store, key)
            except (NotFoundError, FileNotFoundError) as error:
                raise LookupError(key) from error
            with path.open("xb") as sink:
                async for chunk in found.stream(_PIECE_BYTES):
                    await asyncio.to_thread(sink.write, chunk)

    async def write(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``. Raises BlobStoreError."""
        with _translated():
            await obstore.put_async(self._store, key, data)

    async def write_stream(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what ``chunks`` yields under ``key``; nothing is kept when it raises.

        Raises BlobStoreError, and what ``chunks`` raises.
        """
        broken: list[BaseException] = []

        async def watched() -> AsyncIterator[bytes]:
            try:
                async for chunk in chunks:
                    yield chunk
            except BaseException as error:
                broken.append(error)
                raise

        with _translated():
            try:
                await obstore.put_async(self._store, key, watched())
            except Exception:
                if not broken:
                    raise
        if broken:
            # The library may wrap what its source raised; callers handle the source's own.
            raise broken[0]

    async def has(self, key: str) -> bool:
        """Whether there are bytes under ``key``. Raises BlobStoreError."""
        with _translated():
            try:
                await obstore.head_async(self._store, key)
            except (NotFoundError, FileNotFoundError):
                return False
        return True

    async def delete_prefix(self, prefix: str) -> None:
        """Remove everything whose key begins with ``prefix``. Raises BlobStoreError."""
        with _translated():
            async for batch in obstore.list(self._store, prefix):
                await obstore.delete_async(self._store, [entry["path"] for entry in batch])

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Names of the folders directly below ``prefix``. Raises BlobStoreError."""
        with _translated():
            found = await obstore.list_with_delimiter_async(self._store, prefix)
        return tuple(path.rstrip("/").rpartition("/")[2] for path in found["common_prefixes"])

    async def changed_at(self, prefix: str) -> datetime | None:
        """When anything below ``prefix`` was last written, or None. Raises BlobStoreError."""
        newest: datetime | None = None
        with _translated():
            async for batch in obstore.list(self._store, prefix):
                for entry in batch:
                    if newest is None or entry["last_modified"] > newest:
                        newest = entry["last_modified"]
        return newest


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise blob_store_error(error) from error
