"""Where the files of a chaos run are: a directory, on a small disk where that can be had, or S3."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx2
import obstore
from obstore.store import S3Store

from examlens.servers.rabbitmq import free_port
from shared.storage.blobs import BlobStore
from shared.storage.bucket import BucketBlobStore
from shared.storage.directory import DirectoryBlobStore
from tests.chaos.final_state import files_below
from tests.chaos.proxy import FaultProxy, ProxyThread, Target

_DISK_MEGABYTES = 48
_BUCKET = "chaos"


class Store(Protocol):
    """A blob store as services and the checker see it."""

    #: What services are told of it.
    environment: dict[str, str]

    def files(self) -> dict[str, bytes]:
        """Everything that is there, by key, without the faults in between."""
        ...

    def open(self) -> BlobStore:
        """The store, without the faults in between."""
        ...


@dataclass
class DirectoryStore:
    """A directory. ``disk`` is the small disk that it is on, or None when it shares another's."""

    root: Path
    disk: Path | None
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.environment = {"EXAMLENS_BLOB_URL": str(self.root)}

    def files(self) -> dict[str, bytes]:
        return files_below(self.root)

    def open(self) -> BlobStore:
        return DirectoryBlobStore(self.root)


@dataclass
class BucketStore:
    """A bucket of moto's server, behind ``proxy``."""

    port: int
    proxy: FaultProxy
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.environment = {
            "EXAMLENS_BLOB_URL": f"s3://{_BUCKET}",
            "AWS_ENDPOINT": f"http://127.0.0.1:{self.proxy.port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
        }

    def files(self) -> dict[str, bytes]:
        return asyncio.run(self._files())

    def open(self) -> BlobStore:
        return BucketBlobStore(self._direct())

    def _direct(self) -> S3Store:
        return S3Store(
            _BUCKET,
            endpoint=f"http://127.0.0.1:{self.port}",
            access_key_id="key",
            secret_access_key="secret",
            region="us-east-1",
            client_options={"allow_http": True},
        )

    async def _files(self) -> dict[str, bytes]:
        store, found = self._direct(), {}
        async for batch in obstore.list(store):
            for entry in batch:
                answer = await obstore.get_async(store, entry["path"])
                found[entry["path"]] = bytes(await answer.bytes_async())
        return found


@contextmanager
def directory_store(directory: Path, *, has_own_disk: bool) -> Iterator[DirectoryStore]:
    """A directory below ``directory``; with a disk of its own if this process may mount one."""
    disk = directory / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={_DISK_MEGABYTES}m", "tmpfs", str(disk)]
    is_mounted = has_own_disk and _succeeds("mount", *options)
    root = disk / "blobs"
    root.mkdir()
    try:
        yield DirectoryStore(root, disk if is_mounted else None)
    finally:
        if is_mounted:
            _succeeds("umount", "--lazy", str(disk))


@contextmanager
def bucket_store(directory: Path, proxies: ProxyThread) -> Iterator[BucketStore]:
    """A server of S3 that is started and ended here."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (directory / "s3.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    proxy = FaultProxy(Target(port=port))
    try:
        _wait_for(port)
        httpx2.put(f"http://127.0.0.1:{port}/{_BUCKET}").raise_for_status()
        proxies.call(proxy.start)
        yield BucketStore(port, proxy)
        proxies.call(proxy.close)
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError("the server of S3 did not start")


def _succeeds(*command: str) -> bool:
    try:
        ended = subprocess.run(command, capture_output=True, check=False, env=os.environ)
    except FileNotFoundError:
        return False
    return ended.returncode == 0
