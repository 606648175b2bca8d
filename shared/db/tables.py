"""All tables. The comment of each names its single writer."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

#: Channel that wakes the relay: a message is due, or a place on a queue has become free.
OUTBOX_FILLED = "outbox_filled"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _moment(name: str, *, is_optional: bool = False) -> "Column[object]":
    if is_optional:
        return Column(name, DateTime(timezone=True))
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def _exam_id() -> "Column[object]":
    return Column(
        "exam_id", Uuid(as_uuid=False), ForeignKey("exams.id", ondelete="CASCADE"), nullable=False
    )


tenants = Table(
    "tenants",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    _moment("created_at"),
    comment="writer: gateway",
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("scopes", ARRAY(String(20)), nullable=False),
    _moment("created_at"),
    _moment("last_used_at", is_optional=True),
    _moment("revoked_at", is_optional=True),
    comment="writer: gateway",
)

papers = Table(
    "papers",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False, index=True),
    Column("title", String(300), nullable=False),
    Column("subject", String(60)),
    Column("grade", String(60)),
    Column("answer_key", JSONB, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    _moment("created_at"),
    _moment("updated_at"),
    comment="writer: gateway",
)

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
    Column("event_sequence", Integer, nullable=False, server_default="0"),
    _moment("created_at"),
    _moment("updated_at"),
    _moment("completed_at", is_optional=True),
    CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
    Index("ix_exams_tenant_id_created_at_id", "tenant_id", "created_at", "id"),
    Index("ix_exams_status", "status"),
    Index(
        "ix_exams_completed_at",
        "completed_at",
        postgresql_where=text("callback_url IS NOT NULL AND completed_at IS NOT NULL"),
    ),
    comment="writer: gateway inserts, the stage runner moves the state",
)

uploads = Table(
    "uploads",
    metadata,
    _exam_id(),
    Column("ordinal", Integer, nullable=False),
    Column("blob_key", Text, nullable=False),
    Column("media_type", String(60), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    UniqueConstraint("exam_id", "ordinal"),
    comment="writer: gateway",
)


def _stage_document(name: str, writer: str) -> Table:
    """A table of one JSON document per exam and run."""
    return Table(
        name,
        metadata,
        _exam_id(),
        Column("run", Integer, nullable=False),
        Column("document", JSONB, nullable=False),
        UniqueConstraint("exam_id", "run"),
        comment=f"writer: {writer}",
    )


pages = Table(
    "pages",
    metadata,
    _exam_id(),
    Column("run", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    UniqueConstraint("exam_id", "run", "number"),
    comment="writer: ingest",
)

page_texts = Table(
    "page_texts",
    metadata,
    _exam_id(),
    Column("run", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    UniqueConstraint("exam_id", "run", "number"),
    comment="writer: ocr",
)

read_papers = _stage_document("read_papers", "parse")
analyses = _stage_document("analyses", "diagnose")
diagnoses = _stage_document("diagnoses", "diagnose")

artefacts = Table(
    "artefacts",
    metadata,
    _exam_id(),
    Column("run", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("blob_key", Text, nullable=False),
    Column("media_type", String(60), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    UniqueConstraint("exam_id", "run", "kind"),
    comment="writer: report",
)

stage_tasks = Table(
    "stage_tasks",
    metadata,
    _exam_id(),
    Column("run", Integer, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("page", Integer, nullable=False, server_default="0"),
    #: pending, running, done or dead
    Column("state", String(10), nullable=False, server_default="pending"),
    Column("attempt", SmallInteger, nullable=False, server_default="0"),
    #: Attempts whose worker vanished: the task may be what ended it.
    Column("crashes", SmallInteger, nullable=False, server_default="0"),
    Column("token", Uuid(as_uuid=False)),
    _moment("lease_until", is_optional=True),
    _moment("due_at"),
    #: When a relay took the message that is now on its way; None while none is.
    _moment("dispatched_at", is_optional=True),
    _moment("started_at", is_optional=True),
    _moment("finished_at", is_optional=True),
    Column("seconds", Float),
    UniqueConstraint("exam_id", "run", "stage", "page"),
    CheckConstraint("state IN ('pending', 'running', 'done', 'dead')", name="state"),
    Index("ix_stage_tasks_lease_until", "lease_until", postgresql_where=text("state = 'running'")),
    Index("ix_stage_tasks_due_at", "due_at", postgresql_where=text("state = 'pending'")),
    Index(
        "ix_stage_tasks_dispatched_at",
        "dispatched_at",
        postgresql_where=text("dispatched_at IS NOT NULL AND state IN ('pending', 'running')"),
    ),
    comment="writer: the stage runner and the relay",
)

events = Table(
    "events",
    metadata,
    _exam_id(),
    Column("sequence", Integer, nullable=False),
    Column("run", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("progress", SmallInteger, nullable=False),
    Column("stage", String(20)),
    Column("page", Integer),
    Column("error_code", String(40)),
    _moment("at"),
    UniqueConstraint("exam_id", "sequence"),
    comment="writer: the stage runner and the gateway",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _exam_id(),
    Column("tenant_id", Uuid(as_uuid=False), nullable=False),
    Column("run", Integer, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("page", Integer, nullable=False, server_default="0"),
    Column("queue", String(20), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("message", JSONB, nullable=False),
    _moment("created_at"),
    _moment("available_at"),
    _moment("claimed_until", is_optional=True),
    _moment("published_at", is_optional=True),
    ForeignKeyConstraint(
        ["exam_id", "run", "stage", "page"],
        ["stage_tasks.exam_id", "stage_tasks.run", "stage_tasks.stage", "stage_tasks.page"],
        ondelete="CASCADE",
    ),
    Index("ix_outbox_available_at", "available_at", postgresql_where=text("published_at IS NULL")),
    Index("ix_outbox_exam_id_run_stage_page", "exam_id", "run", "stage", "page"),
    comment="writer: whoever moves an exam inserts, the relay publishes",
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _exam_id(),
    Column("tenant_id", Uuid(as_uuid=False), nullable=False),
    Column("run", Integer, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("page", Integer, nullable=False, server_default="0"),
    Column("code", String(40), nullable=False),
    #: The exception's type and the line that raised it; never its text, which may quote a paper.
    Column("error", Text, nullable=False),
    Column("message", JSONB, nullable=False),
    _moment("created_at"),
    _moment("resolved_at", is_optional=True),
    #: replayed or discarded
    Column("resolution", String(10)),
    comment="writer: the stage runner; resolution by the gateway and the command line",
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("key", String(255), nullable=False),
    #: Names the request that holds the key, so that one taken over cannot finish.
    Column("holder", Uuid(as_uuid=False), nullable=False),
    _moment("held_until"),
    #: Hash of the request and what it was answered; empty while it is being served.
    Column("fingerprint", String(64)),
    Column("answer", JSONB),
    _moment("created_at"),
    UniqueConstraint("tenant_id", "key"),
    Index("ix_idempotency_keys_created_at", "created_at"),
    comment="writer: gateway",
)

exam_identities = Table(
    "exam_identities",
    metadata,
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    #: 1: same bytes, paper and student. 2: same paper, student and sitting.
    Column("layer", SmallInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    _exam_id(),
    UniqueConstraint("tenant_id", "layer", "digest"),
    Index("ix_exam_identities_exam_id", "exam_id"),
    comment="writer: gateway",
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _exam_id(),
    #: The run that was begun to apply it.
    Column("run", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    #: Only the corrected fields.
    Column("change", JSONB, nullable=False),
    Column("key_id", String(32), nullable=False),
    _moment("created_at"),
    Index("ix_corrections_exam_id_ordinal", "exam_id", "ordinal"),
    comment="writer: gateway; read by diagnose",
)

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False, index=True),
    #: Kept readable, because every message is signed with it.
    Column("secret", String(100), nullable=False),
    _moment("created_at"),
    #: Set by a rotation: until then both secrets sign.
    _moment("retires_at", is_optional=True),
    comment="writer: gateway and the webhook dispatcher",
)

webhook_targets = Table(
    "webhook_targets",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("url", Text, nullable=False),
    #: Deliveries in a row that used up all attempts.
    Column("failures", Integer, nullable=False, server_default="0"),
    _moment("disabled_at", is_optional=True),
    UniqueConstraint("tenant_id", "url"),
    comment="writer: the webhook dispatcher; enabled again by the gateway",
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    _exam_id(),
    Column("run", Integer, nullable=False),
    Column("url", Text, nullable=False),
    #: pending, delivered or failed
    Column("state", String(10), nullable=False, server_default="pending"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("last_status", SmallInteger),
    Column("last_error", String(40)),
    _moment("created_at"),
    _moment("due_at"),
    _moment("attempted_at", is_optional=True),
    UniqueConstraint("exam_id", "run"),
    CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state"),
    Index("ix_webhook_deliveries_due_at", "due_at", postgresql_where=text("state = 'pending'")),
    Index("ix_webhook_deliveries_tenant_id_created_at", "tenant_id", "created_at"),
    comment="writer: the webhook dispatcher; redelivery by the gateway",
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("action", String(40), nullable=False),
    #: The id of what was acted on; no foreign key, because the entry outlives it.
    Column("subject_id", String(40), nullable=False),
    #: The request's trace id.
    Column("trace_id", String(32), nullable=False),
    _moment("at"),
    Index("ix_audit_entries_tenant_id_id", "tenant_id", "id"),
    comment="writer: gateway",
)
