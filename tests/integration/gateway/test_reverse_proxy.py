"""The proxy that compose puts before the gateways: HAProxy with the file that is shipped."""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from examlens.client import AsyncExamLensClient
from examlens.servers.rabbitmq import free_port
from services.gateway.domain.access.keys import new_token
from tests.availability import unavailable
from tests.integration.gateway.conftest import NewKey, StartGateway
from tests.integration.gateway.pipeline import PNG
from tests.integration.gateway.test_access import bearer

SHIPPED = Path(__file__).parents[3] / "deploy" / "haproxy" / "haproxy.cfg"
TEMPLATE = "server-template gateway 1-32 gateway:8000 resolvers engine init-addr none"


def haproxy() -> str:
    found = shutil.which("haproxy")
    if found is None:
        unavailable("haproxy")
    return found


def environment(port: int) -> dict[str, str]:
    return os.environ | {
        "EXAMLENS_PROXY_BIND": f"127.0.0.1:{port}",
        "EXAMLENS_TRUSTED_PROXIES": "192.0.2.1",
    }


@asynccontextmanager
async def proxy_of(directory: Path, *gateways: str) -> AsyncIterator[str]:
    """The shipped proxy before these gateways instead of those that an engine's names tell of."""
    text, port = SHIPPED.read_text(), free_port()
    assert TEMPLATE in text
    servers = (f"server g{n} {a.removeprefix('http://')}" for n, a in enumerate(gateways))
    file = directory / "haproxy.cfg"
    file.write_text(text.replace(TEMPLATE, "\n    ".join(servers)))
    process = await asyncio.create_subprocess_exec(
        haproxy(), "-f", str(file), "-db", env=environment(port)
    )
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


def test_the_shipped_file_is_valid() -> None:
    checked = subprocess.run(
        [haproxy(), "-c", "-f", str(SHIPPED)],
        env=environment(8080),
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def test_requests_are_spread_and_a_gateway_that_is_gone_is_left_out(
    start_gateway: StartGateway, new_key: NewKey, tmp_path: Path
) -> None:
    headers = bearer(await new_key())
    async with (
        start_gateway(requests_per_minute=1000) as one,
        start_gateway(requests_per_minute=2000) as other,
        proxy_of(tmp_path, one, other, f"http://127.0.0.1:{free_port()}") as address,
    ):

        async def ask() -> str:
            # Gateways tell themselves apart by their quotas.
            async with httpx2.AsyncClient(base_url=address, timeout=20) as http:
                answer = await http.get("/api/v1/exams", headers=headers)
            assert answer.status_code == 200, answer.text
            return answer.headers["ratelimit-policy"]

        served = Counter([await ask() for _ in range(20)])
    assert set(served) == {'"requests";q=1000;w=60', '"requests";q=2000;w=60'}


async def test_events_pass_as_they_happen_and_nobody_says_who_asks_but_the_proxy(
    start_gateway: StartGateway,
    new_key: NewKey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    token = await new_key()
    async with (
        start_gateway(wrong_keys_per_minute=3, key_cache_seconds=60.0) as gateway,
        proxy_of(tmp_path, gateway) as address,
        AsyncExamLensClient(address, token) as client,
        httpx2.AsyncClient(base_url=f"{address}/api/v1", timeout=20) as http,
    ):
        exam_id = (await client.submit([PNG], force=True)).exam_id
        async with asyncio.timeout(10):
            async for event in client.events(exam_id):
                # The exam waits: its first event came at once, not with the stream's end.
                assert event.sequence == 1
                break
        codes = []
        for n in range(5):
            forged = bearer(new_token()[0]) | {"X-Forwarded-For": f"203.0.113.{n}"}
            codes.append((await http.get("/exams", headers=forged)).status_code)
    assert codes == [401, 401, 401, 429, 429]
