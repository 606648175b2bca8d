"""A batch has one job of a kind."""

from alembic import op

from shared.db.migrations import concurrently

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrently.create_index("uq_jobs_batch_id_kind", "jobs", ["batch_id", "kind"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_jobs_batch_id_kind", table_name="jobs")
