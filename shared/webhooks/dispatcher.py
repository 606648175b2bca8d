"""The dispatcher: announces ended exams to their callback addresses until they listen."""

import asyncio
import json
import random
from collections import Counter
from datetime import datetime
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
#: Announcements made in one statement.
_MOST_ANNOUNCED = 100
#: Attempts at a time, and those among them for one tenant: a dead receiver holds each of its own
#: for as long as a sender waits, and leaves room for the others'.
_MOST_AT_ONCE, _MOST_OF_A_TENANT = 32, 8
#: A round ends when all is done, or after this time; what is slower goes on beside the next one.
_ROUND_SECONDS = 2.0
#: What may still end when a process is asked to stop.
_LAST_SECONDS = 5.0
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

    def __init__(
        self, database: Database, sender: Sender, *, round_seconds: float = _ROUND_SECONDS
    ) -> None:
        self._database, self._sender = database, sender
        self._round_seconds = round_seconds
        #: The attempts that are being made, each with its tenant.
        self._running: dict[asyncio.Task[None], str] = {}

    async def run_once(self) -> int:
        """Announce what has ended, attempt what is due; returns how many attempts were begun.

        An attempt whose outcome could not be written down cuts no other short; it is made again
        when its hold is over. Raises ExceptionGroup of what such attempts raised.
        """
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._round_seconds
        begun, failures = 0, list[Exception]()
        while True:
            news = await self._begin_due()
            begun += news
            left = ends_at - loop.time()
            if not self._running or left <= 0 or failures:
                break
            done, _ = await asyncio.wait(
                self._running, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            failures += self._settle(done)
        failures += self._settle({task for task in self._running if task.done()})
        if failures:
            raise ExceptionGroup("webhook attempts", failures)
        return begun

    async def close(self) -> None:
        """Let what is being attempted end, for a moment; what is cut off is attempted again."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=_LAST_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        self._running.clear()

    async def _begin_due(self) -> int:
        """Begin attempts where there is room; returns how many."""
        room = _MOST_AT_ONCE - len(self._running)
        if room <= 0:
            return 0
        async with self._database.transaction() as uow:
            await uow.webhooks.announce_ended(_MOST_ANNOUNCED)
            due = await uow.webhooks.claim_due(
                room,
                _HOLD_SECONDS,
                busy=Counter(self._running.values()),
                most_of_a_tenant=_MOST_OF_A_TENANT,
            )
        for delivery in due:
            task = asyncio.create_task(self._attempt(delivery), name="webhook-attempt")
            self._running[task] = delivery.tenant_id
        return len(due)

    def _settle(self, done: set[asyncio.Task[None]]) -> list[Exception]:
        """Forget the attempts that have ended; returns what they raised."""
        # Another round of this dispatcher may have seen the end as well.
        ours = [task for task in done if self._running.pop(task, None) is not None]
        errors = (task.exception() for task in ours if not task.cancelled())
        return [error for error in errors if isinstance(error, Exception)]

    async def _attempt(self, delivery: Delivery) -> None:
        async with self._database.transaction() as uow:
            exam = await uow.exams.find(delivery.exam_id)
            secrets = await active_secrets(uow, delivery.tenant_id)
            # Receivers refuse what is signed minutes off; machines of a relay differ by more.
            now = await uow.workload.now()
        if exam is None:
            return
        body = message_body(exam, delivery, now)
        headers = signed_headers(secrets, f"msg_{delivery.id}", int(now.timestamp()), body)
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


def message_body(exam: Exam, delivery: Delivery, now: datetime) -> bytes:
    """The message that announces the end of a run; ``now`` dates a run that has been replaced."""
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
    moment = exam.completed_at or now
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
