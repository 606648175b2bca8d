"""One tenant's dead receiver delays nobody else's deliveries."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from uuid import uuid4

import pytest
from shared.webhooks.dispatcher import WebhookDispatcher
from sqlalchemy import insert, text

from services.gateway.bootstrap import DEFAULT_TENANT
from shared.contract.failures import Language
from shared.contract.stages import Priority
from shared.db.database import Database
from shared.db.tables import webhook_deliveries
from shared.webhooks.sender import Outcome

DEAD, ALIVE = "https://dead.example/", "https://alive.example/"
#: How long the dead receiver holds an attempt.
SILENCE_SECONDS = 3.0


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
    yield
    async with database.transaction() as uow:
        await uow.connection.execute(text("DELETE FROM webhook_deliveries"))


async def test_another_tenants_only_delivery_is_made_at_once(database: Database, due: None) -> None:
    post = Post()
    dispatcher = WebhookDispatcher(database, post, round_seconds=0.5)
    for _ in range(3):
        await dispatcher.run_once()
    await dispatcher.close()
    assert post.delivered[ALIVE] < 1.0
    assert post.most_held <= 8


async def test_what_comes_while_a_dead_receiver_is_waited_for_is_delivered_too(
    database: Database, due: None
) -> None:
    post = Post()
    dispatcher = WebhookDispatcher(database, post, round_seconds=0.5)
    await dispatcher.run_once()
    async with database.transaction() as uow:
        await uow.connection.execute(
            text(
                "UPDATE webhook_deliveries SET state = 'pending', due_at = now() WHERE url = :url"
            ),
            {"url": ALIVE},
        )
    post.delivered.clear()
    began = time.monotonic()
    await dispatcher.run_once()
    assert time.monotonic() - began < 1.5
    await dispatcher.close()
    assert ALIVE in post.delivered


async def test_a_tenant_alone_gets_through_fast(database: Database, due: None) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(
            text("UPDATE webhook_deliveries SET url = 'https://a.example/'")
        )
    dispatcher = WebhookDispatcher(database, Post(), round_seconds=10.0)
    began = time.monotonic()
    assert await dispatcher.run_once() == 101
    assert time.monotonic() - began < 8
    assert await dispatcher.run_once() == 0
