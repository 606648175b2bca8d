"""Exams that were submitted together."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    UniqueConstraint,
    Uuid,
)

from shared.db.tables.schema import exam_id, metadata, moment

batches = Table(
    "batches",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    #: Students that were submitted; erased exams leave no row below.
    Column("students", Integer, nullable=False),
    moment("created_at"),
    Index("ix_batches_tenant_id_created_at", "tenant_id", "created_at"),
    comment="writer: gateway",
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
    comment="writer: gateway",
)
