"""Indexes of the tasks that somebody will still work on, and of the suspects among them."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import concurrently

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrently.create_index(
        "ix_stage_tasks_open",
        "stage_tasks",
        ["stage", "state", "due_at"],
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    concurrently.create_index(
        "ix_stage_tasks_suspects",
        "stage_tasks",
        ["stage"],
        postgresql_where=sa.text("state = 'pending' AND crashes > 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_stage_tasks_suspects", table_name="stage_tasks")
    op.drop_index("ix_stage_tasks_open", table_name="stage_tasks")
