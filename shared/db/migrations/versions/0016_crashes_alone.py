"""Crashes of a worker that did nothing else: only those show which task ended it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "stage_tasks",
        sa.Column("crashes_alone", sa.SmallInteger(), server_default="0", nullable=False),
    )
    op.add_column(
        "stage_tasks",
        sa.Column("is_alone", sa.Boolean(), server_default="false", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("stage_tasks", "is_alone")
    op.drop_column("stage_tasks", "crashes_alone")
