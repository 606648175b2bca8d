"""The gateway's resident memory while 200 MB are uploaded to it.

    python benchmarks/upload_memory.py [--megabytes 200]

One uvicorn process on a private PostgreSQL; its memory is read from /proc every 20 ms while one
body of several files arrives, after a small upload has warmed it up.
"""

import argparse
import asyncio
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from examlens.client import ExamLensClient, GatewayUnreachable
from examlens.servers.postgres import PrivatePostgres
from examlens.servers.rabbitmq import free_port
from services.gateway.bootstrap import DEFAULT_TENANT
from services.gateway.domain.access.keys import ALL_SCOPES
from services.gateway.issue_key import issue
from shared.db.migrate import upgrade

_MEGABYTE = 1_000_000
_FILE_MEGABYTES = 40
_PNG = b"\x89PNG\r\n\x1a\n"


def _resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise LookupError(pid)


class _Watch:
    """Reads a process's memory until it is told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid, self._stopped = pid, threading.Event()
        self.seen: list[int] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(0.02):
            self.seen.append(_resident_bytes(self._pid))


def _body(megabytes: int) -> Iterator[bytes]:
    """A multipart form of incompressible files, made as it is sent."""
    for number in range(0, megabytes, _FILE_MEGABYTES):
        yield (b'--B\r\nContent-Disposition: form-data; name="files"; filename="f"\r\n\r\n' + _PNG)
        for _ in range(min(_FILE_MEGABYTES, megabytes - number)):
            yield os.urandom(_MEGABYTE)
        yield b"\r\n"
    yield b"--B--\r\n"


def _upload(port: int, key: str, megabytes: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "multipart/form-data; boundary=B",
    }
    connection.request(
        "POST", "/api/v1/exams", _body(megabytes), headers=headers, encode_chunked=True
    )
    answer = connection.getresponse()
    if answer.status != http.client.ACCEPTED:
        raise RuntimeError(answer.read().decode())
    connection.close()


def _wait_until_ready(port: int, key: str) -> None:
    deadline = time.monotonic() + 60
    with ExamLensClient(f"http://127.0.0.1:{port}", key) as client:
        while True:
            try:
                client.is_ready()
            except GatewayUnreachable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return


def _measure(folder: str, megabytes: int) -> dict[str, float]:
    postgres = PrivatePostgres(Path(folder) / "postgres").start()
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": postgres.url,
        "EXAMLENS_BLOB_URL": f"{folder}/blobs",
        "EXAMLENS_GATEWAY_PORT": str(port),
        "EXAMLENS_LOG_LEVEL": "WARNING",
    }
    try:
        upgrade(postgres.url)
        key = asyncio.run(issue(postgres.url, "benchmark", ALL_SCOPES, DEFAULT_TENANT))
        gateway = subprocess.Popen([sys.executable, "-m", "services.gateway.app"], env=environment)
        try:
            _wait_until_ready(port, key)
            _upload(port, key, 2)
            before = _resident_bytes(gateway.pid)
            started = time.monotonic()
            with _Watch(gateway.pid) as watch:
                _upload(port, key, megabytes)
            seconds = time.monotonic() - started
        finally:
            gateway.terminate()
            gateway.wait(30)
    finally:
        postgres.stop()
    return {
        "uploaded_mb": megabytes,
        "seconds": round(seconds, 1),
        "resident_before_mb": round(before / _MEGABYTE, 1),
        "resident_most_mb": round(max(watch.seen) / _MEGABYTE, 1),
        "grown_by_mb": round((max(watch.seen) - before) / _MEGABYTE, 1),
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        print(json.dumps(_measure(folder, given.megabytes), indent=2))


if __name__ == "__main__":
    main()
