"""What all tables share: names of constraints, kinds of columns and of tables."""

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def moment(name: str, *, is_optional: bool = False) -> "Column[object]":
    """A point in time, now unless given."""
    if is_optional:
        return Column(name, DateTime(timezone=True))
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def exam_id() -> "Column[object]":
    """The exam a row belongs to and goes with."""
    return Column(
        "exam_id", Uuid(as_uuid=False), ForeignKey("exams.id", ondelete="CASCADE"), nullable=False
    )


def stage_document(name: str, writer: str) -> Table:
    """A table of one JSON document per exam and run."""
    return Table(
        name,
        metadata,
        exam_id(),
        Column("run", Integer, nullable=False),
        Column("document", JSONB, nullable=False),
        UniqueConstraint("exam_id", "run"),
        comment=f"writer: {writer}",
    )
