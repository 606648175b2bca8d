"""Keys that may submit keep the right to submit urgent work, which is a scope of its own now."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE api_keys SET scopes = array_append(scopes, 'urgent')"
        " WHERE 'submit' = ANY (scopes) AND NOT 'urgent' = ANY (scopes)"
    )


def downgrade() -> None:
    op.execute("UPDATE api_keys SET scopes = array_remove(scopes, 'urgent')")
