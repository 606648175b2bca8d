"""Blobs in a local directory: whole or not at all, and on the disk before anybody is told."""

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from shared.storage.failure import blob_store_error

#: Of a file that is being written, or whose writer was killed. No key ends like this.
_UNFINISHED = ".part"
#: A stream is handed to the disk in pieces of this size, so that a thread is worth its while.
_PIECE_BYTES = 1 << 20
#: Others may remove or write in the same folder meanwhile; after so many times it is an error.
_DELETIONS = 3


class DirectoryBlobStore:
    """A BlobStore in ``root``, which exists. Keys are relative paths with slashes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def read(self, key: str) -> bytes:
        """The bytes under ``key``. Raises LookupError when there are none, and BlobStoreError."""
        return await asyncio.to_thread(self._read, key)

    async def fetch(self, key: str, path: Path) -> None:
        """Copy the bytes under ``key`` into ``path``. Raises LookupError and BlobStoreError."""
        await asyncio.to_thread(self._fetch, key, path)

    async def write(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``. Raises BlobStoreError."""
        await asyncio.to_thread(self._write, key, data)

    async def write_stream(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what ``chunks`` yields under ``key``; nothing is kept when it raises.

        Raises BlobStoreError, and what ``chunks`` raises.
        """
        with _translated():
            file = await asyncio.to_thread(_Unfinished, self._path(key), self._root)
        try:
            gathered = bytearray()
            async for chunk in chunks:
                gathered += chunk
                if len(gathered) >= _PIECE_BYTES:
                    await self._append(file, gathered)
                    gathered = bytearray()
            await self._append(file, gathered)
            with _translated():
                await asyncio.to_thread(file.finish)
        finally:
            # A thread may still be writing when this task is cancelled; its file is removed all the
            # same, for it has no name by which it could be read.
            file.abandon()

    async def has(self, key: str) -> bool:
        """Whether there are bytes under ``key``. Raises BlobStoreError."""
        with _translated():
            return await asyncio.to_thread(self._path(key).is_file)

    async def delete_prefix(self, prefix: str) -> None:
        """Remove everything below ``prefix``, unfinished files too. Raises BlobStoreError."""
        await asyncio.to_thread(self._delete, prefix)

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Names of the folders directly below ``prefix``. Raises BlobStoreError."""
        return await asyncio.to_thread(self._folders, prefix)

    async def changed_at(self, prefix: str) -> datetime | None:
        """When anything below ``prefix`` was last written, or None. Raises BlobStoreError."""
        return await asyncio.to_thread(self._changed_at, prefix)

    def _path(self, key: str) -> Path:
        path = self._root / key
        if ".." in path.parts or not path.is_relative_to(self._root):
            raise ValueError("a key leads out of the store")
        return path

    def _read(self, key: str) -> bytes:
        with _translated(), self._open(key) as source:
            return source.read()

    def _fetch(self, key: str, path: Path) -> None:
        with _translated(), self._open(key) as source, path.open("xb") as sink:
            shutil.copyfileobj(source, sink, _PIECE_BYTES)

    def _open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            # Without its root the store is not mounted, and no blob is known to be gone.
            if not self._root.is_dir():
                raise
            raise LookupError(key) from error

    def _write(self, key: str, data: bytes) -> None:
        with _translated():
            file = _Unfinished(self._path(key), self._root)
            try:
                file.write(data)
                file.finish()
            finally:
                file.abandon()

    @staticmethod
    async def _append(file: "_Unfinished", data: bytearray) -> None:
        if data:
            with _translated():
                await asyncio.to_thread(file.write, bytes(data))

    def _delete(self, prefix: str) -> None:
        path = self._path(prefix)
        with _translated():
            for _ in range(_DELETIONS):
                try:
                    shutil.rmtree(path)
                except FileNotFoundError:
                    if not path.exists():
                        return
                except NotADirectoryError:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    if error.errno != errno.ENOTEMPTY:
                        raise
            if path.exists():
                raise FileExistsError(path)

    def _folders(self, prefix: str) -> tuple[str, ...]:
        with _translated():
            try:
                with os.scandir(self._path(prefix)) as entries:
                    return tuple(entry.name for entry in entries if entry.is_dir())
            except FileNotFoundError:
                return ()

    def _changed_at(self, prefix: str) -> datetime | None:
        with _translated():
            found = [time for time in self._times(self._path(prefix)) if time is not None]
        return datetime.fromtimestamp(max(found), UTC) if found else None

    def _times(self, folder: Path) -> Iterator[float | None]:
        for path in (folder, *folder.rglob("*")):
            try:
                yield path.stat().st_mtime
            except FileNotFoundError:
                yield None


class _Unfinished:
    """A file on its way: written beside its place, and moved there when it is on the disk."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._beside = path.with_name(f".{path.name}.{uuid4().hex}{_UNFINISHED}")
        _make_folder(path.parent, root)
        self._file: BinaryIO = self._beside.open("xb")
        self._is_finished = False

    def write(self, data: bytes) -> None:
        """Append ``data``."""
        self._file.write(data)

    def finish(self) -> None:
        """Put the file under its name; after that a power cut does not undo it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._beside.replace(self._path)
        self._is_finished = True
        _sync_folder(self._path.parent)

    def abandon(self) -> None:
        """Remove what is unfinished; nothing when it is finished."""
        if not self._is_finished:
            self._beside.unlink(missing_ok=True)
        try:
            self._file.close()
        except OSError:
            # Its last bytes found no room. They are not wanted.
            return


def _make_folder(folder: Path, root: Path) -> None:
    """Make ``folder`` below ``root``, each new level on the disk before the next."""
    if folder.is_dir():
        return
    if folder != root:
        _make_folder(folder.parent, root)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)
        return
    # A root that is missing is a disk that is not mounted: files must not land below it.
    raise FileNotFoundError(root)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise blob_store_error(error) from error
