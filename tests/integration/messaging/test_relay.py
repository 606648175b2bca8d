"""The relay brings every committed message to the broker, whatever happens to it meanwhile."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import uuid4

import dramatiq
import pytest
import pytest_asyncio
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import delete, func, select, text, update

from shared.contract.practice import practice_prefix
from shared.contract.stages import Status
from shared.db.database import Database
from shared.db.repositories.outbox import DispatchRules
from shared.db.tables import erasures, exams, outbox, practice_papers
from shared.messaging.broker import build_broker
from shared.messaging.relay import Relay, RelaySettings
from shared.messaging.relay.retention import forget
from shared.observability.progress import Progress
from shared.storage.blobs import BlobStore
from shared.storage.failure import BlobStoreError
from tests.integration.messaging.conftest import NewExam, settle


@pytest.fixture
def settings(database_url: str) -> RelaySettings:
    return RelaySettings(
        database_url=database_url,
        relay_poll_seconds=0.2,
        relay_reap_seconds=0.1,
        relay_batch=5,
        relay_window=100,
    )


@pytest_asyncio.fixture
async def start_relay(
    database: Database, blobs: BlobStore, settings: RelaySettings
) -> AsyncIterator[Callable[..., Relay]]:
    running: list[tuple[Relay, asyncio.Task[None]]] = []

    def start(broker: dramatiq.Broker, told: RelaySettings = settings) -> Relay:
        relay = Relay(database, broker, blobs, told)
        running.append((relay, asyncio.create_task(relay.run())))
        return relay

    yield start
    for relay, task in running:
        relay.stop()
        await asyncio.wait_for(task, 10)


class ForgetfulBroker(StubBroker):
    """Refuses the first publications, as a broker that restarts does."""

    refusals = 2

    def enqueue(self, message: object, *, delay: int | None = None) -> object:
        if self.refusals:
            type(self).refusals -= 1
            raise ConnectionResetError("gone")
        return super().enqueue(message, delay=delay)  # type: ignore[arg-type]


async def published_ids(broker: dramatiq.Broker, wanted: int) -> list[str]:
    """Message ids in the ingest queue, once there are ``wanted`` of them."""
    queue = broker.queues["ingest"]  # type: ignore[index]
    found: list[str] = []
    async with asyncio.timeout(10):
        while len(found) < wanted:
            while not queue.empty():
                found.append(dramatiq.Message.decode(queue.get()).message_id)
            await asyncio.sleep(0.02)
    return found


async def test_messages_are_published_soon_after_their_commit(
    database: Database, new_exam: NewExam, start_relay: Callable[[dramatiq.Broker], Relay]
) -> None:
    await settle(database)
    broker = build_broker(None)
    start_relay(broker)
    for _ in range(7):
        await new_exam()
    assert len(set(await published_ids(broker, 7))) == 7


async def test_two_relays_share_the_work_without_repeating_it(
    database: Database, new_exam: NewExam, start_relay: Callable[[dramatiq.Broker], Relay]
) -> None:
    await settle(database)
    for _ in range(20):
        await new_exam()
    broker = build_broker(None)
    start_relay(broker)
    start_relay(broker)
    ids = await published_ids(broker, 20)
    assert len(ids) == len(set(ids)) == 20


async def test_a_refused_publication_is_repeated(
    database: Database, new_exam: NewExam, start_relay: Callable[[dramatiq.Broker], Relay]
) -> None:
    await settle(database)
    await new_exam()
    broker = ForgetfulBroker()
    broker.declare_queue("ingest")
    start_relay(broker)
    assert len(await published_ids(broker, 1)) == 1
    assert ForgetfulBroker.refusals == 0


async def test_a_message_claimed_by_a_relay_that_died_is_published_by_another(
    database: Database, new_exam: NewExam, start_relay: Callable[[dramatiq.Broker], Relay]
) -> None:
    await settle(database)
    await new_exam()
    async with database.transaction() as uow:
        assert len(await uow.outbox.claim(10, 0.3, DispatchRules())) == 1
    broker = build_broker(None)
    start_relay(broker)
    assert len(await published_ids(broker, 1)) == 1


class FailingBlobs:
    """A blob store that raises whatever it is asked to erase."""

    def __init__(self, error: Exception) -> None:
        self.error, self.asked = error, asyncio.Event()

    async def delete_prefix(self, prefix: str) -> None:
        self.asked.set()
        raise self.error

    async def folders(self, prefix: str) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize(
    "error",
    [BlobStoreError(), RuntimeError(), ExceptionGroup("attempts", [ConnectionResetError()])],
    ids=["blob store", "defect", "group"],
)
async def test_no_error_of_one_loop_ends_the_relay(
    database: Database, new_exam: NewExam, settings: RelaySettings, error: Exception
) -> None:
    await settle(database)
    async with database.transaction() as uow:
        await uow.retention.erase_again(str(uuid4()), -1.0)
    broker, failing = build_broker(None), FailingBlobs(error)
    relay = Relay(database, broker, failing, settings)
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(10):
        await failing.asked.wait()
    await new_exam()
    assert len(await published_ids(broker, 1)) == 1
    assert not running.done()
    relay.stop()
    await asyncio.wait_for(running, 10)
    async with database.transaction() as uow:
        await uow.connection.execute(delete(erasures))


async def test_a_relay_whose_database_went_away_goes_on_when_it_is_back(
    database_url: str, database: Database, new_exam: NewExam, settings: RelaySettings
) -> None:
    await settle(database)
    broker = build_broker(None)
    own = Database(database_url, size=3, application="doomed-relay")
    relay = Relay(own, broker, FailingBlobs(BlobStoreError()), settings)
    running = asyncio.create_task(relay.run())
    for _ in range(3):
        await new_exam()
        async with database.transaction() as uow:
            await uow.connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE 'examlens-doomed-relay%'"
                    " OR application_name LIKE 'examlens-listener%'"
                )
            )
    assert len(await published_ids(broker, 3)) >= 3
    assert not running.done()
    relay.stop()
    await asyncio.wait_for(running, 10)
    await own.close()


def test_a_loop_that_does_not_end_its_round_is_stuck_and_one_that_fails_is_not_ready() -> None:
    now = 0.0
    progress = Progress({"publish": 100.0, "reap": 100.0, "census": 100.0}, clock=lambda: now)
    now = 95.0
    progress.succeeded("publish")
    progress.failed("reap")
    assert progress.stuck() == []
    assert progress.failing() == [
        "reap has not succeeded for 95 s",
        "census has not succeeded for 95 s",
    ]
    now = 101.0
    assert progress.stuck() == ["census has not gone round for 101 s"]


async def test_what_outlived_its_retention_is_erased_with_its_files(
    database: Database,
    new_exam: NewExam,
    blobs: BlobStore,
    settings: RelaySettings,
) -> None:
    await settle(database)
    old, young = await new_exam(), await new_exam()
    for exam in (old, young):
        await blobs.write(f"exams/{exam.id}/1/pages/1.png", b"page")
    async with database.transaction() as uow:
        await uow.exams.move(old, Status.CANCELLED)
        await uow.connection.execute(
            update(exams)
            .where(exams.c.id == old.id)
            .values(completed_at=func.now() - timedelta(days=31))
        )
    keeping_30_days = settings.model_copy(update={"exam_retention_days": 30.0})
    relay = Relay(database, build_broker(None), blobs, keeping_30_days)
    task = asyncio.create_task(relay.run())
    async with asyncio.timeout(10):
        while True:
            async with database.transaction() as uow:
                if await uow.exams.find(old.id) is None:
                    break
            await asyncio.sleep(0.05)
    relay.stop()
    await task
    with pytest.raises(LookupError):
        await blobs.read(f"exams/{old.id}/1/pages/1.png")
    assert await blobs.read(f"exams/{young.id}/1/pages/1.png") == b"page"


async def test_more_old_messages_than_one_batch_are_forgotten_in_one_round(
    database: Database, new_exam: NewExam, blobs: BlobStore, settings: RelaySettings
) -> None:
    await settle(database)
    exam = await new_exam()
    async with database.transaction() as uow:
        await uow.connection.execute(
            text(
                "WITH tasks AS (INSERT INTO stage_tasks (exam_id, run, stage, page, state)"
                " SELECT id, 1, 'ocr', n, 'done' FROM exams, generate_series(1, 2500) n"
                " WHERE id = :exam RETURNING exam_id, page)"
                " INSERT INTO outbox (exam_id, tenant_id, run, stage, page, queue, priority,"
                " message, published_at) SELECT exam_id, :tenant, 1, 'ocr', page, 'ocr', 1, '{}',"
                " now() - interval '8 days' FROM tasks"
            ),
            {"exam": exam.id, "tenant": exam.tenant_id},
        )
    await forget(database, blobs, settings, asyncio.Event())
    async with database.transaction() as uow:
        old = select(func.count()).where(outbox.c.exam_id == exam.id, outbox.c.stage == "ocr")
        assert (await uow.connection.execute(old)).scalar_one() == 0
    await settle(database)


async def test_more_old_practice_orders_than_one_batch_are_forgotten_in_one_round(
    database: Database, tenant_id: str, blobs: BlobStore, settings: RelaySettings
) -> None:
    async with database.transaction() as uow:
        rows = await uow.connection.execute(
            text(
                "INSERT INTO practice_papers (id, tenant_id, request, step, state, completed_at)"
                " SELECT gen_random_uuid(), :tenant, '{}', 'drawing', 'ready',"
                " now() - interval '31 days' FROM generate_series(1, 45) RETURNING id"
            ),
            {"tenant": tenant_id},
        )
        last = [practice_prefix(str(practice_id), None) for practice_id in rows.scalars()][-1]
    await blobs.write(f"{last}practice.pdf", b"%PDF-")
    keeping_30_days = settings.model_copy(update={"exam_retention_days": 30.0})
    await forget(database, blobs, keeping_30_days, asyncio.Event())
    async with database.transaction() as uow:
        old = select(func.count()).where(practice_papers.c.tenant_id == tenant_id)
        assert (await uow.connection.execute(old)).scalar_one() == 0
    with pytest.raises(LookupError):
        await blobs.read(f"{last}practice.pdf")


@pytest.mark.rabbitmq
@pytest.mark.xdist_group("rabbitmq")
async def test_messages_that_only_wait_for_a_worker_are_not_sent_again(
    database: Database,
    new_exam: NewExam,
    start_relay: Callable[..., Relay],
    settings: RelaySettings,
    amqp_server: str,
) -> None:
    await settle(database)
    broker = build_broker(amqp_server)
    await asyncio.to_thread(broker.flush_all)
    submitted = [(await new_exam()).id for _ in range(3)]
    start_relay(broker, settings.model_copy(update={"relay_redrive_seconds": 1.0}))
    await asyncio.sleep(4)
    assert await messages_of(database, submitted) == 3
    await asyncio.to_thread(broker.flush_all)
    async with asyncio.timeout(10):
        while await messages_of(database, submitted) < 6:  # noqa: ASYNC110 -- a relay makes them
            await asyncio.sleep(0.1)
    async with database.transaction() as uow:
        due = select(func.count(outbox.c.available_at.distinct())).where(
            outbox.c.exam_id.in_(submitted)
        )
        # Sent again, they have waited since they were due at first.
        assert (await uow.connection.execute(due)).scalar_one() == 3
    await asyncio.to_thread(broker.flush_all)
    await asyncio.to_thread(broker.close)


@pytest.mark.rabbitmq
@pytest.mark.xdist_group("rabbitmq")
async def test_a_publisher_with_nothing_to_send_keeps_its_connection(
    database: Database,
    new_exam: NewExam,
    start_relay: Callable[..., Relay],
    amqp_server: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await settle(database)
    # The broker gives up a connection that is silent for three heartbeats.
    broker = build_broker(f"{amqp_server}?heartbeat=1")
    start_relay(broker)
    for _ in range(2):
        exam = await new_exam()
        async with asyncio.timeout(10):
            while not await is_published(database, exam.id):  # noqa: ASYNC110 -- a relay does it
                await asyncio.sleep(0.1)
        await asyncio.sleep(5)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    await asyncio.to_thread(broker.flush_all)
    await asyncio.to_thread(broker.close)


async def is_published(database: Database, exam_id: str) -> bool:
    async with database.transaction() as uow:
        waiting = select(func.count()).where(
            outbox.c.exam_id == exam_id, outbox.c.published_at.is_(None)
        )
        return (await uow.connection.execute(waiting)).scalar_one() == 0


async def messages_of(database: Database, exam_ids: list[str]) -> int:
    async with database.transaction() as uow:
        query = select(func.count()).where(outbox.c.exam_id.in_(exam_ids))
        return int((await uow.connection.execute(query)).scalar_one())
