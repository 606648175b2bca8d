"""Where page images and reports are kept: a local directory or any S3-compatible bucket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from shared.settings import blob_directory


class BlobStore(Protocol):
    """Bytes under keys. Writing a key again replaces its bytes as a whole."""

    async def read(self, key: str) -> bytes:
        """The bytes under ``key``; raises LookupError when there are none."""
        ...

    async def write(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``."""
        ...

    async def write_stream(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what ``chunks`` yields under ``key``; nothing is kept when it raises."""
        ...

    async def delete_prefix(self, prefix: str) -> None:
        """Remove everything whose key begins with ``prefix``."""
        ...


class ObjectBlobStore:
    """A BlobStore on the object_store library, which replaces files atomically."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def read(self, key: str) -> bytes:
        """The bytes under ``key``; raises LookupError when there are none."""
        try:
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError) as error:
            raise LookupError(key) from error

    async def write(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``."""
        await obstore.put_async(self._store, key, data)

    async def write_stream(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what ``chunks`` yields under ``key``; nothing is kept when it raises."""
        await obstore.put_async(self._store, key, chunks)

    async def delete_prefix(self, prefix: str) -> None:
        """Remove everything whose key begins with ``prefix``."""
        async for batch in obstore.list(self._store, prefix):
            await obstore.delete_async(self._store, [entry["path"] for entry in batch])


def open_blob_store(blob_url: str) -> BlobStore:
    """The store behind ``blob_url``; a local directory is made when it is missing."""
    directory: Path | None = blob_directory(blob_url)
    if directory is None:
        return ObjectBlobStore(from_url(blob_url))
    directory.mkdir(parents=True, exist_ok=True)
    return ObjectBlobStore(LocalStore(directory))
