"""A RabbitMQ consumer that decodes only what can be a message of ours, and acknowledges its own."""

import time
from collections.abc import Iterator
from typing import Any

import structlog
from dramatiq.brokers.rabbitmq import _RabbitmqConsumer
from dramatiq.errors import DecodeError
from dramatiq.message import Message

log = structlog.get_logger(__name__)

#: Ours have less than a kilobyte: ids, a trace context and Dramatiq's own options.
MOST_BODY_BYTES = 64 * 1024
#: Well below RabbitMQ's consumer_timeout of 30 minutes, which counts delayed messages too.
LONGEST_DELAY_MS = 60_000
#: What the iterator of a queue gives: method, properties and body, or None for each.
Delivery = tuple[Any, Any, bytes | None]
_NOTHING: Delivery = (None, None, None)


class OwnedDeliveryConsumer(_RabbitmqConsumer):
    """Remembers on each message which consumer delivered it.

    Delivery tags start at 1 on every channel. A job that ends after a reconnect would otherwise
    acknowledge whatever message has its tag on the new channel, and that message would be lost.

    A body that is too large, or no message, is dead-lettered before anybody decodes or logs it.
    """

    def __init__(self, broker: Any, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]
        self.iterator = self._readable(self.iterator)

    def _readable(self, deliveries: Iterator[Delivery]) -> Iterator[Delivery]:
        for method, properties, body in deliveries:
            fault = None if body is None else _fault_of(body)
            if fault is None:
                yield method, properties, body
                continue
            size = len(body or b"")
            log.error("message.refused", queue=self.queue_name, fault=fault, size_bytes=size)
            self._nack(method.delivery_tag)  # type: ignore[no-untyped-call]
            # Nothing may hold on to the body while the next one is waited for.
            del body
            yield _NOTHING

    def __next__(self) -> Any:
        """The next message, marked as ours, or None when there was none in time."""
        message = super().__next__()  # type: ignore[no-untyped-call]
        if message is not None:
            message.delivered_by = self
            _bound_wait(message)
        return message

    def ack(self, message: Any) -> None:
        """Acknowledge ``message`` if it came over this connection; otherwise it is redelivered."""
        if self._is_ours(message):
            super().ack(message)  # type: ignore[no-untyped-call]

    def nack(self, message: Any) -> None:
        """Dead-letter ``message`` if it came over this connection; otherwise it is redelivered."""
        if self._is_ours(message):
            super().nack(message)  # type: ignore[no-untyped-call]

    def _is_ours(self, message: Any) -> bool:
        if getattr(message, "delivered_by", None) is self:
            return True
        self.logger.warning("Delivery %s belongs to a closed connection.", message.message_id)
        return False


def _bound_wait(message: Any) -> None:
    """Let a delayed message wait no longer than any delay is, whatever its sender's clock said."""
    due, latest = message.options.get("eta"), time.time() * 1000 + LONGEST_DELAY_MS
    if isinstance(due, (int, float)) and due > latest:
        message.options["eta"] = latest


def _fault_of(body: bytes) -> str | None:
    """Why ``body`` cannot be a message of ours, or None."""
    if len(body) > MOST_BODY_BYTES:
        return "too_large"
    try:
        message = Message.decode(body)
    except (DecodeError, RecursionError):
        return "undecodable"
    is_well_formed = all(
        isinstance(part, kind)
        for part, kind in (
            (message.queue_name, str),
            (message.actor_name, str),
            (message.message_id, str),
            (message.kwargs, dict),
            (message.options, dict),
        )
    )
    return None if is_well_formed else "malformed"
