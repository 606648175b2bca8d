"""Class reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "class_reports",
        sa.Column("paper_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("wanted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("computed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "stale_since",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_class_reports_paper_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_class_reports_tenant_id")
        ),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_class_reports")),
        comment="writer: diagnose; whoever completes or erases an exam counts wanted up",
    )
    op.create_index(
        "ix_class_reports_stale",
        "class_reports",
        ["stale_since"],
        unique=False,
        postgresql_where=sa.text("computed < wanted"),
    )
    op.execute(
        "INSERT INTO class_reports (paper_id, tenant_id, wanted) "
        "SELECT DISTINCT papers.id, papers.tenant_id, 1 FROM papers "
        "JOIN exams ON exams.paper_id = papers.id WHERE exams.status = 'COMPLETED'"
    )


def downgrade() -> None:
    op.drop_index(
        "ix_class_reports_stale",
        table_name="class_reports",
        postgresql_where=sa.text("computed < wanted"),
    )
    op.drop_table("class_reports")
