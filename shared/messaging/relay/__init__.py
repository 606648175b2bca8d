"""The relay publishes the outbox, takes back expired leases and re-drives what the broker lost."""

from shared.messaging.relay.relay import Relay
from shared.messaging.relay.settings import RelaySettings

__all__ = ["Relay", "RelaySettings"]
