"""Where page images and reports are kept: a local directory or any S3-compatible bucket."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from obstore.store import from_url

from shared.settings import blob_directory
from shared.storage.bucket import BucketBlobStore
from shared.storage.directory import DirectoryBlobStore


class BlobStore(Protocol):
    """Bytes under keys. Writing a key again replaces its bytes as a whole.

    Every method raises BlobStoreError when the store is away, full or refuses.
    """

    async def read(self, key: str) -> bytes:
        """The bytes under ``key``; raises LookupError when there are none."""
        ...

    async def fetch(self, key: str, path: Path) -> None:
        """Copy the bytes under ``key`` into a new file, however many; raises LookupError."""
        ...

    async def write(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``; it is durable when this returns."""
        ...

    async def write_stream(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what ``chunks`` yields under ``key``; nothing is kept when it raises."""
        ...

    async def has(self, key: str) -> bool:
        """Whether there are bytes under ``key``."""
        ...

    async def delete_prefix(self, prefix: str) -> None:
        """Remove everything whose key begins with ``prefix``."""
        ...

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Names of the folders directly below ``prefix``."""
        ...

    async def changed_at(self, prefix: str) -> datetime | None:
        """When anything below ``prefix`` was last written; None when there is nothing."""
        ...


def open_blob_store(blob_url: str) -> BlobStore:
    """The store behind ``blob_url``; a local directory is made when it is missing."""
    directory = blob_directory(blob_url)
    if directory is None:
        return BucketBlobStore(from_url(blob_url))
    directory.mkdir(parents=True, exist_ok=True)
    return DirectoryBlobStore(directory)
