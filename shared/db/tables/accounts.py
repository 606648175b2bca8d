"""Tenants, their keys and answer keys, and what was done by whom."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.tables.schema import metadata, moment

tenants = Table(
    "tenants",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    #: IANA name of where its people are, for dates in reports; None: the operator's setting.
    Column("time_zone", String(64)),
    moment("created_at"),
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
    moment("created_at"),
    moment("last_used_at", is_optional=True),
    moment("revoked_at", is_optional=True),
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
    moment("created_at"),
    moment("updated_at"),
    comment="writer: gateway",
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
    moment("at"),
    Index("ix_audit_entries_tenant_id_id", "tenant_id", "id"),
    comment="writer: gateway",
)
