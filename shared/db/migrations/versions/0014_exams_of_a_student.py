"""The exams of one student, for trends."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import concurrently

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrently.create_index(
        "ix_exams_tenant_id_student_ref",
        "exams",
        ["tenant_id", "student_ref", "created_at"],
        postgresql_where=sa.text("student_ref IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_exams_tenant_id_student_ref",
        table_name="exams",
        postgresql_where=sa.text("student_ref IS NOT NULL"),
    )
