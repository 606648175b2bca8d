"""The first admin key reaches whoever starts the gateway, and no log."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from asyncpg import connect

from examlens.servers.rabbitmq import free_port
from shared.db.database import asyncpg_url


@pytest.fixture
async def new_database(postgres_url: str) -> str:
    """A database in which no key was ever made."""
    name = f"examlens_first_{uuid4().hex[:8]}"
    connection = await connect(asyncpg_url(postgres_url))
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    base, mark, query = postgres_url.partition("?")
    return base.rsplit("/", 1)[0] + f"/{name}" + mark + query


class Started:
    """A gateway process, and what it prints."""

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        self.port, self.log = free_port(), folder / "gateway.log"
        self.settings, self.database_url = settings, database_url
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, out: int | None = None) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.gateway.app"],
                env=os.environ
                | {
                    "DATABASE_URL": self.database_url,
                    "EXAMLENS_GATEWAY_PORT": str(self.port),
                    "EXAMLENS_BLOB_URL": str(self.log.parent / "blobs"),
                }
                | self.settings,
                stdout=log if out is None else out,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None
            try:
                if httpx2.get(f"http://127.0.0.1:{self.port}/livez").is_success:
                    return
            except httpx2.HTTPError:
                time.sleep(0.1)
        pytest.fail("the gateway did not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)

    def accepts(self, token: str) -> bool:
        address = f"http://127.0.0.1:{self.port}/api/v1/limits"
        return httpx2.get(address, headers={"Authorization": f"Bearer {token}"}).is_success


@pytest.fixture
def gateways() -> Iterator[list[Started]]:
    made: list[Started] = []
    yield made
    for gateway in made:
        gateway.stop()


async def test_it_goes_into_a_file_that_only_its_owner_can_read(
    new_database: str, tmp_path: Path, gateways: list[Started]
) -> None:
    file = tmp_path / "first-key"
    file.write_text("left behind")
    file.chmod(0o644)
    gateway = Started(new_database, tmp_path, EXAMLENS_FIRST_KEY_FILE=str(file))
    gateways.append(gateway)
    gateway.start()
    assert file.stat().st_mode & 0o777 == 0o600
    assert gateway.accepts(file.read_text())
    assert "exl_" not in gateway.log.read_text()


async def test_it_is_shown_on_a_terminal(
    new_database: str, tmp_path: Path, gateways: list[Started]
) -> None:
    terminal, side = pty.openpty()
    gateway = Started(new_database, tmp_path)
    gateways.append(gateway)
    gateway.start(side)
    shown = os.read(terminal, 1000).decode()
    assert gateway.accepts(shown.strip().rsplit(" ", 1)[-1])
    assert "exl_" not in gateway.log.read_text()


async def test_with_neither_none_is_made_and_the_log_says_how_to_make_one(
    new_database: str, tmp_path: Path, gateways: list[Started]
) -> None:
    gateway = Started(new_database, tmp_path)
    gateways.append(gateway)
    gateway.start()
    said = gateway.log.read_text()
    assert "exl_" not in said
    assert "services.gateway.issue_key" in said
    connection = await connect(asyncpg_url(new_database))
    assert await connection.fetchval("SELECT count(*) FROM api_keys") == 0
    await connection.close()
