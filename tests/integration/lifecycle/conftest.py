"""A database of this room's own, which its tests may empty."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from shared.db.migrate import upgrade
from tests.servers import administer, named


@pytest.fixture(scope="session")
def own_database_url(postgres_url: str) -> Iterator[str]:
    name = f"examlens_lifecycle_{uuid4().hex[:12]}"
    asyncio.run(administer(postgres_url, f'CREATE DATABASE "{name}"'))
    url = named(postgres_url, name)
    upgrade(url)
    yield url
    asyncio.run(administer(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)'))
