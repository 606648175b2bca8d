"""One tenant's dead receiver delays nobody else's deliveries."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text

from services.gateway.bootstrap import DEFAULT_TENANT
from services.report.webhooks import WebhookDelivery
from shared.contract.failures import Language
from shared.contract.jobs import JOB_SPECS, JobKind
from shared.contract.stages import Priority
from shared.db.database import Database
from shared.db.tables import webhook_deliveries
from shared.messaging.broker import build_broker
from shared.messaging.relay import Relay, RelaySettings
from shared.messaging.relay.job_reaper import adopt_jobs
from shared.messaging.worker import Workers, register_actors
from shared.storage.blobs import BlobStore
from shared.webhooks.sender import Outcome

DEAD, ALIVE = "https://dead.example/", "https://alive.example/"
#: How long the dead receiver holds an attempt.
SILENCE_SECONDS = 6.0
MOST_OF_A_TENANT = JOB_SPECS[JobKind.WEBHOOK].most_of_a_tenant


class Post:
    """Delivers at once, but to the dead receiver."""

    def __init__(self) -> None:
        self.delivered: dict[str, float] = {}
        self.began = time.monotonic()
        self.held = self.most_held = 0

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        if url == DEAD:
            self.held += 1
            self.most_held = max(self.most_held, self.held)
            await asyncio.sleep(SILENCE_SECONDS)
            self.held -= 1
            return Outcome(error="timeout")
        self.delivered.setdefault(url, time.monotonic() - self.began)
        return Outcome(status=204)


@pytest.fixture
async def due(database: Database) -> AsyncIterator[None]:
    """A hundred deliveries of one tenant to a dead receiver, then one of another's."""
    async with database.transaction() as uow:
        await uow.connection.execute(text("UPDATE exams SET callback_url = NULL"))
        await uow.connection.execute(text("DELETE FROM webhook_deliveries"))
        for name, url, count in ((DEFAULT_TENANT, DEAD, 100), ("a quiet school", ALIVE, 1)):
            tenant_id = await uow.tenants.ensure(name)
            exam = await uow.exams.add(
                {
                    "id": str(uuid4()),
                    "tenant_id": tenant_id,
                    "priority": Priority.NORMAL,
                    "language": Language.ZH,
                    "is_forced": True,
                }
            )
            for run in range(count):
                await uow.connection.execute(
                    insert(webhook_deliveries).values(
                        id=text("gen_random_uuid()"),
                        tenant_id=tenant_id,
                        exam_id=exam.id,
                        run=run + 1,
                        url=url,
                    )
                )
    await adopt_jobs(database)
    yield
    async with database.transaction() as uow:
        await uow.connection.execute(text("DELETE FROM webhook_deliveries"))


@pytest.fixture
def deliver(database: Database, blobs: BlobStore) -> Callable[..., Any]:
    """Runs a relay and the threads that deliver, as one process has them."""

    @asynccontextmanager
    async def run(post: Post) -> AsyncIterator[None]:
        settings = RelaySettings(database_url=database.url, relay_poll_seconds=0.1)
        broker = build_broker(None)
        pool = Database(database.url, size=8, application="test")
        register_actors(broker, (), pool, settings, [WebhookDelivery(post)])
        workers = Workers(broker, {"webhooks"}, threads=1, waiting_threads=16)
        relay = Relay(database, broker, blobs, settings)
        workers.start()
        relaying = asyncio.create_task(relay.run())
        post.began = time.monotonic()
        try:
            yield
        finally:
            relay.stop()
            await relaying
            await asyncio.to_thread(workers.stop, 0)
            broker.close()

    return run


async def until(condition: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- other threads deliver
            await asyncio.sleep(0.02)


async def test_another_tenants_only_delivery_is_made_at_once(
    due: None, deliver: Callable[..., Any]
) -> None:
    post = Post()
    async with deliver(post):
        await until(lambda: ALIVE in post.delivered and post.held > 0, 10)
        await asyncio.sleep(1.0)
    assert post.delivered[ALIVE] < SILENCE_SECONDS
    assert post.most_held <= MOST_OF_A_TENANT


async def test_what_comes_while_a_dead_receiver_is_waited_for_is_delivered_too(
    database: Database, due: None, deliver: Callable[..., Any]
) -> None:
    post = Post()
    async with deliver(post):
        await until(lambda: ALIVE in post.delivered and post.held == MOST_OF_A_TENANT, 10)
        async with database.transaction() as uow:
            query = select(webhook_deliveries).where(webhook_deliveries.c.url == ALIVE)
            delivery = (await uow.connection.execute(query)).one()
        post.delivered.clear()
        async with database.transaction() as uow:
            assert await uow.webhooks.redeliver(delivery.tenant_id, delivery.id)
        await until(lambda: ALIVE in post.delivered, SILENCE_SECONDS / 2)


async def test_a_tenant_alone_gets_through_fast(
    database: Database, due: None, deliver: Callable[..., Any]
) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(
            text(
                "UPDATE webhook_deliveries SET url = 'https://a.example/' || run WHERE url = :dead"
            ),
            {"dead": DEAD},
        )
    post = Post()
    async with deliver(post):
        await until(lambda: len(post.delivered) == 101, 30)
