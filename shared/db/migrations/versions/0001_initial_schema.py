"""The initial schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.UniqueConstraint("name", name=op.f("uq_tenants_name")),
        comment="writer: gateway",
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_api_keys_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        comment="writer: gateway",
    )
    op.create_index(op.f("ix_api_keys_tenant_id"), "api_keys", ["tenant_id"], unique=False)
    op.create_table(
        "papers",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=True),
        sa.Column("grade", sa.String(length=60), nullable=True),
        sa.Column("answer_key", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_papers_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        comment="writer: gateway",
    )
    op.create_index(op.f("ix_papers_tenant_id"), "papers", ["tenant_id"], unique=False)
    op.create_table(
        "exams",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("run", sa.Integer(), server_default="1", nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("paper_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("student_ref", sa.String(length=200), nullable=True),
        sa.Column("subject", sa.String(length=60), nullable=True),
        sa.Column("grade", sa.String(length=60), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("callback_url", sa.Text(), nullable=True),
        sa.Column("progress", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("pages_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pages_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "is_cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("failed_stage", sa.String(length=20), nullable=True),
        sa.Column("event_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("priority BETWEEN 0 AND 3", name=op.f("ck_exams_priority")),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_exams_paper_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_exams_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exams")),
        comment="writer: gateway inserts, the stage runner moves the state",
    )
    op.create_index(op.f("ix_exams_paper_id"), "exams", ["paper_id"], unique=False)
    op.create_index("ix_exams_status", "exams", ["status"], unique=False)
    op.create_index(
        "ix_exams_tenant_id_created_at_id", "exams", ["tenant_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "analyses",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_analyses_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("exam_id", "run", name=op.f("uq_analyses_exam_id_run")),
        comment="writer: diagnose",
    )
    op.create_table(
        "artefacts",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_artefacts_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("exam_id", "run", "kind", name=op.f("uq_artefacts_exam_id_run_kind")),
        comment="writer: report",
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("page", sa.Integer(), server_default="0", nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("message", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_dead_letters_exam_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
        comment="writer: the stage runner; resolution by the gateway and the command line",
    )
    op.create_table(
        "diagnoses",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_diagnoses_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("exam_id", "run", name=op.f("uq_diagnoses_exam_id_run")),
        comment="writer: diagnose",
    )
    op.create_table(
        "events",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("progress", sa.SmallInteger(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=True),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_events_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("exam_id", "sequence", name=op.f("uq_events_exam_id_sequence")),
        comment="writer: the stage runner and the gateway",
    )
    op.create_table(
        "page_texts",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_page_texts_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "exam_id", "run", "number", name=op.f("uq_page_texts_exam_id_run_number")
        ),
        comment="writer: ocr",
    )
    op.create_table(
        "pages",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_pages_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("exam_id", "run", "number", name=op.f("uq_pages_exam_id_run_number")),
        comment="writer: ingest",
    )
    op.create_table(
        "read_papers",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_read_papers_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("exam_id", "run", name=op.f("uq_read_papers_exam_id_run")),
        comment="writer: parse",
    )
    op.create_table(
        "stage_tasks",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("page", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="pending", nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("crashes", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("token", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'dead')", name=op.f("ck_stage_tasks_state")
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_stage_tasks_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "exam_id", "run", "stage", "page", name=op.f("uq_stage_tasks_exam_id_run_stage_page")
        ),
        comment="writer: the stage runner and the relay",
    )
    op.create_index(
        "ix_stage_tasks_dispatched_at",
        "stage_tasks",
        ["dispatched_at"],
        unique=False,
        postgresql_where=sa.text("dispatched_at IS NOT NULL AND state IN ('pending', 'running')"),
    )
    op.create_index(
        "ix_stage_tasks_due_at",
        "stage_tasks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_stage_tasks_lease_until",
        "stage_tasks",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "uploads",
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_uploads_exam_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("exam_id", "ordinal", name=op.f("uq_uploads_exam_id_ordinal")),
        comment="writer: gateway",
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("exam_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("page", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queue", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("message", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "available_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["exam_id", "run", "stage", "page"],
            ["stage_tasks.exam_id", "stage_tasks.run", "stage_tasks.stage", "stage_tasks.page"],
            name=op.f("fk_outbox_exam_id_run_stage_page"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name=op.f("fk_outbox_exam_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        comment="writer: whoever moves an exam inserts, the relay publishes",
    )
    op.create_index(
        "ix_outbox_available_at",
        "outbox",
        ["available_at"],
        unique=False,
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_exam_id_run_stage_page",
        "outbox",
        ["exam_id", "run", "stage", "page"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_exam_id_run_stage_page", table_name="outbox")
    op.drop_index(
        "ix_outbox_available_at",
        table_name="outbox",
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.drop_table("outbox")
    op.drop_table("uploads")
    op.drop_index(
        "ix_stage_tasks_lease_until",
        table_name="stage_tasks",
        postgresql_where=sa.text("state = 'running'"),
    )
    op.drop_index(
        "ix_stage_tasks_due_at",
        table_name="stage_tasks",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_table("stage_tasks")
    op.drop_table("read_papers")
    op.drop_table("pages")
    op.drop_table("page_texts")
    op.drop_table("events")
    op.drop_table("diagnoses")
    op.drop_table("dead_letters")
    op.drop_table("artefacts")
    op.drop_table("analyses")
    op.drop_index("ix_exams_tenant_id_created_at_id", table_name="exams")
    op.drop_index("ix_exams_status", table_name="exams")
    op.drop_index(op.f("ix_exams_paper_id"), table_name="exams")
    op.drop_table("exams")
    op.drop_index(op.f("ix_papers_tenant_id"), table_name="papers")
    op.drop_table("papers")
    op.drop_index(op.f("ix_api_keys_tenant_id"), table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_table("tenants")
