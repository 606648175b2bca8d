"""An index that finds the tasks a stage finished last, for estimates of the remaining time."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import concurrently

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrently.create_index(
        "ix_stage_tasks_stage_finished_at",
        "stage_tasks",
        ["stage", "finished_at"],
        postgresql_where=sa.text("state = 'done'"),
    )


def downgrade() -> None:
    op.drop_index("ix_stage_tasks_stage_finished_at", table_name="stage_tasks")
