"""Batches: exams that were submitted together."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_batches_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        comment="writer: gateway",
    )
    op.create_index(
        "ix_batches_tenant_id_created_at", "batches", ["tenant_id", "created_at"], unique=False
    )
    op.create_table(
        "batch_exams",
        sa.Column("batch_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("duplicate_layer", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batches.id"],
            name=op.f("fk_batch_exams_batch_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_batch_exams_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_batch_exams_batch_id_position")),
        comment="writer: gateway",
    )
    op.create_index("ix_batch_exams_exam_id", "batch_exams", ["exam_id"], unique=False)


def downgrade() -> None:
    op.drop_table("batch_exams")
    op.drop_table("batches")
