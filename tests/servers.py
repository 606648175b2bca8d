"""Servers that tests share, found in the order that docs/testing.md gives."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from examlens.servers.postgres import PrivatePostgres
from examlens.servers.rabbitmq import PrivateRabbitmq, find_rabbitmq
from services.gateway.bootstrap import create_key
from services.gateway.domain.access.keys import ALL_SCOPES
from shared.db.database import Database, asyncpg_url
from shared.db.migrate import upgrade
from tests.availability import unavailable
from tests.containers import BrokerServer, ContainerPostgres, ContainerRabbitmq, is_docker_there

#: Set to ``containers``: no server but those in containers, whatever else there is.
IN_CONTAINERS = os.environ.get("EXAMLENS_TEST_SERVERS") == "containers"


@contextmanager
def server_directory() -> Iterator[Path]:
    """A directory outside pytest's own, which other sessions of pytest tidy up."""
    with tempfile.TemporaryDirectory(prefix="examlens-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server: the one of DATABASE_URL, or a private one from its wheel, or a container."""
    given = os.environ.get("DATABASE_URL")
    if given and not IN_CONTAINERS:
        yield given
        return
    if IN_CONTAINERS:
        container = ContainerPostgres().start()
        yield container.url
        container.stop()
        return
    with server_directory() as directory:
        server = PrivatePostgres(directory / "postgres").start()
        yield server.url
        server.stop()


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> Iterator[str]:
    """A fresh, migrated database of this test session."""
    with _fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def own_database_url(postgres_url: str) -> Iterator[str]:
    """Another such database, which a test may empty."""
    with _fresh_database(postgres_url) as url:
        yield url


@contextmanager
def _fresh_database(postgres_url: str) -> Iterator[str]:
    name = f"examlens_test_{uuid4().hex[:12]}"
    asyncio.run(_administer(postgres_url, f'CREATE DATABASE "{name}"'))
    base, mark, query = postgres_url.partition("?")
    url = base.rsplit("/", 1)[0] + f"/{name}" + mark + query
    upgrade(url)
    yield url
    asyncio.run(_administer(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(asyncpg_url(url))
    await connection.execute(statement)
    await connection.close()


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A small pool on the running loop."""
    opened = Database(database_url, size=5, application="test")
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[BrokerServer]:
    """A private broker that a test may disturb, from this machine or from a container."""
    is_installed = find_rabbitmq() is not None
    if IN_CONTAINERS or (not is_installed and is_docker_there()):
        container = ContainerRabbitmq().start()
        yield container
        container.stop()
        return
    if not is_installed:
        unavailable("rabbitmq-server")
    with server_directory() as directory:
        server = PrivateRabbitmq(directory).start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def amqp_server(request: pytest.FixtureRequest) -> str:
    """The broker of AMQP_URL, or the private one."""
    given = os.environ.get("AMQP_URL")
    if given and not IN_CONTAINERS:
        return given
    return str(request.getfixturevalue("rabbitmq").url)


@pytest_asyncio.fixture
async def admin_key(database: Database) -> str:
    """A key with every scope, made the way ``examlens keys create`` does."""
    async with database.transaction() as uow:
        return await create_key(uow, name="test", scopes=ALL_SCOPES)
