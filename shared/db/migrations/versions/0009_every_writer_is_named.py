"""The comments of two tables name every writer, because the roles' grants are made from them."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: Table, comment before and comment after.
_COMMENTS = (
    (
        "exams",
        "writer: gateway inserts, the stage runner moves the state",
        "writer: gateway inserts, the stage runner moves the state, the relay forgets",
    ),
    ("stage_tasks", "writer: the stage runner and the relay", "writer: whoever moves an exam"),
)


def upgrade() -> None:
    for table, before, after in _COMMENTS:
        op.create_table_comment(table, after, existing_comment=before)


def downgrade() -> None:
    for table, before, after in _COMMENTS:
        op.create_table_comment(table, before, existing_comment=after)
