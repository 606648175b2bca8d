"""A gateway behind a real web server, a client of it, and a tenant of its own per test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio

from examlens.client import AsyncExamLensClient
from services.gateway.app import GatewayServer, create_app, uvicorn_config
from services.gateway.bootstrap import create_key
from services.gateway.domain.access.keys import ALL_SCOPES, Scope
from services.gateway.settings import GatewaySettings
from services.ingest.division import BatchDivision
from services.report.adapters.fonts import SansFont
from services.report.adapters.typst_pdf import TypstPdf
from shared.contract.api.batches import BatchBody
from shared.db.database import Database
from shared.storage.blobs import BlobStore
from tests.integration.gateway.pipeline import Pipeline
from tests.integration.jobs import run_once

StartGateway = Callable[..., Any]
NewKey = Callable[..., Awaitable[str]]
SubmitClass = Callable[..., Awaitable[BatchBody]]


@dataclass(frozen=True)
class Edge:
    """A running gateway as a client meets it."""

    address: str
    token: str
    http: httpx2.AsyncClient
    client: AsyncExamLensClient


@pytest.fixture
def start_gateway(database: Database, blobs: BlobStore, tmp_path: Path) -> StartGateway:
    """Serves a gateway with given settings on a free port."""

    @asynccontextmanager
    async def start(
        *, database: Database = database, blobs: BlobStore = blobs, **settings: Any
    ) -> AsyncIterator[str]:
        given = GatewaySettings(
            DATABASE_URL=database.url,
            blob_url=str(tmp_path / "blobs"),
            **{
                "key_cache_seconds": 0.0,
                "forecast_seconds": 0.0,
                "shutdown_grace_seconds": 5.0,
                **settings,
            },
        )
        app = create_app(given, database, blobs)
        listener = socket.create_server(("127.0.0.1", 0))
        server = GatewayServer(uvicorn_config(app, given))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 -- uvicorn offers no event
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving

    return start


@pytest.fixture
def new_key(database: Database) -> NewKey:
    """Makes keys, by default of a tenant of this test."""
    own_tenant = f"tenant {uuid4()}"

    async def make(*scopes: Scope, tenant: str = own_tenant) -> str:
        async with database.transaction() as uow:
            return await create_key(uow, name="test", scopes=scopes or ALL_SCOPES, tenant=tenant)

    return make


@pytest_asyncio.fixture
async def edge(start_gateway: StartGateway, new_key: NewKey) -> AsyncIterator[Edge]:
    """A gateway with default settings and an all-scopes key."""
    token = await new_key()
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        start_gateway() as address,
        httpx2.AsyncClient(base_url=f"{address}/api/v1", headers=headers) as http,
        AsyncExamLensClient(address, token) as client,
    ):
        yield Edge(address, token, http, client)


@pytest.fixture
def submit_class(edge: Edge, database: Database, blobs: BlobStore) -> SubmitClass:
    """Submits a batch, and divides it the way a worker would."""

    async def submit(source: bytes, **fields: Any) -> BatchBody:
        accepted = await edge.client.submit_batch(source, **fields)
        await run_once(database, BatchDivision(blobs), accepted.batch_id)
        return await edge.client.batch(accepted.batch_id)

    return submit


@pytest.fixture
def pipeline(database: Database, blobs: BlobStore) -> Pipeline:
    return Pipeline(database, blobs)


@pytest.fixture(scope="session")
def pdf() -> TypstPdf:
    return TypstPdf(SansFont())
