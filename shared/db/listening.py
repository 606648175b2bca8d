"""Listening to a channel of PostgreSQL over a connection that is asked whether it still lives."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg

from shared.db.connection import connect_arguments

#: Seconds between two questions. A silent server sends no notification and no farewell either.
BEAT_SECONDS = 10.0


class Listener:
    """A connection that listens."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._ended = asyncio.Event()
        connection.add_termination_listener(lambda _: self._ended.set())

    async def beat(self, stopping: asyncio.Event | None = None) -> None:
        """Ask the server, then wait for the next beat, or for ``stopping``.

        Raises what asyncpg raises when the connection has ended or the server does not answer.
        """
        await self._connection.execute("SELECT 1")
        events = [self._ended] if stopping is None else [self._ended, stopping]
        waiting = [asyncio.create_task(event.wait()) for event in events]
        try:
            await asyncio.wait(waiting, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        if self._ended.is_set():
            raise asyncpg.ConnectionDoesNotExistError("the connection has ended")


@asynccontextmanager
async def listening(
    address: str, channel: str, on_notification: Callable[..., None]
) -> AsyncIterator[Listener]:
    """Have ``on_notification`` called for what is sent on ``channel``.

    ``address`` is asyncpg's.
    """
    arguments = connect_arguments("examlens-listener")
    connection = await asyncpg.connect(address, **arguments)
    try:
        listener = Listener(connection)
        await connection.add_listener(channel, on_notification)
        yield listener
    finally:
        await connection.close(timeout=2)
