"""What operators bring to the diagnosis: questions, taxonomies, trained taggers."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.db.tables.schema import metadata, moment

bank_items = Table(
    "bank_items",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("language", String(2), nullable=False),
    Column("type", String(20), nullable=False),
    Column("stem", Text, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("answer", Text, nullable=False),
    Column("solution", Text, nullable=False),
    #: Names of topics as the item's author gave them.
    Column("topics", JSONB, nullable=False),
    Column("points", JSONB, nullable=False),
    #: Ids and names of the points and of all above them: what a search asks for.
    Column("filed_under", ARRAY(Text), nullable=False),
    Column("difficulty", Float),
    Column("source", String(200), nullable=False),
    #: Equal for copies of one item.
    Column("fingerprint", String(64), nullable=False),
    #: MinHash bands: near copies share at least one.
    Column("bands", ARRAY(BigInteger), nullable=False),
    moment("created_at"),
    UniqueConstraint("tenant_id", "fingerprint"),
    Index("ix_bank_items_tenant_id_subject_difficulty", "tenant_id", "subject", "difficulty"),
    Index("ix_bank_items_filed_under", "filed_under", postgresql_using="gin"),
    Index("ix_bank_items_bands", "bands", postgresql_using="gin"),
    comment="writer: the command line; read by diagnose",
)

taxonomies = Table(
    "taxonomies",
    metadata,
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("document", JSONB, nullable=False),
    moment("imported_at"),
    UniqueConstraint("tenant_id", "subject"),
    comment="writer: the command line; read by diagnose",
)

taggers = Table(
    "taggers",
    metadata,
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("language", String(2), nullable=False),
    Column("blob_key", Text, nullable=False),
    #: Provenance: what it was trained from, when, and how well it does on items held out.
    Column("card", JSONB, nullable=False),
    moment("trained_at"),
    UniqueConstraint("tenant_id", "subject", "language"),
    comment="writer: the command line; read by diagnose",
)
