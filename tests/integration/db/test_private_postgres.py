"""The private PostgreSQL of one process: any home, any way to have ended before."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from examlens.servers.postgres import PrivatePostgres
from examlens.servers.postgres_watch import PostgresWatch
from tests.servers import server_directory


@pytest.fixture
def home() -> Iterator[Path]:
    with server_directory() as made:
        yield made


async def answers(postgres: PrivatePostgres) -> bool:
    connection = await asyncpg.connect(postgres.url)
    try:
        return bool(await connection.fetchval("SELECT true"))
    finally:
        await connection.close()


async def connected(postgres: PrivatePostgres) -> asyncpg.Connection:
    """A connection, once the server is there and has recovered."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await asyncpg.connect(postgres.url)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.2)


def server_of(directory: Path) -> psutil.Process:
    return psutil.Process(int((directory / "postmaster.pid").read_text().splitlines()[0]))


@pytest.mark.parametrize("name", ["two words", "it's", 'a "quote"', "语文 $HOME", "semi;colon"])
async def test_a_home_may_have_any_name(home: Path, name: str) -> None:
    postgres = PrivatePostgres(home / name / "postgres").start()
    try:
        assert await answers(postgres)
        postgres.restart()
        assert await answers(postgres)
        # Another object of the same home takes the server over.
        assert await answers(PrivatePostgres(home / name / "postgres").start())
    finally:
        postgres.stop()
    assert not postgres.is_running()


@pytest.mark.parametrize("lock", ["the number of another process", "an empty lock"])
async def test_a_lock_that_a_crash_left_behind_stops_no_start(home: Path, lock: str) -> None:
    postgres = PrivatePostgres(home / "postgres").start()
    file = home / "postgres" / "postmaster.pid"
    text = file.read_text()
    postgres.stop()
    owner = file.parent.stat()
    file.write_text(
        "" if lock == "an empty lock" else f"{os.getpid()}\n{text.partition(chr(10))[2]}"
    )
    os.chown(file, owner.st_uid, owner.st_gid)
    postgres = PrivatePostgres(home / "postgres").start()
    assert await answers(postgres)
    postgres.stop()


async def test_a_server_that_was_killed_is_started_again_with_its_data(home: Path) -> None:
    postgres = PrivatePostgres(home / "postgres").start()
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    await connection.close()
    watch = PostgresWatch(postgres, pause_seconds=0.2)
    watch.start()
    try:
        killed = server_of(home / "postgres")
        killed.send_signal(signal.SIGKILL)
        killed.wait(10)
        connection = await connected(postgres)
        assert await connection.fetchval("SELECT n FROM kept") == 7
        await connection.close()
        assert watch.problems() == []
    finally:
        watch.stop()
        postgres.stop()
    assert not postgres.is_running()
