"""What the model client and the caches of the diagnosis keep."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Float, Index, Integer, String, Table
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.tables.schema import metadata

cache_entries = Table(
    "cache_entries",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_cache_entries_expires_at", "expires_at"),
    comment="writer: diagnose",
)

cache_counts = Table(
    "cache_counts",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("tier", String(20), primary_key=True),
    Column("outcome", String(20), primary_key=True),
    Column("count", BigInteger, nullable=False),
    comment="writer: diagnose",
)

model_spend = Table(
    "model_spend",
    metadata,
    Column("day", Date, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cost", Float, nullable=False),
    comment="writer: diagnose",
)
