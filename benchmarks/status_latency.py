"""GET status under concurrent clients, next to a bare FastAPI + asyncpg SELECT in the same run.

    python benchmarks/status_latency.py [--clients 100] [--seconds 10] [--rounds 3]

Both servers are one uvicorn process on the same private PostgreSQL; rounds alternate.
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from examlens.client import ExamLensClient
from examlens.servers.postgres import PrivatePostgres
from examlens.servers.rabbitmq import free_port
from services.gateway.bootstrap import DEFAULT_TENANT
from services.gateway.domain.access.keys import ALL_SCOPES
from services.gateway.issue_key import issue
from shared.db.migrate import upgrade

_PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
_BARE = """
import contextlib, os
import asyncpg, uvicorn
from fastapi import FastAPI

@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=10, max_size=10)
    yield
    await app.state.pool.close()

app = FastAPI(lifespan=lifespan)

@app.get("/{exam_id}")
async def status(exam_id: str):
    row = await app.state.pool.fetchrow("SELECT * FROM exams WHERE id = $1", exam_id)
    return {"id": str(row["id"]), "status": row["status"], "progress": row["progress"]}

uvicorn.run(app, port=int(os.environ["PORT"]), log_config=None, access_log=False)
"""


async def _client(port: int, request: bytes, until: float, seconds: list[float]) -> None:
    """One keep-alive connection that asks again as soon as it is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.splitlines()[0].decode())
        length = head.lower().index(b"content-length:") + 15
        await reader.readexactly(int(head[length : head.index(b"\r", length)]))
        seconds.append(time.perf_counter() - started)
    writer.close()


async def _measure(port: int, request: bytes, clients: int, seconds: float) -> list[float]:
    taken: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_client(port, request, until, taken) for _ in range(clients)))
    return taken


@contextmanager
def _process(arguments: list[str], environment: dict[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, *arguments], env=os.environ | environment)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _percentile(seconds: list[float], share: float) -> float:
    ordered = sorted(seconds)
    return round(1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)], 2)


def _figures(seconds: list[float], total: float) -> dict[str, float]:
    return {
        "p50_ms": _percentile(seconds, 0.5),
        "p99_ms": _percentile(seconds, 0.99),
        "per_second": round(len(seconds) / total, 1),
    }


def _run(clients: int, seconds: float, rounds: int, waiting: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        postgres = PrivatePostgres(Path(folder) / "postgres").start()
        stack.callback(postgres.stop)
        upgrade(postgres.url)
        key = asyncio.run(issue(postgres.url, "benchmark", ALL_SCOPES, DEFAULT_TENANT))
        ours, bare = free_port(), free_port()
        settings = {
            "DATABASE_URL": postgres.url,
            "EXAMLENS_BLOB_URL": f"{folder}/blobs",
            "EXAMLENS_GATEWAY_PORT": str(ours),
            "EXAMLENS_REQUESTS_PER_MINUTE": "1000000000",
            "EXAMLENS_SUBMISSIONS_PER_MINUTE": "0",
            "EXAMLENS_LOG_LEVEL": "WARNING",
        }
        stack.enter_context(_process(["-m", "services.gateway.app"], settings, ours))
        stack.enter_context(
            _process(["-c", _BARE], {"DATABASE_URL": postgres.url, "PORT": str(bare)}, bare)
        )
        with ExamLensClient(f"http://127.0.0.1:{ours}", key) as client:
            ids = [
                client.submit([_PNG + uuid4().bytes], force=True).exam_id for _ in range(waiting)
            ]
        host = "Host: 127.0.0.1\r\n"
        path = f"/api/v1/exams/{ids[-1]}/status"
        request = f"GET {path} HTTP/1.1\r\n{host}Authorization: Bearer {key}\r\n\r\n".encode()
        bare_request = f"GET /{ids[-1]} HTTP/1.1\r\n{host}\r\n".encode()
        found: dict[int, list[float]] = {ours: [], bare: []}
        for _ in range(rounds):
            for port, asked in ((bare, bare_request), (ours, request)):
                asyncio.run(_measure(port, asked, clients, 1.0))
                found[port] += asyncio.run(_measure(port, asked, clients, seconds))
    total = seconds * rounds
    status, plain = _figures(found[ours], total), _figures(found[bare], total)
    return {
        "clients": clients,
        "exams_waiting": waiting,
        "status": status,
        "bare_select": plain,
        "p99_ratio": round(status["p99_ms"] / plain["p99_ms"], 2),
        "p50_ratio": round(status["p50_ms"] / plain["p50_ms"], 2),
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--waiting", type=int, default=20, help="Exams that wait, unprocessed.")
    given = parser.parse_args()
    print(json.dumps(_run(given.clients, given.seconds, given.rounds, given.waiting), indent=2))


if __name__ == "__main__":
    main()
