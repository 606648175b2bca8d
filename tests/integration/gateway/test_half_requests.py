"""Whoever opens connections and says nothing, or half of a request, holds up nobody."""

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from examlens.servers.rabbitmq import free_port
from tests.availability import unavailable
from tests.integration.gateway.conftest import NewKey, StartGateway
from tests.integration.gateway.test_access import bearer

HALF = b"GET /livez HTTP/1.1\r\nHost: examlens\r\nX-Slow: "
GATEWAY = f"{sys.executable} -m services.gateway.app"
Socket = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def port_of(address: str) -> int:
    return int(address.rsplit(":", 1)[1])


@asynccontextmanager
async def open_sockets(port: int, count: int, said: bytes = HALF) -> AsyncIterator[list[Socket]]:
    """``count`` connections that have said ``said`` and no more."""
    opened: list[Socket] = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        opened.append((reader, writer))
    yield opened
    for _, writer in opened:
        writer.close()


async def is_served(address: str) -> bool:
    async with httpx2.AsyncClient(base_url=address, timeout=5) as http:
        return (await http.get("/livez")).is_success


@pytest.mark.parametrize("said", [b"", b"G", HALF])
async def test_a_head_that_does_not_come_ends_its_connection(
    start_gateway: StartGateway, said: bytes
) -> None:
    async with (
        start_gateway(head_seconds=0.5) as address,
        open_sockets(port_of(address), 5, said) as sockets,
    ):
        began = time.monotonic()
        answers = await asyncio.gather(*(reader.read() for reader, _ in sockets))
        assert 0.2 < time.monotonic() - began < 3
        assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
        assert await is_served(address)


async def test_a_head_that_drips_ends_its_connection_too(start_gateway: StartGateway) -> None:
    async with (
        start_gateway(head_seconds=0.5) as address,
        open_sockets(port_of(address), 1) as sockets,
    ):
        reader, writer = sockets[0]

        async def drip() -> None:
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        async with asyncio.timeout(3):
            assert (await reader.read(12)) == b"HTTP/1.1 408"
        dripping.cancel()


async def test_full_of_half_requests_everybody_else_is_served(start_gateway: StartGateway) -> None:
    async with (
        start_gateway(head_seconds=60.0, max_connections=30) as address,
        open_sockets(port_of(address), 100),
    ):
        answers = await asyncio.gather(*(is_served(address) for _ in range(20)))
    assert all(answers)


async def test_requests_that_are_served_stay_and_the_next_is_told_to_come_back(
    start_gateway: StartGateway, new_key: NewKey
) -> None:
    token = await new_key()
    async with (
        start_gateway(max_connections=16) as address,
        httpx2.AsyncClient(base_url=f"{address}/api/v1", headers=bearer(token)) as http,
    ):
        exam = await http.post("/exams", files=[("files", ("a.png", b"\x89PNG\r\n\x1a\n"))])
        assert exam.status_code == 202
        path = f"/exams/{exam.json()['exam_id']}/status?wait=4&until=ended"
        waiting = [asyncio.create_task(http.get(path)) for _ in range(16)]
        await asyncio.sleep(1.0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
        refused = await reader.read()
        writer.close()
        answers = await asyncio.gather(*waiting)
    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 1" in refused
    assert [answer.status_code for answer in answers] == [200] * 16


async def test_a_connection_between_two_requests_is_not_late(start_gateway: StartGateway) -> None:
    request = b"GET /livez HTTP/1.1\r\nHost: examlens\r\n\r\n"
    async with (
        start_gateway(head_seconds=0.3) as address,
        open_sockets(port_of(address), 1, request) as sockets,
    ):
        reader, writer = sockets[0]
        assert b" 200 " in await reader.readline()
        await asyncio.sleep(1.0)
        writer.write(request)
        async with asyncio.timeout(3):
            rest = await reader.readuntil(b"HTTP/1.1 200")
        assert b"408" not in rest


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4096:
        unavailable("a hard limit of 4,096 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def small_gateway(database_url: str, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A gateway process that may open 512 files, and 2,048 if it asks for more."""
    port, log = free_port(), tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"ulimit -S -n 512; ulimit -H -n 2048; exec {GATEWAY}"],
            env=os.environ
            | {
                "DATABASE_URL": database_url,
                "EXAMLENS_GATEWAY_PORT": str(port),
                "EXAMLENS_BLOB_URL": str(tmp_path / "blobs"),
            },
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx2.get(f"{address}/livez").is_success:
                break
        except httpx2.HTTPError:
            time.sleep(0.1)
    yield address, log
    process.terminate()
    process.wait(60)


async def test_thousands_of_half_requests_leave_a_gateway_answering_and_its_log_short(
    small_gateway: tuple[str, Path], many_descriptors: None
) -> None:
    address, log = small_gateway
    async with open_sockets(port_of(address), 2500):
        began = time.monotonic()
        for _ in range(10):
            assert await is_served(address)
        assert time.monotonic() - began < 5
    assert log.stat().st_size < 50_000


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_head_that_is_too_long_is_refused(
    start_gateway: StartGateway, *, at_once: bool
) -> None:
    long_line = b"a" * 70_000
    async with (
        start_gateway() as address,
        open_sockets(port_of(address), 1) as sockets,
    ):
        reader, writer = sockets[0]
        writer.write(long_line + (b"\r\n\r\n" if at_once else b""))
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        assert await is_served(address)


async def test_heads_of_one_connection_are_counted_one_by_one(start_gateway: StartGateway) -> None:
    request = HALF + b"a" * 30_000 + b"\r\n\r\n"
    async with (
        start_gateway() as address,
        open_sockets(port_of(address), 1, b"") as sockets,
    ):
        reader, writer = sockets[0]
        for _ in range(4):
            writer.write(request[:20_000])
            await asyncio.sleep(0.05)
            writer.write(request[20_000:])
            async with asyncio.timeout(5):
                assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
