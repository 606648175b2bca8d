"""Exams that were submitted together."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.contract.batches import BatchState
from shared.db.tables.schema import exam_id, metadata, moment

batches = Table(
    "batches",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    #: Students that were submitted, 0 before they are known; erased exams leave no row below.
    Column("students", Integer, nullable=False),
    moment("created_at"),
    #: The version before takes a batch when its exams exist.
    Column("state", String(10), nullable=False, server_default=BatchState.DIVIDED),
    #: What is to be divided how; None of a batch that the gateway of the version before divided.
    Column("request", JSONB),
    #: Why it cannot be divided, or the code with which the attempts ended.
    Column("refusal", JSONB),
    Column("error_code", String(40)),
    #: Somebody only wants to see the parts, which stand beside it.
    Column("is_preview", Boolean, nullable=False, server_default="false"),
    Column("parts", JSONB),
    CheckConstraint(f"state IN {tuple(map(str, BatchState))}", name="state"),
    Index("ix_batches_tenant_id_created_at", "tenant_id", "created_at"),
    comment="writer: gateway inserts, ingest divides, the relay forgets",
)

batch_exams = Table(
    "batch_exams",
    metadata,
    Column(
        "batch_id",
        Uuid(as_uuid=False),
        ForeignKey("batches.id", ondelete="CASCADE"),
        nullable=False,
    ),
    #: Place in the batch, from 1.
    Column("position", Integer, nullable=False),
    exam_id(),
    #: Set where the student's paper had been submitted before: the exam is the earlier one.
    Column("duplicate_layer", SmallInteger),
    UniqueConstraint("batch_id", "position"),
    Index("ix_batch_exams_exam_id", "exam_id"),
    comment="writer: gateway and ingest",
)
