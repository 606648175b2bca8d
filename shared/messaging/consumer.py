"""A RabbitMQ consumer that only acknowledges what it delivered itself."""

from typing import Any

from dramatiq.brokers.rabbitmq import _RabbitmqConsumer


class OwnedDeliveryConsumer(_RabbitmqConsumer):
    """Remembers on each message which consumer delivered it.

    Delivery tags start at 1 on every channel. A job that ends after a reconnect would otherwise
    acknowledge whatever message has its tag on the new channel, and that message would be lost.
    """

    def __next__(self) -> Any:
        """The next message, marked as ours, or None when there was none in time."""
        message = super().__next__()  # type: ignore[no-untyped-call]
        if message is not None:
            message.delivered_by = self
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
