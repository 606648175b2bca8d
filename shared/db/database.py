"""The connection pool of a process and its one way to open a transaction."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from shared.db.connection import STATEMENT_SECONDS, connect_arguments
from shared.db.trouble import ServerAway
from shared.db.unit_of_work import UnitOfWork

#: Connections a process may hold besides one per worker thread: heartbeats need one at any time.
SPARE_CONNECTIONS = 2


def pool_size(worker_threads: int) -> int:
    """The most connections that ``worker_threads`` threads need: one each, and the spare ones.

    A task holds a connection only inside its claim, record and heartbeat, never while it computes.
    """
    return worker_threads + SPARE_CONNECTIONS


def sqlalchemy_url(database_url: str) -> str:
    """``postgresql://…`` with the driver that this project uses."""
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg"))


def asyncpg_url(database_url: str) -> str:
    """``postgresql://…`` without a driver name, as asyncpg itself wants it."""
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(scheme="postgresql"))


#: What is raised when the server is away or a statement failed.
DATABASE_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


def _application_name(application: str, size: int) -> str:
    """The name of a process, which tells the size of its pool.

    So the census can add up all pools. PostgreSQL cuts names at 63 bytes, so the host's name is
    shortened.
    """
    host = "".join(c if c.isalnum() else "-" for c in socket.gethostname())[-24:]
    return f"examlens-{application[:16]} {host}-{os.getpid()} {size}"


def _end_silent_connections(context: ExceptionContext) -> None:
    """A statement that was not answered in time ends its connection, and the others are doubted.

    They go to the same address. A statement that would have been answered later is lost with it,
    and nobody knows whether it took effect. A connection on which asyncpg still waits for another
    statement's answer is never of use again either, and asyncpg does not close it.
    """
    error = context.original_exception
    is_confused = isinstance(error.__cause__, asyncpg.InternalClientError)
    if not isinstance(error, TimeoutError) and not is_confused:
        return
    context.is_disconnect = True
    if context.connection is not None:
        driver = context.connection.connection.driver_connection
        if isinstance(driver, asyncpg.Connection):
            driver.terminate()


class Database:
    """A pool that belongs to one event loop: use it only on the loop that first used it."""

    def __init__(
        self,
        database_url: str,
        *,
        size: int,
        application: str,
        statement_seconds: float = STATEMENT_SECONDS,
    ) -> None:
        self.url, self.application, self.limit = database_url, application, size
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(database_url),
            pool_size=size,
            max_overflow=0,
            pool_timeout=30,
            # A connection that a server restart broke is replaced before a statement meets it.
            pool_pre_ping=True,
            # Parameters are a student's text, and messages of errors end in logs.
            hide_parameters=True,
            connect_args=connect_arguments(_application_name(application, size), statement_seconds),
        )
        event.listen(self.engine.sync_engine, "handle_error", _end_silent_connections)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """One short transaction: committed at the end, rolled back when anything is raised.

        Raises ServerAway for what the network raises, so that nobody takes it for another's.
        """
        try:
            async with self.engine.begin() as connection:
                yield UnitOfWork(connection)
        except OSError as error:
            raise ServerAway from error

    def connections_in_use(self) -> int:
        """How many of the ``limit`` connections are taken at this moment."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    async def close(self) -> None:
        """Close every connection of the pool."""
        await self.engine.dispose()
