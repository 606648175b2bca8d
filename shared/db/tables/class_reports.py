"""Class reports: one per paper, computed again after its exams have changed."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.tables.schema import metadata, moment

class_reports = Table(
    "class_reports",
    metadata,
    Column(
        "paper_id",
        Uuid(as_uuid=False),
        ForeignKey("papers.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    #: Counts changes of the paper's exams; the report is of the change numbered ``computed``.
    Column("wanted", BigInteger, nullable=False, server_default="0"),
    Column("computed", BigInteger, nullable=False, server_default="0"),
    Column("document", JSONB),
    moment("computed_at", is_optional=True),
    #: Of the version before: its job holds the lease now.
    moment("lease_until", is_optional=True),
    moment("stale_since"),
    Index("ix_class_reports_stale", "stale_since", postgresql_where=text("computed < wanted")),
    comment="writer: diagnose; whoever completes or erases an exam counts wanted up",
)
