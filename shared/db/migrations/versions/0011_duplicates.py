"""Prints of pages and answers, and which exam repeats which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "exams",
        sa.Column("is_forced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("exams", sa.Column("duplicate_of", sa.Uuid(as_uuid=False), nullable=True))
    op.add_column("exams", sa.Column("duplicate_layer", sa.SmallInteger(), nullable=True))
    op.create_index(
        "ix_exams_duplicate_of",
        "exams",
        ["duplicate_of"],
        unique=False,
        postgresql_where=sa.text("duplicate_of IS NOT NULL"),
    )
    op.create_table(
        "page_prints",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("pages", sa.SmallInteger(), nullable=False),
        sa.Column("hash", postgresql.BIT(length=256), nullable=False),
        sa.Column("corners", sa.LargeBinary(), nullable=False),
        sa.Column("view_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_page_prints_exam_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_page_prints_tenant_id")
        ),
        sa.UniqueConstraint("exam_id", "number", name=op.f("uq_page_prints_exam_id_number")),
        comment="writer: ingest",
    )
    op.create_index(
        "ix_page_prints_tenant_id_pages", "page_prints", ["tenant_id", "pages"], unique=False
    )
    op.create_table(
        "answer_prints",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_answer_prints_exam_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_answer_prints_tenant_id")
        ),
        sa.UniqueConstraint("exam_id", name=op.f("uq_answer_prints_exam_id")),
        comment="writer: parse",
    )
    op.create_index(
        "ix_answer_prints_tenant_id_digest", "answer_prints", ["tenant_id", "digest"], unique=False
    )


def downgrade() -> None:
    op.drop_table("answer_prints")
    op.drop_table("page_prints")
    op.drop_index("ix_exams_duplicate_of", table_name="exams")
    op.drop_column("exams", "duplicate_layer")
    op.drop_column("exams", "duplicate_of")
    op.drop_column("exams", "is_forced")
