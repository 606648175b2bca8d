"""The connection pool of a process and its one way to open a transaction."""

import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from shared.db.connection import STATEMENT_SECONDS, connect_arguments, driver_of
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


def _note_making(_: Any, record: Any) -> None:
    record.info["made_at"] = time.monotonic()


def _end_open_block(adapted: Any, _: Any) -> None:
    """Keep no connection that is still inside of a transaction: its end was cut short."""
    # It is None when it was given up already.
    driver = None if adapted is None else adapted.driver_connection
    if driver is not None and not driver.is_closed() and driver.is_in_transaction():
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
            # Transactions are begun and ended below, so that one that asks a single thing needs no
            # BEGIN and none is rolled back to be sure.
            isolation_level="AUTOCOMMIT",
            # Parameters are a student's text, and messages of errors end in logs.
            hide_parameters=True,
            connect_args=connect_arguments(_application_name(application, size), statement_seconds),
        )
        event.listen(self.engine.sync_engine, "handle_error", _end_silent_connections)
        event.listen(self.engine.sync_engine, "connect", _note_making)
        event.listen(self.engine.sync_engine, "checkout", self._refuse_what_has_ended)
        event.listen(self.engine.sync_engine, "checkin", _end_open_block)
        self._ended_at = 0.0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """One short transaction: committed at the end, rolled back when anything is raised.

        Raises ServerAway for what the network raises, so that nobody takes it for another's.
        """
        try:
            async with self._begun() as connection:
                yield UnitOfWork(connection)
        except OSError as error:
            raise ServerAway from error

    @asynccontextmanager
    async def single_statement(self) -> AsyncIterator[UnitOfWork]:
        """For one statement only: it is a transaction by itself, and takes one round trip.

        Raises ServerAway, as ``transaction`` does.
        """
        try:
            async with self._connected() as connection:
                yield UnitOfWork(connection)
        except OSError as error:
            raise ServerAway from error

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside of a transaction."""
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._connected())
            try:
                await driver_of(connection).execute("BEGIN")
            except (
                OSError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
            ):
                # It was forgotten while it rested, or waits for the answer to another statement
                # and is never of use again. Nothing is begun, so a new one may do it.
                driver_of(connection).terminate()
                await stack.aclose()
                connection = await stack.enter_async_context(self._connected())
                await driver_of(connection).execute("BEGIN")
            driver = driver_of(connection)
            try:
                yield connection
            except BaseException:
                # What was raised says more than that there is nothing left to roll back.
                if not driver.is_closed():
                    await driver.execute("ROLLBACK")
                raise
            await driver.execute("COMMIT")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """A connection. One that ended casts doubt on all that were made before."""
        async with self.engine.connect() as connection:
            driver = driver_of(connection)
            try:
                yield connection
            finally:
                if driver.is_closed():
                    self._ended_at = time.monotonic()

    def _refuse_what_has_ended(self, adapted: Any, record: Any, _: Any) -> None:
        """Have the pool replace what has ended, or leads where another connection ended."""
        if adapted.driver_connection.is_closed() or record.info["made_at"] <= self._ended_at:
            raise DisconnectionError

    def connections_in_use(self) -> int:
        """How many of the ``limit`` connections are taken at this moment."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    async def close(self) -> None:
        """Close every connection of the pool."""
        await self.engine.dispose()
