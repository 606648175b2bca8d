"""Indexes on tables that are in use: built beside the work, not before it."""

from typing import Any

from alembic import op


def create_index(name: str, table: str, columns: list[str], **options: Any) -> None:
    """Build an index while the table is written to: all that its migration does.

    No transaction takes it back. A build that was interrupted leaves an invalid index of this name,
    which is built anew.
    """
    with op.get_context().autocommit_block():
        # It waits for transactions that are older than itself, and nobody waits behind it.
        op.execute("SET lock_timeout = 0")
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)
        op.execute("SET lock_timeout = '5s'")
