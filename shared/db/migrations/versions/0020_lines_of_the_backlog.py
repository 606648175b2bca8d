"""An index along which the relay finds the front of every line of the backlog."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import concurrently

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrently.create_index(
        "ix_outbox_lines",
        "outbox",
        ["stage", "priority", "tenant_id", "available_at", "id"],
        postgresql_where=sa.text("published_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_lines", table_name="outbox")
