"""What all tables share: names of constraints and two kinds of columns."""

from sqlalchemy import Column, DateTime, ForeignKey, MetaData, Uuid, func

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
