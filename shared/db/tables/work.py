"""What is to be done: tasks with their leases, events, the outbox and dead letters."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.tables.schema import exam_id, metadata, moment

#: Channel on which the id of a changed exam is announced.
EXAM_CHANGED = "exam_changed"
#: Channel that wakes the relay: a message is due, or a place on a queue has become free.
OUTBOX_FILLED = "outbox_filled"


class TaskState(StrEnum):
    """Where a task stands."""

    #: It waits for a worker, from when it is due.
    PENDING = "pending"
    #: A worker holds it, for as long as its lease lasts.
    RUNNING = "running"
    #: What it computed is recorded.
    DONE = "done"
    #: Nobody takes it again: its attempts are used up, or its run was left.
    DEAD = "dead"


#: States of tasks that somebody will still work on.
OPEN_STATES = (TaskState.PENDING, TaskState.RUNNING)

stage_tasks = Table(
    "stage_tasks",
    metadata,
    exam_id(),
    Column("run", Integer, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("page", Integer, nullable=False, server_default="0"),
    Column("state", String(10), nullable=False, server_default=TaskState.PENDING),
    Column("attempt", SmallInteger, nullable=False, server_default="0"),
    #: Attempts whose worker vanished: the task may be what ended it.
    Column("crashes", SmallInteger, nullable=False, server_default="0"),
    #: Those of them in which the worker did nothing else: the task is what ended it.
    Column("crashes_alone", SmallInteger, nullable=False, server_default="0"),
    #: Whether the worker that holds it does nothing else.
    Column("is_alone", Boolean, nullable=False, server_default="false"),
    Column("token", Uuid(as_uuid=False)),
    moment("lease_until", is_optional=True),
    moment("due_at"),
    #: When a relay took the message that is now on its way; None while none is.
    moment("dispatched_at", is_optional=True),
    moment("started_at", is_optional=True),
    moment("finished_at", is_optional=True),
    Column("seconds", Float),
    UniqueConstraint("exam_id", "run", "stage", "page"),
    CheckConstraint(f"state IN {tuple(map(str, TaskState))}", name="state"),
    Index("ix_stage_tasks_lease_until", "lease_until", postgresql_where=text("state = 'running'")),
    Index(
        "ix_stage_tasks_stage_finished_at",
        "stage",
        "finished_at",
        postgresql_where=text("state = 'done'"),
    ),
    Index("ix_stage_tasks_due_at", "due_at", postgresql_where=text("state = 'pending'")),
    Index(
        "ix_stage_tasks_open",
        "stage",
        "state",
        "due_at",
        postgresql_where=text("state IN ('pending', 'running')"),
    ),
    Index(
        "ix_stage_tasks_suspects",
        "stage",
        postgresql_where=text("state = 'pending' AND crashes > 0"),
    ),
    Index(
        "ix_stage_tasks_dispatched_at",
        "dispatched_at",
        postgresql_where=text("dispatched_at IS NOT NULL AND state IN ('pending', 'running')"),
    ),
    comment="writer: whoever moves an exam",
)

#: The two below are written out, not passed: only so does an index of theirs serve a plan that is
#: made once for all parameters.
IS_OPEN = stage_tasks.c.state.in_([literal_column(f"'{state}'") for state in OPEN_STATES])
IS_RUNNING = stage_tasks.c.state == literal_column(f"'{TaskState.RUNNING}'")

events = Table(
    "events",
    metadata,
    exam_id(),
    Column("sequence", Integer, nullable=False),
    Column("run", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("progress", SmallInteger, nullable=False),
    Column("stage", String(20)),
    Column("page", Integer),
    Column("error_code", String(40)),
    moment("at"),
    UniqueConstraint("exam_id", "sequence"),
    comment="writer: the stage runner and the gateway",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    exam_id(),
    Column("tenant_id", Uuid(as_uuid=False), nullable=False),
    Column("run", Integer, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("page", Integer, nullable=False, server_default="0"),
    Column("queue", String(20), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("message", JSONB, nullable=False),
    moment("created_at"),
    moment("available_at"),
    moment("claimed_until", is_optional=True),
    moment("published_at", is_optional=True),
    ForeignKeyConstraint(
        ["exam_id", "run", "stage", "page"],
        ["stage_tasks.exam_id", "stage_tasks.run", "stage_tasks.stage", "stage_tasks.page"],
        ondelete="CASCADE",
    ),
    Index("ix_outbox_available_at", "available_at", postgresql_where=text("published_at IS NULL")),
    Index(
        "ix_outbox_lines",
        "stage",
        "priority",
        "tenant_id",
        "available_at",
        "id",
        postgresql_where=text("published_at IS NULL"),
    ),
    Index("ix_outbox_exam_id_run_stage_page", "exam_id", "run", "stage", "page"),
    comment="writer: whoever moves an exam inserts, the relay publishes",
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    exam_id(),
    Column("tenant_id", Uuid(as_uuid=False), nullable=False),
    Column("run", Integer, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("page", Integer, nullable=False, server_default="0"),
    Column("code", String(40), nullable=False),
    #: The exception's type and the line that raised it; never its text, which may quote a paper.
    Column("error", Text, nullable=False),
    Column("message", JSONB, nullable=False),
    moment("created_at"),
    moment("resolved_at", is_optional=True),
    #: replayed or discarded
    Column("resolution", String(10)),
    comment="writer: the stage runner; resolution by the gateway and the command line",
)

erasures = Table(
    "erasures",
    metadata,
    #: No foreign key: the exam's row is gone, or has nothing but its state.
    Column("exam_id", Uuid(as_uuid=False), primary_key=True),
    #: Where the id's files lie: below exams, practice-papers for an order of its own, or batches.
    Column("folder", String(20), nullable=False, server_default="exams"),
    moment("due_at"),
    comment="writer: gateway, ingest, the relay",
)
