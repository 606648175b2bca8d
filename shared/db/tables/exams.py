"""Exams, what was uploaded for them and the documents that the stages wrote."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.tables.schema import exam_id, metadata, moment, stage_document

exams = Table(
    "exams",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("run", Integer, nullable=False, server_default="1"),
    Column("priority", SmallInteger, nullable=False),
    Column("paper_id", Uuid(as_uuid=False), ForeignKey("papers.id"), index=True),
    Column("student_ref", String(200)),
    Column("subject", String(60)),
    Column("grade", String(60)),
    Column("language", String(2), nullable=False),
    Column("callback_url", Text),
    Column("progress", SmallInteger, nullable=False, server_default="0"),
    Column("pages_total", Integer, nullable=False, server_default="0"),
    Column("pages_done", Integer, nullable=False, server_default="0"),
    Column("is_cancel_requested", Boolean, nullable=False, server_default=text("false")),
    Column("error_code", String(40)),
    Column("failed_stage", String(20)),
    #: Taken although it may repeat another exam.
    Column("is_forced", Boolean, nullable=False, server_default=text("false")),
    #: The exam that this one repeats, and the layer that found it. That exam may be erased later.
    Column("duplicate_of", Uuid(as_uuid=False)),
    Column("duplicate_layer", SmallInteger),
    Column("event_sequence", Integer, nullable=False, server_default="0"),
    moment("created_at"),
    moment("updated_at"),
    moment("completed_at", is_optional=True),
    CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
    Index("ix_exams_tenant_id_created_at_id", "tenant_id", "created_at", "id"),
    Index(
        "ix_exams_tenant_id_student_ref",
        "tenant_id",
        "student_ref",
        "created_at",
        postgresql_where=text("student_ref IS NOT NULL"),
    ),
    Index("ix_exams_status", "status"),
    Index(
        "ix_exams_duplicate_of", "duplicate_of", postgresql_where=text("duplicate_of IS NOT NULL")
    ),
    Index(
        "ix_exams_completed_at",
        "completed_at",
        postgresql_where=text("callback_url IS NOT NULL AND completed_at IS NOT NULL"),
    ),
    comment="writer: gateway inserts, the stage runner moves the state, the relay forgets",
)

uploads = Table(
    "uploads",
    metadata,
    exam_id(),
    Column("ordinal", Integer, nullable=False),
    Column("blob_key", Text, nullable=False),
    Column("media_type", String(60), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    UniqueConstraint("exam_id", "ordinal"),
    comment="writer: gateway and ingest",
)

exam_identities = Table(
    "exam_identities",
    metadata,
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    #: 1: same bytes, paper and student. 2: same paper, student and sitting.
    Column("layer", SmallInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    exam_id(),
    UniqueConstraint("tenant_id", "layer", "digest"),
    Index("ix_exam_identities_exam_id", "exam_id"),
    comment="writer: gateway and ingest",
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("key", String(255), nullable=False),
    #: Names the request that holds the key, so that one taken over cannot finish.
    Column("holder", Uuid(as_uuid=False), nullable=False),
    moment("held_until"),
    #: Hash of the request and what it was answered; empty while it is being served.
    Column("fingerprint", String(64)),
    Column("answer", JSONB),
    moment("created_at"),
    UniqueConstraint("tenant_id", "key"),
    Index("ix_idempotency_keys_created_at", "created_at"),
    comment="writer: gateway",
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    exam_id(),
    #: The run that was begun to apply it.
    Column("run", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    #: Only the corrected fields.
    Column("change", JSONB, nullable=False),
    Column("key_id", String(32), nullable=False),
    moment("created_at"),
    Index("ix_corrections_exam_id_ordinal", "exam_id", "ordinal"),
    comment="writer: gateway; read by diagnose",
)


pages = Table(
    "pages",
    metadata,
    exam_id(),
    Column("run", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    UniqueConstraint("exam_id", "run", "number"),
    comment="writer: ingest",
)

page_texts = Table(
    "page_texts",
    metadata,
    exam_id(),
    Column("run", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    UniqueConstraint("exam_id", "run", "number"),
    comment="writer: ocr",
)

read_papers = stage_document("read_papers", "parse")

analyses = stage_document("analyses", "diagnose")

diagnoses = stage_document("diagnoses", "diagnose")

artefacts = Table(
    "artefacts",
    metadata,
    exam_id(),
    Column("run", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("blob_key", Text, nullable=False),
    Column("media_type", String(60), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    UniqueConstraint("exam_id", "run", "kind"),
    comment="writer: report",
)
