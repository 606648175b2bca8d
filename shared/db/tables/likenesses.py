"""What of an exam is compared with other exams, so that a repeated sheet is found."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import BIT, JSONB

from shared.db.tables.schema import exam_id, metadata

page_prints = Table(
    "page_prints",
    metadata,
    exam_id(),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("number", SmallInteger, nullable=False),
    #: How many pages the exam has: only exams of as many pages are compared.
    Column("pages", SmallInteger, nullable=False),
    Column("hash", BIT(256), nullable=False),
    Column("corners", LargeBinary, nullable=False),
    Column("view_key", Text, nullable=False),
    UniqueConstraint("exam_id", "number"),
    Index("ix_page_prints_tenant_id_pages", "tenant_id", "pages"),
    comment="writer: ingest",
)

answer_prints = Table(
    "answer_prints",
    metadata,
    exam_id(),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    #: Hash of all answers with their addresses.
    Column("digest", String(64), nullable=False),
    #: The print that is compared where digests are equal.
    Column("document", JSONB),
    UniqueConstraint("exam_id"),
    Index("ix_answer_prints_tenant_id_digest", "tenant_id", "digest"),
    comment="writer: parse",
)
