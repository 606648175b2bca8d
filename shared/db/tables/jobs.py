"""Jobs: what waits in the queues beside those of the exams' stages."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from shared.db.tables.schema import metadata, moment

#: What a notification on OUTBOX_FILLED says when it is about jobs.
JOBS_DUE = "jobs"


class JobState(StrEnum):
    """Where a job stands."""

    #: It waits for a worker, from when it is due.
    PENDING = "pending"
    #: A worker holds it, for as long as its lease lasts.
    RUNNING = "running"
    #: It is done, until somebody wants it done again.
    DONE = "done"
    #: Its attempts are used up: a dead letter, until a person decides.
    DEAD = "dead"
    #: Nobody does it any more: cancelled, discarded, or its input is bad.
    DROPPED = "dropped"


jobs = Table(
    "jobs",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, server_default=text("gen_random_uuid()")),
    Column("kind", String(20), nullable=False),
    Column("queue", String(20), nullable=False),
    Column("tenant_id", Uuid(as_uuid=False), ForeignKey("tenants.id"), nullable=False),
    #: What it is about, one of four; it takes its jobs with it.
    Column(
        "practice_id", Uuid(as_uuid=False), ForeignKey("practice_papers.id", ondelete="CASCADE")
    ),
    Column(
        "paper_id", Uuid(as_uuid=False), ForeignKey("class_reports.paper_id", ondelete="CASCADE")
    ),
    Column(
        "delivery_id", Uuid(as_uuid=False), ForeignKey("webhook_deliveries.id", ondelete="CASCADE")
    ),
    Column("batch_id", Uuid(as_uuid=False), ForeignKey("batches.id", ondelete="CASCADE")),
    Column("priority", SmallInteger, nullable=False),
    Column("traceparent", String(60)),
    Column("state", String(10), nullable=False, server_default=JobState.PENDING),
    Column("attempt", SmallInteger, nullable=False, server_default="0"),
    #: Attempts whose worker vanished, and those of them in which it did nothing else.
    Column("crashes", SmallInteger, nullable=False, server_default="0"),
    Column("crashes_alone", SmallInteger, nullable=False, server_default="0"),
    Column("is_alone", Boolean, nullable=False, server_default="false"),
    Column("token", Uuid(as_uuid=False)),
    moment("lease_until", is_optional=True),
    moment("due_at"),
    #: When a relay took it to publish its message; None while no message is on its way.
    moment("dispatched_at", is_optional=True),
    moment("created_at"),
    moment("started_at", is_optional=True),
    moment("finished_at", is_optional=True),
    Column("seconds", Float),
    Column("error_code", String(40)),
    #: The exception's type and the line that raised it; never its text.
    Column("error", Text),
    CheckConstraint(f"state IN {tuple(map(str, JobState))}", name="state"),
    CheckConstraint(
        "num_nonnulls(practice_id, paper_id, delivery_id, batch_id) = 1", name="one_subject"
    ),
    UniqueConstraint("practice_id", "kind"),
    UniqueConstraint("paper_id", "kind"),
    UniqueConstraint("delivery_id", "kind"),
    Index("uq_jobs_batch_id_kind", "batch_id", "kind", unique=True),
    Index("ix_jobs_queue", "queue", postgresql_where=text("state IN ('pending', 'running')")),
    Index("ix_jobs_dead", "created_at", postgresql_where=text("state = 'dead'")),
    Index(
        "ix_jobs_kind_finished_at", "kind", "finished_at", postgresql_where=text("state = 'done'")
    ),
    comment="writer: whoever wants a job, the job runner, the relay",
)
