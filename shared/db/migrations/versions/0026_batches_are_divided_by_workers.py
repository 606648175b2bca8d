"""Batches are divided after they were accepted: they have a state, an order and a job."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

_COMMENTS = {
    "batches": ("writer: gateway inserts, ingest divides, the relay forgets", "writer: gateway"),
    "batch_exams": ("writer: gateway and ingest", "writer: gateway"),
    "uploads": ("writer: gateway and ingest", "writer: gateway"),
    "exam_identities": ("writer: gateway and ingest", "writer: gateway"),
    "erasures": ("writer: gateway, ingest, the relay", "writer: gateway, the relay"),
}


def upgrade() -> None:
    op.add_column(
        "batches",
        sa.Column("state", sa.String(length=10), server_default="divided", nullable=False),
    )
    op.add_column("batches", sa.Column("request", postgresql.JSONB(), nullable=True))
    op.add_column("batches", sa.Column("refusal", postgresql.JSONB(), nullable=True))
    op.add_column("batches", sa.Column("error_code", sa.String(length=40), nullable=True))
    op.add_column(
        "batches", sa.Column("is_preview", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("batches", sa.Column("parts", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_batches_state"),
        "batches",
        "state IN ('dividing', 'divided', 'refused', 'failed', 'cancelled')",
    )
    op.add_column("jobs", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_jobs_batch_id"), "jobs", "batches", ["batch_id"], ["id"], ondelete="CASCADE"
    )
    op.create_check_constraint(
        op.f("ck_jobs_one_subject"),
        "jobs",
        "num_nonnulls(practice_id, paper_id, delivery_id, batch_id) = 1",
    )
    # What it forbade, the one before this line still forbids, but for batches.
    op.drop_constraint(op.f("ck_jobs_subject"), "jobs", type_="check")
    for table, (comment, existing) in _COMMENTS.items():
        op.create_table_comment(table, comment, existing_comment=existing)


def downgrade() -> None:
    for table, (comment, existing) in _COMMENTS.items():
        op.create_table_comment(table, existing, existing_comment=comment)
    op.drop_constraint(op.f("ck_jobs_one_subject"), "jobs", type_="check")
    op.execute("DELETE FROM jobs WHERE batch_id IS NOT NULL")
    op.drop_column("jobs", "batch_id")
    op.create_check_constraint(
        op.f("ck_jobs_subject"), "jobs", "num_nonnulls(practice_id, paper_id, delivery_id) = 1"
    )
    op.drop_constraint(op.f("ck_batches_state"), "batches", type_="check")
    # The version before knows none but batches with exams.
    op.execute("DELETE FROM batches WHERE is_preview OR state <> 'divided'")
    for column in ("parts", "is_preview", "error_code", "refusal", "request", "state"):
        op.drop_column("batches", column)
