"""Known defects of Dramatiq on RabbitMQ stay fixed. Each test fails when its fix is taken out."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import dramatiq
import pika.exceptions
import pytest
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from shared.messaging import consumer as consumer_module
from shared.messaging.broker import (
    PUBLISH_ERRORS,
    ExamLensRabbitmqBroker,
    build_broker,
    waiting_messages,
)
from shared.messaging.consumer import OwnedDeliveryConsumer
from shared.messaging.middleware import WorkerMetrics
from shared.messaging.worker import Workers
from tests.containers import BrokerServer

pytestmark = [pytest.mark.rabbitmq, pytest.mark.xdist_group("rabbitmq")]
QUEUE = "default"


@pytest.fixture
def broker(amqp_server: str) -> Iterator[RabbitmqBroker]:
    made = build_broker(amqp_server)
    assert isinstance(made, ExamLensRabbitmqBroker)
    made.declare_queue(QUEUE, ensure=True)
    made.flush(QUEUE)
    yield made
    # The test may have cut this thread's connection.
    del made.connection
    made.flush_all()
    made.close()


StartWorker = Callable[[Callable[..., None]], dramatiq.Worker]


@pytest.fixture
def start_worker(broker: RabbitmqBroker) -> Iterator[StartWorker]:
    workers = []

    def start(handler: Callable[..., None], **options: Any) -> dramatiq.Worker:
        dramatiq.actor(broker=broker, actor_name="job", queue_name=QUEUE, **options)(handler)
        running = Workers(broker, {QUEUE}, threads=1)
        running.start()
        workers.append(running)
        return running.worker

    yield start
    for running in workers:
        running.stop(grace_seconds=5)


def send(broker: RabbitmqBroker, **options: Any) -> None:
    broker.enqueue(
        dramatiq.Message(queue_name=QUEUE, actor_name="job", args=(), kwargs={}, options=options)
    )


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_retry_that_cannot_be_published_is_dead_lettered_not_lost(
    broker: RabbitmqBroker, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(broker)
    publish = broker.enqueue

    def refuse_retries(message: Any, *, delay: int | None = None) -> Any:
        if delay is not None:
            raise dramatiq.ConnectionClosed(pika.exceptions.AMQPConnectionError())
        return publish(message, delay=delay)

    monkeypatch.setattr(broker, "enqueue", refuse_retries)

    def stumble() -> None:
        raise ValueError("transient")

    start_worker(stumble)
    assert wait_for(lambda: broker.get_queue_message_counts(QUEUE) == (0, 0, 1))


@pytest.mark.parametrize("is_owner_checked", [True, False])
def test_an_ack_after_a_reconnect_does_not_hit_another_message(
    broker: RabbitmqBroker,
    start_worker: StartWorker,
    rabbitmq: BrokerServer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_owner_checked: bool,
) -> None:
    if not is_owner_checked:
        monkeypatch.setattr(OwnedDeliveryConsumer, "_is_ours", lambda *_: True)
    starts: list[float] = []
    release_first, release_second = threading.Event(), threading.Event()

    def job() -> None:
        starts.append(time.monotonic())
        (release_first if len(starts) == 1 else release_second).wait(20)

    def unacknowledged() -> bool:
        listed = rabbitmq.control("list_queues", "name", "messages_unacknowledged", "--silent")
        return f"{QUEUE}\t1" in listed.splitlines()

    send(broker)
    worker = start_worker(job)
    assert wait_for(lambda: len(starts) == 1)
    first_consumer = worker.consumers[QUEUE].consumer
    rabbitmq.control("close_all_connections", "test")
    # The message comes back over a new connection, with the delivery tag that the first had.
    assert wait_for(
        lambda: (
            worker.consumers[QUEUE].consumer is not first_consumer
            and worker.work_queue.qsize() == 1
        )
    )
    release_first.set()
    assert wait_for(lambda: len(starts) == 2)
    # The redelivered message is being worked on. Only its own end may settle it: settled now, it
    # would be lost with its worker.
    assert unacknowledged() is is_owner_checked
    release_second.set()
    assert wait_for(
        lambda: (
            f"{QUEUE}\t0"
            in rabbitmq.control("list_queues", "name", "messages", "--silent").splitlines()
        )
    )


def test_a_slow_after_hook_is_not_interrupted_by_the_time_limit(
    broker: RabbitmqBroker, start_worker: StartWorker
) -> None:
    done = threading.Event()

    class SlowHook(dramatiq.Middleware):
        interrupted = False

        def after_process_message(self, *_: Any, **__: Any) -> None:
            try:
                for _round in range(30):
                    time.sleep(0.1)
            except BaseException:
                type(self).interrupted = True
                raise
            finally:
                done.set()

    broker.add_middleware(SlowHook(), before=WorkerMetrics)
    start_worker(lambda: time.sleep(0.2), time_limit=1000)
    send(broker)
    assert done.wait(15)
    assert not SlowHook.interrupted
    assert wait_for(lambda: broker.get_queue_message_counts(QUEUE) == (0, 0, 0))


def test_every_process_declares_queues_alike_whatever_it_declares_first(
    broker: RabbitmqBroker, amqp_server: str
) -> None:
    other = build_broker(amqp_server)
    assert isinstance(other, RabbitmqBroker)
    for queue in sorted(other.queues):
        other.declare_queue(queue, ensure=True)
    differing = RabbitmqBroker(url=amqp_server, max_priority=9)
    with pytest.raises(dramatiq.ConnectionClosed, match="PRECONDITION_FAILED"):
        differing.declare_queue(QUEUE, ensure=True)
    differing.close()
    other.close()


def test_higher_priority_overtakes_what_waits(
    broker: RabbitmqBroker, start_worker: StartWorker
) -> None:
    order: list[int] = []
    for priority in (0, 1, 2, 3):
        send(broker, broker_priority=priority, marker=priority)

    class Recorder(dramatiq.Middleware):
        def before_process_message(self, _: Any, message: Any) -> None:
            order.append(message.options["marker"])

    broker.add_middleware(Recorder())
    start_worker(lambda: None)
    assert wait_for(lambda: len(order) == 4)
    assert order == [3, 2, 1, 0]


def test_a_message_delayed_by_a_clock_that_is_ahead_waits_no_longer_than_any_delay(
    broker: RabbitmqBroker, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "LONGEST_DELAY_MS", 500)
    done = threading.Event()
    broker.enqueue(
        dramatiq.Message(queue_name=QUEUE, actor_name="job", args=(), kwargs={}, options={}),
        delay=3_600_000,
    )

    def job() -> None:
        done.set()

    start_worker(job)
    assert done.wait(10)


def test_a_publisher_whose_connection_ended_while_it_counted_counts_again_on_a_new_one(
    rabbitmq: BrokerServer,
) -> None:
    broker = build_broker(rabbitmq.url)
    assert isinstance(broker, ExamLensRabbitmqBroker)
    assert waiting_messages(broker, "ingest") == 0
    rabbitmq.control("close_all_connections", "test")
    with pytest.raises(PUBLISH_ERRORS):
        waiting_messages(broker, "ingest")
    # Nothing is published meanwhile, so nobody else replaces the connection.
    broker.answer_heartbeats()
    assert waiting_messages(broker, "ingest") == 0
    broker.close()
