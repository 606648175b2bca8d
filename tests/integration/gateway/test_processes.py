"""Several gateway processes behind one port: one health, one set of figures, none missed."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil
import pytest

from examlens.servers.rabbitmq import free_port
from services.gateway.domain.access.keys import Scope
from tests.integration.gateway.conftest import NewKey
from tests.integration.gateway.test_access import bearer


@dataclass
class Group:
    """A group of gateway processes, as it is met from outside."""

    process: subprocess.Popen[bytes]
    port: int
    metrics_port: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def serving(self) -> list[psutil.Process]:
        """The processes that have the port open and are not the one that watches."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    async def get(self, path: str) -> httpx2.Response:
        async with httpx2.AsyncClient(timeout=10) as http:
            return await http.get(f"http://127.0.0.1:{self.metrics_port}{path}")

    async def figure(self, name: str) -> float:
        text = (await self.get("/metrics")).text
        found = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
        return sum(float(value) for value in found)

    async def wait_until_alive(self, starts: int = 2) -> None:
        """Wait until all processes serve, of which so many were begun by now."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                alive = (await self.get("/livez")).is_success
                async with httpx2.AsyncClient(timeout=10) as http:
                    ready = (await http.get(f"{self.address}/livez")).is_success
                begun = self.log.read_text().count("gateway.started")
                if alive and ready and len(self.serving) == 2 and begun == starts:
                    return
            except httpx2.HTTPError:
                pass
            await asyncio.sleep(0.2)
        raise TimeoutError(self.log.read_text()[-2000:])


@pytest.fixture
def group(database_url: str, tmp_path: Path) -> Iterator[Group]:
    port, metrics_port, log = free_port(), free_port(), tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.gateway.app"],
            env=os.environ
            | {
                "DATABASE_URL": database_url,
                "EXAMLENS_GATEWAY_PROCESSES": "2",
                "EXAMLENS_GATEWAY_PORT": str(port),
                "EXAMLENS_METRICS_PORT": str(metrics_port),
                "EXAMLENS_BLOB_URL": str(tmp_path / "blobs"),
                "EXAMLENS_SHUTDOWN_GRACE_SECONDS": "5",
                "EXAMLENS_FIRST_KEY_FILE": str(tmp_path / "key"),
            },
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    yield Group(process, port, metrics_port, log)
    if process.poll() is None:
        process.terminate()
        process.wait(20)


@pytest.mark.timeout(240)
async def test_figures_are_of_all_processes_and_outlive_each_of_them(
    group: Group, new_key: NewKey
) -> None:
    await group.wait_until_alive()
    headers = bearer(await new_key(Scope.READ))

    async def ask(count: int) -> None:
        async def one() -> None:
            # A connection each, so that any of the processes may take it.
            async with httpx2.AsyncClient(base_url=group.address, timeout=30) as http:
                assert (await http.get("/api/v1/exams", headers=headers)).status_code == 200

        await asyncio.gather(*(one() for _ in range(count)))

    counted = 'examlens_http_requests_total{code="200",method="GET",route="/api/v1/exams"}'
    await ask(40)
    assert await group.figure(re.escape(counted)) == 40
    assert await group.figure("examlens_database_connections_limit") == 20
    assert await group.figure("examlens_http_requests_in_flight") == 0
    assert await group.figure("examlens_build_info") == 1

    killed, left = group.serving
    killed.send_signal(signal.SIGKILL)
    await ask(20)
    await group.wait_until_alive(starts=3)
    assert left.pid in {process.pid for process in group.serving}
    await ask(20)
    assert await group.figure(re.escape(counted)) == 80
    assert "gateway.process_ended" in group.log.read_text()


@pytest.mark.timeout(240)
async def test_a_group_ends_with_the_process_that_watches_however_that_ends(group: Group) -> None:
    await group.wait_until_alive()
    serving = group.serving
    group.process.kill()
    group.process.wait(10)
    gone, alive = await asyncio.to_thread(psutil.wait_procs, serving, 15)
    assert (len(gone), alive) == (2, [])


@pytest.mark.timeout(240)
async def test_a_group_that_is_asked_to_end_finishes_and_leaves_nothing(group: Group) -> None:
    await group.wait_until_alive()
    serving = group.serving
    group.process.terminate()
    assert await asyncio.to_thread(group.process.wait, 20) == 0
    assert not any(process.is_running() for process in serving)
    assert group.log.read_text().count("gateway.stopped") == 2
