"""Orders, class reports and webhooks go through RabbitMQ: relay, queues and workers are real."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from services.diagnose.adapters.lecture_text import lecture_text
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.steps.class_reports import ClassReports
from services.diagnose.steps.practice_selection import PracticeSelection, SelectionSource
from services.report.adapters.typst_pdf import TypstPdf
from services.report.practice import PracticeDrawing
from services.report.webhooks import WebhookDelivery
from shared.contract.jobs import JOB_QUEUES, JOB_SPECS, JobKind
from shared.contract.practice import PracticePaper
from shared.db.database import Database
from shared.messaging.broker import ExamLensRabbitmqBroker, build_broker
from shared.messaging.job_work import JobWork
from shared.messaging.relay import Relay, RelaySettings
from shared.messaging.worker import Workers, register_actors
from shared.storage.blobs import BlobStore
from shared.webhooks.sender import HttpSender
from tests.integration.gateway.conftest import Edge
from tests.integration.gateway.orders import LECTURE
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_classes import KEY
from tests.integration.jobs import forget_wishes, pass_time
from tests.integration.webhooks.test_webhooks import LOOPBACK, Receiver, receiver

__all__ = ["receiver"]
pytestmark = [pytest.mark.rabbitmq, pytest.mark.xdist_group("rabbitmq")]
REDRIVE_SECONDS = 1.0


class FaultySelection(PracticeSelection):
    """Fails while ``is_broken``."""

    is_broken = False

    async def compute(self, database: Database, source: SelectionSource) -> PracticePaper:
        if self.is_broken:
            raise ConnectionError
        return await super().compute(database, source)


class Plant:
    """A relay that runs, and workers that are started and stopped."""

    def __init__(
        self, amqp_url: str, database: Database, blobs: BlobStore, works: tuple[JobWork, ...]
    ) -> None:
        self._amqp_url, self._works = amqp_url, works
        self._settings = RelaySettings(
            database_url=database.url,
            amqp_url=amqp_url,
            relay_poll_seconds=0.1,
            relay_reap_seconds=0.2,
            relay_redrive_seconds=REDRIVE_SECONDS,
            retry_backoff_seconds=0.05,
        )
        broker = build_broker(amqp_url)
        assert isinstance(broker, ExamLensRabbitmqBroker)
        self.broker = broker
        self.relay = Relay(database, broker, blobs, self._settings)

    def lengths(self, queue: str) -> tuple[int, int, int]:
        """Messages that wait, rest and are dead."""
        return self.broker.get_queue_message_counts(queue)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Workers consume every queue of jobs meanwhile."""
        broker = build_broker(self._amqp_url)
        pool = Database(self._settings.database_url, size=6, application="test")
        register_actors(broker, (), pool, self._settings, self._works)
        workers = Workers(broker, set(JOB_QUEUES), threads=2, waiting_threads=4)
        workers.start()
        try:
            yield
        finally:
            await asyncio.to_thread(workers.stop, 5.0)
            broker.close()


@pytest.fixture
def selection(blobs: BlobStore) -> FaultySelection:
    return FaultySelection(blobs, TenantPoints(blobs), lecture_text)


@pytest_asyncio.fixture
async def plant(
    amqp_server: str,
    database: Database,
    blobs: BlobStore,
    pdf: TypstPdf,
    selection: FaultySelection,
) -> AsyncIterator[Plant]:
    await forget_wishes(database)
    delivery = WebhookDelivery(HttpSender(allowed=LOOPBACK, timeout_seconds=1.0))
    works = (selection, PracticeDrawing(blobs, pdf), ClassReports(), delivery)
    made = Plant(amqp_server, database, blobs, works)
    for queue in JOB_QUEUES:
        made.broker.declare_queue(queue, ensure=True)
    made.broker.flush_all()
    relaying = asyncio.create_task(made.relay.run())
    yield made
    made.relay.stop()
    await relaying
    made.broker.flush_all()
    made.broker.close()


async def until(
    ask: Callable[[], Awaitable[Any]], is_reached: Callable[[Any], bool], seconds: float = 30
) -> Any:
    async with asyncio.timeout(seconds):
        while not is_reached(found := await ask()):  # noqa: ASYNC110 -- other threads work
            await asyncio.sleep(0.05)
    return found


async def practice_in(edge: Edge, practice_id: str, state: str) -> Any:
    return await until(lambda: edge.client.practice(practice_id), lambda body: body.state == state)


async def order(edge: Edge, **fields: Any) -> str:
    return (await edge.client.order_practice(lecture=LECTURE.encode(), count=2, **fields)).id


async def test_an_order_is_chosen_and_drawn_by_two_queues(edge: Edge, plant: Plant) -> None:
    async with plant.working():
        ready = await practice_in(edge, await order(edge), "ready")
    assert (ready.items, ready.progress) == (2, 100)
    assert plant.lengths("practice") == plant.lengths("drawing") == (0, 0, 0)


async def test_a_cancelled_order_leaves_a_message_that_nobody_works_on(
    edge: Edge, plant: Plant
) -> None:
    practice_id = await order(edge)
    await until(lambda: asyncio.to_thread(plant.lengths, "practice"), lambda n: n[0] == 1)
    assert (await edge.client.cancel_practice(practice_id)).state == "cancelled"
    async with plant.working():
        await until(lambda: asyncio.to_thread(plant.lengths, "practice"), lambda n: n[0] == 0)
    cancelled = await edge.client.practice(practice_id)
    assert (cancelled.state, cancelled.items) == ("cancelled", None)
    assert plant.lengths("practice") == (0, 0, 0)


@pytest.mark.parametrize("way", ["retry", "replay"])
async def test_an_order_that_failed_for_good_is_a_dead_letter_until_it_is_brought_back(
    edge: Edge, plant: Plant, selection: FaultySelection, way: str
) -> None:
    selection.is_broken = True
    async with plant.working():
        practice_id = await order(edge)
        failed = await practice_in(edge, practice_id, "failed")
        assert failed.error_code == "attempts_exhausted"
        (dead,) = (await edge.client.dead_letters()).jobs
        assert (dead.kind, str(dead.subject_id)) == (JobKind.PRACTICE_SELECTION, practice_id)
        await until(lambda: asyncio.to_thread(plant.lengths, "practice"), lambda n: n[2] == 1)
        selection.is_broken = False
        if way == "retry":
            await edge.client.retry_practice(practice_id)
        else:
            await edge.client.replay_dead_job(str(dead.id))
        await practice_in(edge, practice_id, "ready")
    assert not (await edge.client.dead_letters()).jobs


async def test_urgent_orders_go_before_a_backlog(
    edge: Edge, plant: Plant, database: Database
) -> None:
    backlog = [await order(edge, priority="low") for _ in range(8)]
    await until(lambda: asyncio.to_thread(plant.lengths, "practice"), lambda n: n[0] == 4)
    urgent = await order(edge, priority="urgent")
    await until(lambda: asyncio.to_thread(plant.lengths, "practice"), lambda n: n[0] == 5)
    async with plant.working():
        for practice_id in (*backlog, urgent):
            await practice_in(edge, practice_id, "ready")
    ended = sorted(
        [await edge.client.practice(practice_id) for practice_id in (*backlog, urgent)],
        key=lambda body: body.completed_at,
    )
    # Two threads fetch two messages at once, before they know the third.
    assert urgent in [body.id for body in ended[:3]]


async def test_the_report_of_a_class_is_computed_by_its_queue(
    edge: Edge, plant: Plant, pipeline: Pipeline
) -> None:
    paper_id = (await edge.client.create_paper(KEY)).paper_id
    async with plant.working():
        exam = await edge.client.submit([PNG], force=True, paper_id=paper_id, student_ref="s-1")
        await pipeline.run(exam.exam_id)
        found = await until(
            lambda: edge.client.class_report(paper_id),
            lambda body: body.is_current and body.computed_at is not None,
        )
    assert len(found.report.students) == 1
    assert plant.lengths("class") == (0, 0, 0)


async def test_a_delivery_is_tried_again_then_dead_lettered_then_replayed(
    edge: Edge, plant: Plant, pipeline: Pipeline, receiver: Receiver, database: Database
) -> None:
    receiver.answer = b"HTTP/1.1 500 Oops\r\n\r\n"
    exam = await edge.client.submit([PNG], force=True, callback_url=receiver.url)
    await pipeline.run(exam.exam_id)

    async def delivery() -> Any:
        (found,) = (await edge.client.webhook_deliveries(exam.exam_id)).items
        return found

    async with plant.working():
        most = JOB_SPECS[JobKind.WEBHOOK].max_attempts
        for attempts in range(1, most + 1):
            found = await until(delivery, lambda body, n=attempts: body.attempts == n)
            assert found.state == ("failed" if attempts == most else "pending")
            # It rests in PostgreSQL, and no delayed message lies at the broker.
            assert plant.lengths("webhooks")[1] == 0
            await pass_time(database)
        (dead,) = (await edge.client.dead_letters()).jobs
        assert (dead.queue, dead.attempts) == ("webhooks", most)
        await until(lambda: asyncio.to_thread(plant.lengths, "webhooks"), lambda n: n[2] == 1)
        receiver.answer = b"HTTP/1.1 204 No Content\r\n\r\n"
        await edge.client.replay_dead_job(str(dead.id))
        found = await until(delivery, lambda body: body.state == "delivered")
    assert found.attempts == 1
    assert len(receiver.got) == most + 1


async def test_a_message_that_the_broker_lost_is_sent_again_and_one_that_waits_is_not(
    edge: Edge, plant: Plant
) -> None:
    practice_id = await order(edge)
    await until(lambda: asyncio.to_thread(plant.lengths, "practice"), lambda n: n[0] == 1)
    await asyncio.sleep(3 * REDRIVE_SECONDS)
    # It only waits for workers.
    assert plant.lengths("practice")[0] == 1
    plant.broker.flush("practice")
    await until(lambda: asyncio.to_thread(plant.lengths, "practice"), lambda n: n[0] == 1)
    async with plant.working():
        await practice_in(edge, practice_id, "ready")
