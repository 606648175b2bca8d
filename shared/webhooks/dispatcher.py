"""The dispatcher: announces ended exams to their callback addresses until they listen."""

import asyncio
import json
import random
import time
from datetime import UTC, datetime
from typing import Any

import structlog

from shared.contract.exams import Exam
from shared.contract.stages import Status
from shared.db.database import Database
from shared.db.repositories.webhooks import Delivery
from shared.db.unit_of_work import UnitOfWork
from shared.webhooks.sender import Outcome, Sender
from shared.webhooks.signature import new_secret, signed_headers

log = structlog.get_logger(__name__)

#: Pauses between the attempts of a delivery, in seconds: eight attempts over 28 hours, the schedule
#: that standardwebhooks.com recommends.
RETRY_PAUSES = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
#: This many deliveries in a row that used up their attempts disable an address.
DISABLE_AFTER = 5
_BATCH = 20
#: Longer than an attempt can take.
_HOLD_SECONDS = 60.0

_TYPES = {
    Status.COMPLETED: "exam.completed",
    Status.FAILED: "exam.failed",
    Status.CANCELLED: "exam.cancelled",
    Status.DUPLICATE: "exam.duplicate",
}


class WebhookDispatcher:
    """Delivers at least once. Any number of processes may run it; no connection is held meanwhile.

    A message names the exam and its status, and nothing of the paper. The receiver fetches the rest
    with its key.
    """

    def __init__(self, database: Database, sender: Sender) -> None:
        self._database, self._sender = database, sender

    async def run_once(self) -> int:
        """Announce what has ended, attempt what is due; returns the number of attempts.

        An attempt whose outcome could not be written down cuts no other short; it is made again
        when its hold is over. Raises ExceptionGroup of what such attempts raised.
        """
        async with self._database.transaction() as uow:
            await uow.webhooks.announce_ended(_BATCH * 5)
            due = await uow.webhooks.claim_due(_BATCH, _HOLD_SECONDS)
        ended = await asyncio.gather(
            *(self._attempt(delivery) for delivery in due), return_exceptions=True
        )
        failures = [error for error in ended if isinstance(error, Exception)]
        if failures:
            raise ExceptionGroup("webhook attempts", failures)
        return len(due)

    async def _attempt(self, delivery: Delivery) -> None:
        async with self._database.transaction() as uow:
            exam = await uow.exams.find(delivery.exam_id)
            secrets = await active_secrets(uow, delivery.tenant_id)
        if exam is None:
            return
        body = message_body(exam, delivery)
        headers = signed_headers(secrets, f"msg_{delivery.id}", int(time.time()), body)
        outcome = await self._sender.send(delivery.url, headers, body)
        async with self._database.transaction() as uow:
            await _record(uow, delivery, outcome)
        log.info(
            "webhook.attempted",
            exam_id=delivery.exam_id,
            delivery_id=delivery.id,
            attempt=delivery.attempts,
            status=outcome.status,
            error=outcome.error,
        )


def message_body(exam: Exam, delivery: Delivery) -> bytes:
    """The message that announces the end of a run."""
    is_present = exam.run == delivery.run
    data = {
        "exam_id": exam.id,
        "run": delivery.run,
        "status": exam.status if is_present else None,
        "error_code": exam.error_code if is_present else None,
        "paper_id": exam.paper_id,
        "student_ref": exam.student_ref,
        "duplicate": _duplicate_of(exam) if is_present else None,
    }
    kind = _TYPES.get(exam.status, "exam.ended") if is_present else "exam.ended"
    moment = exam.completed_at or datetime.now(UTC)
    message = {"type": kind, "timestamp": moment.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False).encode()


def _duplicate_of(exam: Exam) -> dict[str, Any] | None:
    found = exam.duplicate
    return None if found is None or exam.status is not Status.DUPLICATE else found.model_dump()


async def active_secrets(uow: UnitOfWork, tenant_id: str) -> tuple[str, ...]:
    """The secrets that sign a tenant's messages, newest first; the first is made when needed."""
    found = await uow.webhooks.secrets(tenant_id)
    if found:
        return found
    await uow.webhooks.lock_secrets(tenant_id)
    found = await uow.webhooks.secrets(tenant_id)
    if not found:
        await uow.webhooks.add_secret(tenant_id, new_secret())
        found = await uow.webhooks.secrets(tenant_id)
    return found


async def _record(uow: UnitOfWork, delivery: Delivery, outcome: Outcome) -> None:
    told: dict[str, Any] = {"status": outcome.status, "error": outcome.error}
    if outcome.is_delivered:
        await uow.webhooks.record(delivery, "delivered", **told)
        await uow.webhooks.forgive(delivery)
    elif outcome.is_final or delivery.attempts > len(RETRY_PAUSES):
        await uow.webhooks.record(delivery, "failed", **told)
        # A receiver that answers 410 does not want to be asked again.
        disable_at = 1 if outcome.status == 410 else DISABLE_AFTER
        await uow.webhooks.count_failure(delivery, disable_at=disable_at)
    else:
        # Jitter spreads what one outage of a receiver has gathered.
        pause = RETRY_PAUSES[delivery.attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311
        await uow.webhooks.record(delivery, "pending", retry_seconds=pause, **told)
