"""The one way to make a broker, so that all processes declare the same queues (RabbitMQ: 406)."""

import dramatiq
import pika.exceptions
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.common import dq_name
from dramatiq.middleware import CurrentMessage, Middleware, TimeLimit

from shared.contract.jobs import ALL_QUEUES
from shared.contract.stages import Priority
from shared.db.repositories.job_dispatch import DispatchedJob
from shared.db.repositories.outbox import OutboxRow
from shared.messaging.consumer import LONGEST_DELAY_MS, OwnedDeliveryConsumer
from shared.messaging.middleware import DeadLetterOnFailedRetry, SharedLoop, WorkerMetrics

#: Retries of a message whose task could not even be claimed or recorded (database away).
MESSAGE_RETRIES = 8
MIN_BACKOFF_MS = 500
MAX_BACKOFF_MS = LONGEST_DELAY_MS
#: Ends a worker thread whose event loop hangs. The stage runner has a time limit of its own.
TIME_LIMIT_MS = 10 * 60_000


class ExamLensRabbitmqBroker(RabbitmqBroker):
    """RabbitmqBroker whose consumers never acknowledge another connection's delivery.

    Its publishers can answer heartbeats.
    """

    @property
    def consumer_class(self) -> type[OwnedDeliveryConsumer]:
        """The consumer that this broker makes."""
        return OwnedDeliveryConsumer

    def answer_heartbeats(self) -> None:
        """Keep the connection of this thread, if it has one; forget it when it was closed.

        pika answers only while it is called. After 90 quiet seconds RabbitMQ would end the
        connection, and the next publication would meet that.
        """
        if getattr(self.state, "connection", None) is None:
            return
        try:
            self.connection.process_data_events(time_limit=0)
        # pika says ValueError of a connection whose end it has told before.
        except (pika.exceptions.AMQPError, OSError, ValueError):
            del self.connection


def _middleware() -> list[Middleware]:
    """In order: ``before_`` hooks run down the list, ``after_`` hooks run up it."""
    return [
        # Outermost, so that its figures include what the others do.
        WorkerMetrics(),
        DeadLetterOnFailedRetry(
            max_retries=MESSAGE_RETRIES, min_backoff=MIN_BACKOFF_MS, max_backoff=MAX_BACKOFF_MS
        ),
        CurrentMessage(),
        SharedLoop(),
        # Interrupts threads, so it is last: its timer stops before any other after-hook runs.
        TimeLimit(time_limit=TIME_LIMIT_MS),
    ]


def build_broker(amqp_url: str | None) -> dramatiq.Broker:
    """A broker on RabbitMQ, or in memory when ``amqp_url`` is None, with every queue declared."""
    broker: dramatiq.Broker
    if amqp_url is None:
        broker = StubBroker(middleware=_middleware())
    else:
        broker = ExamLensRabbitmqBroker(
            url=_with_timeouts(amqp_url),
            middleware=_middleware(),
            confirm_delivery=True,
            max_priority=int(max(Priority)),
        )
    for queue in ALL_QUEUES:
        broker.declare_queue(queue)
    return broker


def _with_timeouts(amqp_url: str) -> str:
    """``amqp_url`` with timeouts for a connection that is silent or blocked."""
    limits = {
        "heartbeat": "30",
        "blocked_connection_timeout": "30",
        "connection_attempts": "3",
        "retry_delay": "1",
        "socket_timeout": "10",
    }
    separator = "&" if "?" in amqp_url else "?"
    given = amqp_url.partition("?")[2]
    missing = [f"{name}={value}" for name, value in limits.items() if f"{name}=" not in given]
    return amqp_url + separator + "&".join(missing) if missing else amqp_url


#: Errors of a publication that may or may not have reached the broker.
PUBLISH_ERRORS: tuple[type[Exception], ...] = (
    dramatiq.ConnectionClosed,
    pika.exceptions.AMQPError,
    OSError,
)


def waiting_messages(broker: dramatiq.Broker, queue: str) -> int:
    """How many messages lie in ``queue``, those that rest before a retry included.

    What a worker has fetched is not counted, nor are dead letters. Raises PUBLISH_ERRORS.
    """
    if isinstance(broker, RabbitmqBroker):
        try:
            ready, resting, _ = broker.get_queue_message_counts(queue)
        except PUBLISH_ERRORS:
            # Dramatiq replaces a connection that ended only when something is published.
            del broker.connection
            raise
        return ready + resting
    if isinstance(broker, StubBroker):
        return sum(broker.queues[name].qsize() for name in (queue, dq_name(queue)))
    raise TypeError(type(broker).__name__)


def message_for(row: OutboxRow) -> dramatiq.Message[None]:
    """The Dramatiq message of an outbox row; senders know queue and actor by name only."""
    return dramatiq.Message(
        queue_name=row.queue,
        actor_name=row.stage.value,
        args=(),
        kwargs={"task": row.message.model_dump(mode="json", exclude_none=True)},
        options={"broker_priority": row.priority},
        message_id=f"outbox-{row.id}",
    )


def job_message_for(job: DispatchedJob) -> dramatiq.Message[None]:
    """The Dramatiq message of a job; senders know queue and actor by name only."""
    return dramatiq.Message(
        queue_name=job.queue,
        actor_name=job.message.kind.value,
        args=(),
        kwargs={"job": job.message.model_dump(mode="json", exclude_none=True)},
        options={"broker_priority": job.priority},
        message_id=job.message_id,
    )
