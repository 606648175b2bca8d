"""A connection that does not wait for ever for a server that has fallen silent.

A failed-over address, or a firewall that forgot the connection, swallows what is sent and closes
nothing. asyncpg's own time limit then asks the same silent server to cancel the statement and waits
for that without a limit (MagicStack/asyncpg, ``_request_cancel``).
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

ResultT = TypeVar("ResultT")

CONNECT_SECONDS = 10.0
#: Longest wait for a lock, on the server.
LOCK_SECONDS = 10.0
#: Longest statement. On a server that answers, a statement ends by its lock's limit before.
STATEMENT_SECONDS = 20.0
_CLOSE_SECONDS = 2.0


class PatientConnection(asyncpg.Connection):  # type: ignore[misc]  # no types
    """Ends itself when its server does not answer in time."""

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        """Like asyncpg's; raises ConnectionDoesNotExistError when nothing is answered."""
        return await self._answered(super().execute(*args, **kwargs))

    async def fetch(self, *args: Any, **kwargs: Any) -> Any:
        """Same."""
        return await self._answered(super().fetch(*args, **kwargs))

    async def fetchrow(self, *args: Any, **kwargs: Any) -> Any:
        """Same."""
        return await self._answered(super().fetchrow(*args, **kwargs))

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- asyncpg's
        """Take leave of the server, or cut the connection."""
        try:
            async with asyncio.timeout(timeout or _CLOSE_SECONDS):
                await super().close(timeout=timeout)
        except TimeoutError:
            self.terminate()

    async def _answered(self, answer: Awaitable[ResultT]) -> ResultT:
        try:
            async with asyncio.timeout(self._config.command_timeout):
                return await answer
        except TimeoutError as error:
            self.terminate()
            raise asyncpg.ConnectionDoesNotExistError("the server does not answer") from error


def driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    """The driver's connection below ``connection``.

    What the hot path asks goes straight to it: to compile, adapt and cache a statement that never
    changes costs SQLAlchemy more than PostgreSQL needs to answer it.
    """
    assert connection.sync_connection is not None  # noqa: S101 -- it was checked out
    return connection.sync_connection.connection.driver_connection


def connect_arguments(
    application: str, statement_seconds: float = STATEMENT_SECONDS
) -> dict[str, Any]:
    """What asyncpg is given for every connection of ``application``."""
    return {
        "timeout": CONNECT_SECONDS,
        "command_timeout": statement_seconds,
        "connection_class": PatientConnection,
        "server_settings": {
            "application_name": application,
            "lock_timeout": f"{LOCK_SECONDS * 1000:.0f}",
            "idle_in_transaction_session_timeout": "60000",
            # So that the server, too, lets go of a client that vanished and of its locks.
            "tcp_keepalives_idle": "30",
            "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "3",
            "tcp_user_timeout": "60000",
        },
    }
