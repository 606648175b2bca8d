"""Practice papers: those of an exam's run, and those that clients ask for."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.tables.schema import metadata, moment, stage_document

practices = stage_document("practices", "diagnose")

practice_papers = Table(
    "practice_papers",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    #: The exam whose weak points are practised; it takes its practice papers with it.
    Column("exam_id", Uuid(as_uuid=False), ForeignKey("exams.id", ondelete="CASCADE"), index=True),
    Column("request", JSONB, nullable=False),
    Column("step", String(30), nullable=False),
    #: pending, running (of the version before), ready, or failed: that also when it was cancelled
    Column("state", String(10), nullable=False, server_default="pending"),
    #: These five were of the version before: its jobs hold them now.
    Column("attempt", SmallInteger, nullable=False, server_default="0"),
    Column("crashes", SmallInteger, nullable=False, server_default="0"),
    Column("token", Uuid(as_uuid=False)),
    moment("lease_until", is_optional=True),
    moment("due_at"),
    Column("error_code", String(40)),
    Column("paper", JSONB),
    Column("files", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    moment("created_at"),
    moment("completed_at", is_optional=True),
    moment("cancelled_at", is_optional=True),
    CheckConstraint("state IN ('pending', 'running', 'ready', 'failed')", name="state"),
    Index("ix_practice_papers_tenant_id_created_at_id", "tenant_id", "created_at", "id"),
    Index(
        "ix_practice_papers_due_at",
        "due_at",
        postgresql_where=text("state IN ('pending', 'running')"),
    ),
    comment="writer: gateway inserts, the job runner moves the state, the relay forgets",
)
