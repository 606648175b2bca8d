"""Erasures name their folder: orders of practice papers have files of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "erasures",
        sa.Column("folder", sa.String(length=20), server_default="exams", nullable=False),
    )
    op.create_table_comment(
        "erasures",
        "writer: gateway, the relay",
        existing_comment="writer: gateway; the relay removes",
    )


def downgrade() -> None:
    op.create_table_comment(
        "erasures",
        "writer: gateway; the relay removes",
        existing_comment="writer: gateway, the relay",
    )
    op.drop_column("erasures", "folder")
