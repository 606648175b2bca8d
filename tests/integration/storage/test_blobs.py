"""A directory and an S3 bucket behave alike; S3 is moto's server, a process of its own."""

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from examlens.servers.rabbitmq import free_port
from shared.storage.blobs import BlobStore, open_blob_store
from shared.storage.failure import BlobStoreError

#: Above what S3 takes in one part, so that a stream becomes an upload of several parts.
LARGE = bytes(range(256)) * 48 * 1024


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log = free_port(), tmp_path_factory.mktemp("s3") / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(server, port)
        endpoint = f"http://127.0.0.1:{port}"
        httpx2.put(f"{endpoint}/examlens").raise_for_status()
        yield endpoint
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("moto's server did not start")


@pytest.fixture(params=["directory", "bucket"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> BlobStore:
    """An empty store, opened as every service opens its own."""
    if request.param == "directory":
        return open_blob_store(str(tmp_path / "blobs"))
    # The names that `make secrets` writes to s3.env.
    monkeypatch.setenv("AWS_ENDPOINT", str(request.getfixturevalue("s3_endpoint")))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return open_blob_store(f"s3://examlens/{uuid4().hex}")


async def test_what_was_written_last_is_read(store: BlobStore) -> None:
    await store.write("exams/1/page.png", b"first")
    await store.write("exams/1/page.png", b"second")
    assert await store.read("exams/1/page.png") == b"second"


async def test_what_is_not_there_is_a_lookup_error(store: BlobStore) -> None:
    with pytest.raises(LookupError):
        await store.read("exams/1/page.png")


async def _parts(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1 << 20):
        yield data[start : start + (1 << 20)]


async def test_a_large_stream_arrives_whole(store: BlobStore) -> None:
    await store.write_stream("exams/1/upload.pdf", _parts(LARGE))
    assert await store.read("exams/1/upload.pdf") == LARGE


async def test_a_large_blob_is_copied_into_a_file(store: BlobStore, tmp_path: Path) -> None:
    await store.write("batches/1/source", LARGE)
    await store.fetch("batches/1/source", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == LARGE
    with pytest.raises(LookupError):
        await store.fetch("batches/2/source", tmp_path / "other")


async def test_a_stream_that_breaks_off_leaves_nothing(store: BlobStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for part in _parts(LARGE):
            yield part
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.write_stream("exams/1/upload.pdf", broken())
    with pytest.raises(LookupError):
        await store.read("exams/1/upload.pdf")


async def test_a_prefix_is_deleted_with_all_below_it_and_nothing_beside_it(
    store: BlobStore,
) -> None:
    below = [f"exams/1/pages/{n}.png" for n in range(3)]
    for key in (*below, "exams/10/page.png"):
        await store.write(key, b"image")
    await store.delete_prefix("exams/1")
    await store.delete_prefix("exams/1")
    for key in below:
        with pytest.raises(LookupError):
            await store.read(key)
    assert await store.read("exams/10/page.png") == b"image"


async def test_whether_there_is_something_under_a_key_is_told(store: BlobStore) -> None:
    await store.write("exams/1/page.png", b"image")
    assert await store.has("exams/1/page.png")
    assert not await store.has("exams/1/other.png")


async def test_folders_are_listed_with_when_they_changed(store: BlobStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    for key in ("exams/1/pages/1.png", "exams/2/pages/1.png"):
        await store.write(key, b"image")
    assert sorted(await store.folders("exams/")) == ["1", "2"]
    assert await store.folders("practice-papers/") == ()
    changed_at = await store.changed_at("exams/1/")
    assert changed_at is not None
    assert before < changed_at < datetime.now(UTC) + timedelta(seconds=2)
    assert await store.changed_at("exams/3/") is None


@pytest.fixture(params=["directory", "bucket"])
def absent_store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> BlobStore:
    """A store that has gone away since it was opened."""
    if request.param == "directory":
        store = open_blob_store(str(tmp_path / "blobs"))
        (tmp_path / "blobs").rename(tmp_path / "unmounted")
        return store
    monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return open_blob_store("s3://examlens/away")


async def test_a_store_that_is_away_raises_one_error_whatever_it_is(
    absent_store: BlobStore,
) -> None:
    for attempt in (
        absent_store.read("exams/1/page.png"),
        absent_store.write("exams/1/page.png", b"image"),
        absent_store.write_stream("exams/1/page.png", _parts(b"image")),
    ):
        with pytest.raises(BlobStoreError):
            await attempt


async def test_a_full_disk_is_told_from_an_absent_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_blob_store(str(tmp_path / "blobs"))

    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "fsync", no_room)
    (tmp_path / "blobs" / "exams").mkdir()
    with pytest.raises(BlobStoreError) as caught:
        await store.write("exams/page.png", b"image")
    assert caught.value.is_full
    assert list((tmp_path / "blobs" / "exams").iterdir()) == []


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_file_and_its_folders_are_on_the_disk_before_the_write_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_stream: bool
) -> None:
    synced: list[str] = []
    sync = os.fsync

    def note(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        sync(handle)

    monkeypatch.setattr(os, "fsync", note)
    store = open_blob_store(str(tmp_path / "blobs"))
    if is_stream:
        await store.write_stream("exams/1/page.png", _parts(b"image"))
    else:
        await store.write("exams/1/page.png", b"image")
    *folders, file, folder = synced
    assert folders == ["blobs", "exams"]
    assert (file.startswith(".page.png."), folder) == (True, "1")


async def test_what_a_killed_writer_left_unfinished_goes_with_its_folder(tmp_path: Path) -> None:
    store = open_blob_store(str(tmp_path / "blobs"))

    async def killed() -> AsyncIterator[bytes]:
        yield LARGE
        left = [path.name for path in (tmp_path / "blobs" / "exams" / "1").iterdir()]
        assert len(left) == 1
        (tmp_path / "blobs" / "exams" / "1" / f"{left[0]}2").write_bytes(b"of a killed process")
        yield b""

    await store.write_stream("exams/1/upload", killed())
    await store.delete_prefix("exams/1/")
    assert await store.folders("exams/") == ()
