"""Receivers of events and what was delivered to them."""

from sqlalchemy import (
    BigInteger,
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

from shared.db.tables.schema import exam_id, metadata, moment

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False, index=True),
    #: Kept readable, because every message is signed with it.
    Column("secret", String(100), nullable=False),
    moment("created_at"),
    #: Set by a rotation: until then both secrets sign.
    moment("retires_at", is_optional=True),
    comment="writer: gateway and report",
)

webhook_targets = Table(
    "webhook_targets",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("url", Text, nullable=False),
    #: Deliveries in a row that used up all attempts.
    Column("failures", Integer, nullable=False, server_default="0"),
    moment("disabled_at", is_optional=True),
    UniqueConstraint("tenant_id", "url"),
    comment="writer: report; enabled again by the gateway",
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    exam_id(),
    Column("run", Integer, nullable=False),
    Column("url", Text, nullable=False),
    #: pending, delivered or failed
    Column("state", String(10), nullable=False, server_default="pending"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("last_status", SmallInteger),
    Column("last_error", String(40)),
    moment("created_at"),
    moment("due_at"),
    moment("attempted_at", is_optional=True),
    UniqueConstraint("exam_id", "run"),
    CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state"),
    Index("ix_webhook_deliveries_due_at", "due_at", postgresql_where=text("state = 'pending'")),
    Index("ix_webhook_deliveries_tenant_id_created_at", "tenant_id", "created_at"),
    comment="writer: whoever moves an exam; redelivery by the gateway",
)
