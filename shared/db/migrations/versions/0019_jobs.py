"""Jobs: practice papers, class reports and webhooks are work of queues; an order is cancelled."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COMMENTS = {
    "practice_papers": (
        "writer: gateway inserts, the job runner moves the state, the relay forgets",
        "writer: gateway inserts, the practice runner moves the state, the relay forgets",
    ),
    "webhook_secrets": (
        "writer: gateway and report",
        "writer: gateway and the webhook dispatcher",
    ),
    "webhook_targets": (
        "writer: report; enabled again by the gateway",
        "writer: the webhook dispatcher; enabled again by the gateway",
    ),
    "webhook_deliveries": (
        "writer: whoever moves an exam; redelivery by the gateway",
        "writer: the webhook dispatcher; redelivery by the gateway",
    ),
}


def _moment(name: str, *, is_optional: bool = True) -> "sa.Column[object]":
    default = None if is_optional else sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=is_optional)


def _count(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.SmallInteger(), server_default="0", nullable=False)


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("queue", sa.String(length=20), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=True),
        sa.Column("paper_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("traceparent", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=10), server_default="pending", nullable=False),
        _count("attempt"),
        _count("crashes"),
        _count("crashes_alone"),
        sa.Column("is_alone", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("token", sa.Uuid(), nullable=True),
        _moment("lease_until"),
        _moment("due_at", is_optional=False),
        _moment("dispatched_at"),
        _moment("created_at", is_optional=False),
        _moment("started_at"),
        _moment("finished_at"),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'dead', 'dropped')",
            name=op.f("ck_jobs_state"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(practice_id, paper_id, delivery_id) = 1", name=op.f("ck_jobs_subject")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_jobs_tenant_id")),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice_papers.id"],
            name=op.f("fk_jobs_practice_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["class_reports.paper_id"],
            name=op.f("fk_jobs_paper_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_deliveries.id"],
            name=op.f("fk_jobs_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("practice_id", "kind", name=op.f("uq_jobs_practice_id_kind")),
        sa.UniqueConstraint("paper_id", "kind", name=op.f("uq_jobs_paper_id_kind")),
        sa.UniqueConstraint("delivery_id", "kind", name=op.f("uq_jobs_delivery_id_kind")),
        comment="writer: whoever wants a job, the job runner, the relay",
    )
    op.create_index(
        "ix_jobs_queue",
        "jobs",
        ["queue"],
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.create_index(
        "ix_jobs_dead", "jobs", ["created_at"], postgresql_where=sa.text("state = 'dead'")
    )
    op.create_index(
        "ix_jobs_kind_finished_at",
        "jobs",
        ["kind", "finished_at"],
        postgresql_where=sa.text("state = 'done'"),
    )
    op.add_column(
        "practice_papers", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True)
    )
    for table, (comment, existing) in _COMMENTS.items():
        op.create_table_comment(table, comment, existing_comment=existing)


def downgrade() -> None:
    for table, (comment, existing) in _COMMENTS.items():
        op.create_table_comment(table, existing, existing_comment=comment)
    op.drop_column("practice_papers", "cancelled_at")
    op.drop_table("jobs")
