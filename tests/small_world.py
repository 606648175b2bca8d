"""The whole system in one process: gateway, relay and workers, taken one step at a time.

PostgreSQL, the blob store and every line of the system are real. The broker holds messages that the
test delivers, so the test decides what happens when.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import dramatiq
import httpx2
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import text

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.messaging.attempt.company import Company
from shared.messaging.broker import build_broker
from shared.messaging.relay.job_reaper import reap_jobs
from shared.messaging.relay.publisher import Publisher
from shared.messaging.relay.reaper import reap
from shared.messaging.relay.settings import RelaySettings
from shared.messaging.stage_runner import Outcome, StageRunner, TaskExhausted
from shared.storage.blobs import BlobStore
from tests.chaos.quick_stages import EFFECTS_TABLE, BeforeWork, QuickStage, Work

#: Between two tests that share a database.
FORGET_EVERYTHING = (
    "DELETE FROM exams",
    "DELETE FROM idempotency_keys",
    "DELETE FROM erasures",
    "DELETE FROM chaos_effects",
)
#: Longer than any test works on a task.
LEASE_SECONDS = 60.0
#: A rest that is over before anybody can ask.
_BACKOFF_SECONDS = 1e-6


async def at_once(_: Work) -> None:
    """Before the work nothing happens."""


#: After a while every lease and hold has run out, and every rest is over.
_LATER = (
    """UPDATE stage_tasks SET lease_until = clock_timestamp(), due_at = clock_timestamp()
       WHERE state IN ('pending', 'running')""",
    """UPDATE outbox SET claimed_until = NULL, available_at = clock_timestamp()
       WHERE published_at IS NULL""",
    """UPDATE jobs SET lease_until = clock_timestamp(), due_at = clock_timestamp()
       WHERE state IN ('pending', 'running')""",
    "UPDATE erasures SET due_at = clock_timestamp()",
)


def message_tasks(broker: dramatiq.Broker) -> list[StageTask]:
    """Take every message out of an in-memory broker; returns the stages' tasks."""
    assert isinstance(broker, StubBroker)
    found = []
    for queue in broker.queues.values():
        while not queue.empty():
            message: dramatiq.Message[None] = dramatiq.Message.decode(queue.get_nowait())
            queue.task_done()
            # Jobs stay in their rows until a test does them.
            if "task" in message.kwargs:
                found.append(StageTask.model_validate(message.kwargs["task"]))
    return found


@dataclass
class SmallWorld:
    """Steps of the relay and of workers on ``database``, ``blobs`` and ``broker``."""

    database: Database
    blobs: BlobStore
    broker: dramatiq.Broker = field(default_factory=lambda: build_broker(None))

    def __post_init__(self) -> None:
        # Quicker than any person may set it: nobody waits for a commit here.
        quick = {"relay_poll_seconds": 0.0, "relay_window": 1000}
        settings = RelaySettings(DATABASE_URL=self.database.url).model_copy(update=quick)
        stopping = asyncio.Event()
        stopping.set()
        self.publisher = Publisher(self.database, self.broker, settings, stopping)

    async def prepare(self) -> None:
        """Make the table that shows repeated effects."""
        async with self.database.transaction() as uow:
            await uow.connection.execute(text(EFFECTS_TABLE))

    def close(self) -> None:
        """End the publisher's thread."""
        self.publisher.close()

    async def publish(self) -> list[StageTask]:
        """Let the relay publish what is due; returns what has arrived at the broker."""
        await self.publisher.publish_due()
        return message_tasks(self.broker)

    async def reap(self) -> None:
        """Let the relay take back expired leases, and send again what was lost."""

        async def count_nothing(_: str) -> int:
            return 0

        await reap(self.database, 0.0, count_nothing)
        await reap_jobs(self.database, 0.0, count_nothing)

    async def let_time_pass(self) -> None:
        """Let every lease, hold and rest run out."""
        async with self.database.transaction() as uow:
            for statement in _LATER:
                await uow.connection.execute(text(statement))

    def worker(
        self,
        stage: Stage,
        before_work: BeforeWork = at_once,
        *,
        lease_seconds: float = LEASE_SECONDS,
    ) -> StageRunner:
        """A worker process for ``stage`` with nothing else to do."""
        return StageRunner(
            self.database,
            QuickStage(stage, self.blobs, before_work),
            Company(),
            lease_seconds=lease_seconds,
            retry_backoff_seconds=_BACKOFF_SECONDS,
        )

    async def work(self, task: StageTask, before_work: BeforeWork = at_once) -> Outcome:
        """Let a new worker handle one delivery of ``task``."""
        try:
            return await self.worker(task.stage, before_work).run(task)
        except TaskExhausted:
            return Outcome.EXHAUSTED

    async def settle(self, messages: Sequence[StageTask] = (), *, rounds: int = 60) -> None:
        """Deliver ``messages`` and whatever follows, until nothing is left to do.

        Raises TimeoutError when there is still something to do after so many ``rounds``.
        """
        waiting = list(messages)
        for _ in range(rounds):
            for task in waiting:
                await self.work(task)
            await self.reap()
            waiting = await self.publish()
            if not waiting:
                return
        raise TimeoutError("the work does not end")


@asynccontextmanager
async def http_client(
    database: Database, blobs: BlobStore, token: str, **settings: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a gateway in this process."""
    quick = {
        "key_cache_seconds": 300.0,
        "forecast_seconds": 60.0,
        "requests_per_minute": 0,
        "submissions_per_minute": 0,
    }
    given = GatewaySettings(DATABASE_URL=database.url, **{**quick, **settings})
    app = create_app(given, database, blobs)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=transport, base_url="http://gateway/api/v1", headers=headers
        ) as client,
    ):
        yield client
