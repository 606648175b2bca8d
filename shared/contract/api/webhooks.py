"""What was announced to callback addresses, and the secret that signs it."""

from datetime import datetime
from typing import Literal

from shared.contract.model import Document


class WebhookDeliveryBody(Document):
    """The announcement of one run's end. ``last_error`` is a code such as timeout or tls."""

    id: str
    exam_id: str
    run: int
    url: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    last_status: int | None
    last_error: str | None
    created_at: datetime
    due_at: datetime
    attempted_at: datetime | None


class WebhookDeliveryList(Document):
    """Deliveries, newest first."""

    items: tuple[WebhookDeliveryBody, ...]


class WebhookTargetBody(Document):
    """An address; ``failures`` counts deliveries in a row that used up their attempts."""

    id: int
    url: str
    failures: int
    disabled_at: datetime | None


class WebhookTargetList(Document):
    """Addresses that have failed."""

    items: tuple[WebhookTargetBody, ...]


class WebhookSecretBody(Document):
    """The newest secret. ``active`` counts those that sign: two for a day after a rotation."""

    secret: str
    active: int
