"""The announcement of an exam's end to its callback address."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from shared.contract.exams import Exam
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.jobs import Job, JobKind
from shared.contract.stages import Status
from shared.db.database import Database
from shared.db.repositories.jobs import JobLease
from shared.db.repositories.webhooks import Delivery
from shared.db.unit_of_work import UnitOfWork
from shared.webhooks.sender import Outcome, Sender
from shared.webhooks.signature import signed_headers
from shared.webhooks.tenant_secrets import active_secrets

log = structlog.get_logger(__name__)

#: This many deliveries in a row that were given up disable an address.
DISABLE_AFTER = 5
_GONE = 410

_TYPES = {
    Status.COMPLETED: "exam.completed",
    Status.FAILED: "exam.failed",
    Status.CANCELLED: "exam.cancelled",
    Status.DUPLICATE: "exam.duplicate",
}


class Undelivered(Exception):
    """The receiver did not take the message; it may do so later."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error or f"status {outcome.status}")
        self.outcome = outcome


class Refused(PermanentFailure):
    """The receiver is gone, or must not be called."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(FailureCode.RECEIVER_REFUSED)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Announcement:
    """One message, signed with everything that signs at the moment."""

    delivery: Delivery
    headers: dict[str, str]
    body: bytes


class WebhookDelivery:
    """Delivers at least once.

    A message names the exam and its status, and nothing of the paper. The receiver fetches the rest
    with its key.
    """

    kind = JobKind.WEBHOOK

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def load(self, uow: UnitOfWork, job: Job) -> Announcement | None:
        """The message as it is now; None when it was delivered or given up."""
        delivery = await uow.webhooks.wanted(job.subject_id)
        if delivery is None:
            return None
        exam = await uow.exams.get(delivery.exam_id)
        secrets = await active_secrets(uow, delivery.tenant_id)
        # Receivers refuse what is signed minutes off; machines of a worker differ by more.
        now = await uow.workload.now()
        body = message_body(exam, delivery, now)
        headers = signed_headers(secrets, f"msg_{delivery.id}", int(now.timestamp()), body)
        return Announcement(delivery, headers, body)

    async def compute(self, database: Database, announcement: Announcement) -> Outcome:  # noqa: ARG002
        """Send it once. Raises Undelivered and Refused."""
        delivery = announcement.delivery
        outcome = await self._sender.send(delivery.url, announcement.headers, announcement.body)
        log.info(
            "webhook.attempted",
            exam_id=delivery.exam_id,
            delivery_id=delivery.id,
            status=outcome.status,
            error=outcome.error,
        )
        if outcome.is_delivered:
            return outcome
        raise Refused(outcome) if outcome.is_final else Undelivered(outcome)

    async def save(self, uow: UnitOfWork, lease: JobLease, outcome: Outcome) -> bool:
        """It arrived."""
        delivery_id = lease.job.subject_id
        await uow.webhooks.record(delivery_id, "delivered", **_told(lease, outcome))
        await uow.webhooks.forgive(delivery_id)
        return False

    async def postpone(
        self, uow: UnitOfWork, lease: JobLease, error: Exception, rest_seconds: float
    ) -> None:
        """It did not arrive, and will be sent again."""
        told = _told(lease, _outcome_of(error))
        await uow.webhooks.record(
            lease.job.subject_id, "pending", retry_seconds=rest_seconds, **told
        )

    async def give_up(
        self, uow: UnitOfWork, lease: JobLease, code: FailureCode, error: Exception | None
    ) -> None:
        """It will not be sent again, unless somebody asks for that."""
        outcome = _outcome_of(error)
        if outcome.status is None and outcome.error is None:
            outcome = Outcome(error=code)
        delivery_id = lease.job.subject_id
        await uow.webhooks.record(delivery_id, "failed", **_told(lease, outcome))
        # A receiver that answers that it is gone does not want to be asked again.
        disable_at = 1 if outcome.status == _GONE else DISABLE_AFTER
        await uow.webhooks.count_failure(delivery_id, disable_at=disable_at)


def _outcome_of(error: Exception | None) -> Outcome:
    return error.outcome if isinstance(error, Undelivered | Refused) else Outcome()


def _told(lease: JobLease, outcome: Outcome) -> dict[str, Any]:
    return {"attempts": lease.attempt, "status": outcome.status, "error": outcome.error}


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
