"""Links that show one exam to whoever has them."""

from sqlalchemy import Column, DateTime, ForeignKey, Index, String, Table, Uuid

from shared.db.tables.schema import exam_id, metadata, moment

share_links = Table(
    "share_links",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    exam_id(),
    #: The key that made it, whose hash signs it.
    Column("key_id", String(32), nullable=False),
    moment("created_at"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    moment("revoked_at", is_optional=True),
    Index("ix_share_links_exam_id", "exam_id"),
    comment="writer: gateway",
)
