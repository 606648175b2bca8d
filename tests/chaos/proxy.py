"""A TCP proxy that misbehaves on demand, between the services and their servers."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

ResultT = TypeVar("ResultT")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a proxy connects to: a Unix socket, or a port on this machine."""

    socket_path: Path | None = None
    port: int = 0

    async def connect(self) -> Streams:
        """Open a connection."""
        if self.socket_path is not None:
            return await asyncio.open_unix_connection(str(self.socket_path))
        return await asyncio.open_connection("127.0.0.1", self.port)


@dataclass
class FaultProxy:
    """Forwards bytes from a port of its own to ``target``, as badly as its switches say."""

    target: Target
    port: int = 0
    #: Pause before every chunk.
    latency_seconds: float = 0.0
    #: Chunks vanish while the connections stay open: the peer is half gone.
    is_half_open: bool = False
    #: New connections are closed at once.
    is_refusing: bool = False
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _forgotten: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is not None:
            self._server.close()
        await self.reset_all()

    async def reset_all(self) -> None:
        """Cut every connection without a farewell."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def forget_all(self) -> None:
        """Swallow everything on the connections there are, as a firewall does that forgot them."""
        self._forgotten |= self._writers

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_refusing:
            writer.transport.abort()
            return
        try:
            upstream = await self.target.connect()
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, upstream[1]}
        self._writers |= pair
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._forward(reader, upstream[1]))
                group.create_task(self._forward(upstream[0], writer))
        finally:
            self._writers -= pair
            self._forgotten -= pair

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65536):
                if self.latency_seconds:
                    await asyncio.sleep(self.latency_seconds)
                if not self.is_half_open and writer not in self._forgotten:
                    writer.write(chunk)
                    await writer.drain()
        writer.transport.abort()


class ProxyThread:
    """Runs proxies on a loop of their own, so that a busy harness does not slow them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Run ``work`` on the proxies' loop and wait for it."""

        async def run() -> ResultT:
            return await work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    def stop(self) -> None:
        """End the loop, and with it every connection."""

        async def cancel_all() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.call(cancel_all)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
