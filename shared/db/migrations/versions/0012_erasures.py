"""Exams whose files are erased twice: a worker in the act may write after the first time."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("exam_id", name=op.f("pk_erasures")),
        comment="writer: gateway; the relay removes",
    )


def downgrade() -> None:
    op.drop_table("erasures")
