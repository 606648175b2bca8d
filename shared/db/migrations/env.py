"""Alembic's entry point: one transaction per migration, one migrating process at a time."""

import asyncio
import time

from alembic import context
from sqlalchemy import Connection, func, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.db.database import sqlalchemy_url
from shared.db.tables import metadata
from shared.settings import ServiceSettings

#: Any number will do; every process that migrates this schema takes this lock.
MIGRATION_LOCK = 0x45584C4D
_POLL_SECONDS = 0.5


def _migrate(connection: Connection) -> None:
    _wait_for_turn(connection)
    try:
        context.configure(
            connection=connection, target_metadata=metadata, transaction_per_migration=True
        )
        with context.begin_transaction():
            # A migration that waits for its lock makes all other statements wait behind it. So it
            # gives up soon.
            context.execute("SET lock_timeout = '5s'")
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(select(func.pg_advisory_unlock(MIGRATION_LOCK)))
        connection.commit()


def _wait_for_turn(connection: Connection) -> None:
    """Take the lock of migrations, asking again and again.

    A statement that waited for it would hold a snapshot, for whose end CREATE INDEX CONCURRENTLY of
    the migration that has the lock would wait.
    """
    while not connection.execute(select(func.pg_try_advisory_lock(MIGRATION_LOCK))).scalar_one():
        connection.commit()
        time.sleep(_POLL_SECONDS)
    connection.commit()


async def _run() -> None:
    # Programs pass the address; a person's alembic takes it from where every process does.
    address = context.config.attributes.get("database_url")
    if address is None:
        address = sqlalchemy_url(ServiceSettings().database_url)
    engine = create_async_engine(address, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


asyncio.run(_run())
