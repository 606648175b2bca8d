"""Connections that swallow everything: a failed-over address, a firewall that forgot them."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from services.gateway.adapters.live.backlog import Backlog
from services.gateway.adapters.live.forecasts import Forecasts
from services.gateway.adapters.live.readiness import Readiness
from shared.db.connection import connect_arguments
from shared.db.database import DATABASE_ERRORS, Database, asyncpg_url
from shared.db.status_reader import StatusReader
from shared.db.trouble import is_server_trouble
from shared.storage.blobs import BlobStore
from tests.chaos.proxy import FaultProxy, Target

#: The limit of a statement here; a service's is longer.
LIMIT_SECONDS = 0.5


@pytest_asyncio.fixture
async def proxy(database_url: str) -> AsyncIterator[FaultProxy]:
    parts = urlsplit(database_url)
    folder = parse_qs(parts.query).get("host")
    if folder:
        target = Target(socket_path=Path(folder[0]) / ".s.PGSQL.5432")
    else:
        target = Target(port=parts.port or 5432)
    opened = FaultProxy(target)
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
def address(database_url: str, proxy: FaultProxy) -> str:
    parts = urlsplit(database_url)
    user = parts.netloc.rpartition("@")[0] or "postgres"
    return f"postgresql://{user}@127.0.0.1:{proxy.port}{parts.path}"


@pytest_asyncio.fixture
async def distant(address: str) -> AsyncIterator[Database]:
    """A pool of two connections that are both open, through the proxy."""
    database = Database(address, size=2, application="test", statement_seconds=LIMIT_SECONDS)
    async with database.transaction(), database.transaction() as uow:
        await uow.connection.execute(text("SELECT 1"))
    yield database
    async with asyncio.timeout(10):
        await database.close()


async def test_a_pool_of_forgotten_connections_serves_again_after_one_time_limit(
    distant: Database, proxy: FaultProxy
) -> None:
    await proxy.forget_all()
    async with asyncio.timeout(6):
        for _ in range(2):
            async with distant.transaction() as uow:
                await uow.connection.execute(text("SELECT 1"))


async def test_a_transaction_whose_connection_falls_silent_ends_with_an_error(
    distant: Database, proxy: FaultProxy
) -> None:
    async def fall_silent_at_a_statement() -> None:
        async with distant.transaction() as uow:
            await uow.connection.execute(text("SELECT 1"))
            await proxy.forget_all()
            await uow.connection.execute(text("SELECT 1"))

    async def fall_silent_at_commit() -> None:
        async with distant.transaction() as uow:
            await uow.connection.execute(text("SELECT 1"))
            await proxy.forget_all()

    started = time.monotonic()
    with pytest.raises(DATABASE_ERRORS):
        await fall_silent_at_a_statement()
    with pytest.raises(DATABASE_ERRORS):
        await fall_silent_at_commit()
    assert time.monotonic() - started < 6


async def test_a_connection_whose_protocol_is_confused_is_replaced(database_url: str) -> None:
    database = Database(database_url, size=1, application="test")
    async with database.transaction() as uow:
        raw = await uow.connection.get_raw_connection()
        confused = raw.driver_connection
    # As after a statement that was cancelled while a busy machine had not read its answer.
    confused.execute = confused.fetchrow = confused.prepare = refuse_to_switch
    async with database.transaction() as uow:
        assert (await uow.connection.execute(text("SELECT 1"))).scalar_one() == 1

    async def be_confused() -> None:
        async with database.transaction() as uow:
            raw = await uow.connection.get_raw_connection()
            raw.driver_connection.prepare = refuse_to_switch
            await uow.connection.execute(text("SELECT 2"))

    with pytest.raises(DATABASE_ERRORS) as caught:
        await be_confused()
    assert is_server_trouble(caught.value)
    await database.close()


async def test_a_status_is_read_although_the_readers_protocol_is_confused(
    database_url: str,
) -> None:
    reader = StatusReader(asyncpg_url(database_url), "test")
    assert await reader.read(str(uuid4())) is None
    reader._connection.fetch = refuse_to_switch
    assert await reader.read(str(uuid4())) is None
    await reader.close()


async def refuse_to_switch(*_: Any, **__: Any) -> None:
    raise asyncpg.InternalClientError(
        "cannot switch to state 15; another operation (2) is in progress"
    )


async def test_a_crowd_that_waits_for_a_silent_server_is_answered_in_time(
    distant: Database, proxy: FaultProxy, blobs: BlobStore
) -> None:
    proxy.is_half_open = True
    backlog, forecasts = Backlog(distant, 10, 2.0), Forecasts(distant, 2.0, 2.0)
    waiting = [backlog.is_full(str(uuid4())) for _ in range(20)] + [
        forecasts.refresh() for _ in range(20)
    ]
    started = time.monotonic()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(error, DATABASE_ERRORS) for error in ended)
    assert time.monotonic() - started < 8
    assert not await Readiness(distant, blobs).is_ready()


async def test_a_listener_notices_that_nobody_speaks_any_more(
    address: str, proxy: FaultProxy
) -> None:
    connection = await asyncpg.connect(address, **connect_arguments("test", LIMIT_SECONDS))
    await proxy.forget_all()
    with pytest.raises(asyncpg.PostgresConnectionError):
        await connection.execute("SELECT 1")
    assert connection.is_closed()
