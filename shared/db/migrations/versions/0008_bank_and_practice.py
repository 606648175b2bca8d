"""The question bank, operators' taxonomies and taggers, and practice papers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _tenant(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=f"fk_{table}_tenant_id"),
    )


def upgrade() -> None:
    _create_bank()
    op.create_table(
        "taxonomies",
        *_tenant("taxonomies"),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        _now("imported_at"),
        sa.UniqueConstraint("tenant_id", "subject", name="uq_taxonomies_tenant_id_subject"),
        comment="writer: the command line; read by diagnose",
    )
    op.create_table(
        "taggers",
        *_tenant("taggers"),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("card", postgresql.JSONB(), nullable=False),
        _now("trained_at"),
        sa.UniqueConstraint(
            "tenant_id", "subject", "language", name="uq_taggers_tenant_id_subject_language"
        ),
        comment="writer: the command line; read by diagnose",
    )
    _create_practice()


def _create_bank() -> None:
    op.create_table(
        "bank_items",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        *_tenant("bank_items"),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("topics", postgresql.JSONB(), nullable=False),
        sa.Column("points", postgresql.JSONB(), nullable=False),
        sa.Column("filed_under", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("difficulty", sa.Float(), nullable=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("bands", sa.ARRAY(sa.BigInteger()), nullable=False),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_bank_items"),
        sa.UniqueConstraint("tenant_id", "fingerprint", name="uq_bank_items_tenant_id_fingerprint"),
        comment="writer: the command line; read by diagnose",
    )
    op.create_index(
        "ix_bank_items_tenant_id_subject_difficulty",
        "bank_items",
        ["tenant_id", "subject", "difficulty"],
    )
    op.create_index(
        "ix_bank_items_filed_under", "bank_items", ["filed_under"], postgresql_using="gin"
    )
    op.create_index("ix_bank_items_bands", "bank_items", ["bands"], postgresql_using="gin")


def _create_practice() -> None:
    op.create_table(
        "practices",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name="fk_practices_exam_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("exam_id", "run", name="uq_practices_exam_id_run"),
        comment="writer: diagnose",
    )
    op.create_table(
        "practice_papers",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        *_tenant("practice_papers"),
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("step", sa.String(30), nullable=False),
        sa.Column("state", sa.String(10), server_default="pending", nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("crashes", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("token", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        _now("due_at"),
        sa.Column("error_code", sa.String(40), nullable=True),
        sa.Column("paper", postgresql.JSONB(), nullable=True),
        sa.Column(
            "files", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        _now("created_at"),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'ready', 'failed')",
            name=op.f("ck_practice_papers_state"),
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name="fk_practice_papers_exam_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_practice_papers"),
        comment="writer: gateway inserts, the practice runner moves the state, the relay forgets",
    )
    op.create_index("ix_practice_papers_exam_id", "practice_papers", ["exam_id"])
    op.create_index(
        "ix_practice_papers_tenant_id_created_at_id",
        "practice_papers",
        ["tenant_id", "created_at", "id"],
    )
    op.create_index(
        "ix_practice_papers_due_at",
        "practice_papers",
        ["due_at"],
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )


def downgrade() -> None:
    for table in ("practice_papers", "practices", "taggers", "taxonomies", "bank_items"):
        op.drop_table(table)
