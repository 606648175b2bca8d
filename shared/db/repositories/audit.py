"""The audit trail: who did what to what, without any content, kept when the subject is erased."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.model import Document
from shared.db.rows import to_document
from shared.db.tables import audit_entries


class Action(StrEnum):
    """What is written down."""

    #: A browser was signed in with a key.
    SIGNED_IN = "key.signed_in"
    #: A key was made on the pages.
    KEY_CREATED = "key.created"
    #: A key was revoked on the pages.
    KEY_REVOKED = "key.revoked"
    #: An exam was submitted.
    EXAM_SUBMITTED = "exam.submitted"
    #: A batch of exams was submitted.
    BATCH_SUBMITTED = "batch.submitted"
    #: A batch was cancelled on request.
    BATCH_CANCELLED = "batch.cancelled"
    #: A failed batch was taken up again.
    BATCH_RETRIED = "batch.retried"
    #: An exam was cancelled on request.
    EXAM_CANCELLED = "exam.cancelled"
    #: An exam was run again.
    EXAM_RETRIED = "exam.retried"
    #: A question of an exam was corrected.
    EXAM_CORRECTED = "exam.corrected"
    #: A link that shows an exam was made.
    EXAM_SHARED = "exam.shared"
    #: Such a link was revoked.
    SHARE_REVOKED = "share.revoked"
    #: An exam and all its files were erased.
    EXAM_ERASED = "exam.erased"
    #: An answer key was stored.
    PAPER_CREATED = "paper.created"
    #: An answer key was replaced.
    PAPER_REPLACED = "paper.replaced"
    #: Exams of a paper were scored anew.
    PAPER_RESCORED = "paper.rescored"
    #: A practice paper was ordered.
    PRACTICE_ORDERED = "practice.ordered"
    #: An order of a practice paper was cancelled.
    PRACTICE_CANCELLED = "practice.cancelled"
    #: A failed or cancelled order was taken up again.
    PRACTICE_RETRIED = "practice.retried"
    #: A practice paper and its files were erased.
    PRACTICE_ERASED = "practice.erased"
    #: A dead letter was replayed.
    DEAD_LETTER_REPLAYED = "dead_letter.replayed"
    #: A dead job was begun anew.
    JOB_REPLAYED = "job.replayed"
    #: A webhook was sent again on request.
    WEBHOOK_REDELIVERED = "webhook.redelivered"
    #: The webhook secret was replaced.
    WEBHOOK_SECRET_ROTATED = "webhook_secret.rotated"  # noqa: S105 -- the name of an action


class AuditEntry(Document):
    """One act. ``subject_id`` is an id only; ``trace_id`` finds the request in the logs."""

    id: int
    tenant_id: str
    key_id: str
    action: Action
    subject_id: str
    trace_id: str
    at: datetime


class Audit:
    """Repository of the audit trail. It is added to, and never changed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, tenant_id: str, key_id: str, action: Action, subject_id: str, trace_id: str
    ) -> None:
        """Write an act down, in the transaction that does it."""
        await self._connection.execute(
            insert(audit_entries).values(
                tenant_id=tenant_id,
                key_id=key_id,
                action=action,
                subject_id=subject_id,
                trace_id=trace_id,
            )
        )

    async def list(
        self, tenant_id: str, *, limit: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """The tenant's entries, newest first, numbered below ``before``."""
        query = (
            select(audit_entries)
            .where(audit_entries.c.tenant_id == tenant_id)
            .order_by(audit_entries.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(audit_entries.c.id < before)
        return tuple(to_document(AuditEntry, row) for row in await self._connection.execute(query))
