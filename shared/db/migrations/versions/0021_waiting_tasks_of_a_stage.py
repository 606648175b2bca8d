"""Indexes that tell at once whether anybody waits for a stage, and which suspects of a crash do."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import concurrently

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrently.create_index(
        "ix_stage_tasks_stage_due_at",
        "stage_tasks",
        ["stage", "due_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    concurrently.create_index(
        "ix_stage_tasks_suspects",
        "stage_tasks",
        ["stage"],
        postgresql_where=sa.text("state = 'pending' AND crashes > 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_stage_tasks_suspects", table_name="stage_tasks")
    op.drop_index("ix_stage_tasks_stage_due_at", table_name="stage_tasks")
