"""Several gateway processes behind one port: they share the socket, and one of them watches.

Only the watching process has the port of /metrics and /livez. It adds up the figures of the others
(prometheus_client's directory of counters, which outlive the process that counted) and is alive
while all of them are. Whichever of them ends is started again.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from services.gateway.settings import GatewaySettings
from shared.observability.health import HealthServer
from shared.observability.probe import is_well

log = structlog.get_logger(__name__)

#: Where every process of a group writes its figures; read before the first metric is declared.
_METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
_WATCH_SECONDS = 0.5
_START_SECONDS = 60.0
_PATIENCE_SECONDS = 2.0
#: One that ends at once, every time, is not started in a tight circle.
_SHORTEST_LIFE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """What one of the processes that serve is given: the socket, and a way to say that it began."""

    listener: socket.socket
    said_to: Connection

    def take(self, health_port: int, *, when_alone: Callable[[], None]) -> None:
        """Say at which port this process tells of its health; call on its event loop.

        ``when_alone`` is called when the process that watches has ended: nobody would start this
        one again, or end it.
        """
        self.said_to.send(health_port)
        watcher = multiprocessing.parent_process()
        if watcher is not None:
            asyncio.get_running_loop().add_reader(watcher.sentinel, when_alone)


#: Serves in a place until SIGTERM. A function of a module, so that a new process can find it.
Serve = Callable[[GatewaySettings, Place], None]


@dataclass
class _Member:
    """One of the processes that serve."""

    start: Callable[[], tuple[BaseProcess, Connection]]
    process: BaseProcess = field(init=False)
    health_port: int | None = field(init=False, default=None)
    begun_at: float = field(init=False)
    _said: Connection = field(init=False)

    def begin(self) -> None:
        self.health_port, self.begun_at = None, time.monotonic()
        self.process, self._said = self.start()

    def listen(self) -> None:
        """Take the port of its health once it has begun to serve."""
        if self.health_port is None:
            # The pipe ends with its process.
            with suppress(EOFError, OSError):
                if self._said.poll():
                    self.health_port = self._said.recv()

    def problems(self) -> list[str]:
        """Why it does not serve; a young one may still be starting."""
        name = f"gateway process {self.process.pid}"
        if self.health_port is None:
            is_late = time.monotonic() - self.begun_at > _START_SECONDS
            return [f"{name} has not begun to serve"] if is_late else []
        return [] if is_well(self.health_port) else [f"{name} is not alive"]


class ProcessGroup:
    """Starts, watches and ends the processes of ``EXAMLENS_GATEWAY_PROCESSES``."""

    def __init__(self, settings: GatewaySettings, serve: Serve) -> None:
        self._settings, self._serve = settings, serve
        # Each begins as a new interpreter: nothing of this one's threads and locks comes along.
        self._context = multiprocessing.get_context("spawn")
        self._stopping = threading.Event()
        self._members: list[_Member] = []

    def run(self) -> None:
        """Serve until SIGTERM."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        settings = self._settings
        with tempfile.TemporaryDirectory(prefix="examlens-metrics-") as directory:
            os.environ[_METRICS_DIRECTORY] = directory
            registry = CollectorRegistry()
            MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
            health = HealthServer(
                settings.metrics_host,
                settings.metrics_port,
                is_alive=self._problems,
                registry=registry,
            )
            listener = _listen(settings)
            try:
                self._begin(listener)
                health.start()
                log.info("gateway.group_started", processes=settings.gateway_processes)
                self._watch(Path(directory))
            finally:
                self._end()
                listener.close()
                health.stop()

    def _begin(self, listener: socket.socket) -> None:
        for _ in range(self._settings.gateway_processes):
            member = _Member(lambda: self._start(listener))
            member.begin()
            self._members.append(member)

    def _start(self, listener: socket.socket) -> tuple[BaseProcess, Connection]:
        said, tell = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=self._serve, args=(self._settings, Place(listener, tell))
        )
        process.start()
        tell.close()
        return process, said

    def _watch(self, directory: Path) -> None:
        while not self._stopping.wait(_WATCH_SECONDS):
            for member in self._members:
                member.listen()
                if not member.process.is_alive():
                    self._renew(member, directory)

    def _renew(self, member: _Member, directory: Path) -> None:
        log.error("gateway.process_ended", pid=member.process.pid, code=member.process.exitcode)
        # Its counts stay; what it had in hand is gone.
        mark_process_dead(member.process.pid, str(directory))  # type: ignore[no-untyped-call]
        if time.monotonic() - member.begun_at < _SHORTEST_LIFE_SECONDS:
            self._stopping.wait(_SHORTEST_LIFE_SECONDS)
        if not self._stopping.is_set():
            member.begin()

    def _end(self) -> None:
        for member in self._members:
            member.process.terminate()
        deadline = time.monotonic() + self._settings.shutdown_grace_seconds + _PATIENCE_SECONDS
        for member in self._members:
            member.process.join(max(deadline - time.monotonic(), 0.1))
            if member.process.is_alive():
                member.process.kill()
                member.process.join()

    def _problems(self) -> list[str]:
        return [problem for member in self._members for problem in member.problems()]


def _listen(settings: GatewaySettings) -> socket.socket:
    """The socket on which all of them accept: whoever is free takes the next connection."""
    family = socket.AF_INET6 if ":" in settings.gateway_host else socket.AF_INET
    listener = socket.create_server(
        (settings.gateway_host, settings.gateway_port), family=family, backlog=2048
    )
    listener.setblocking(False)
    return listener
