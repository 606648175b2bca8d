"""A directory and an S3 bucket behave alike; S3 is moto's server, a process of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from examlens.servers.rabbitmq import free_port
from shared.storage.blobs import BlobStore, open_blob_store

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
