"""All services as separate processes on this machine: what ``make up`` and ``make down`` do."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from shared.contract.services import SERVICES

#: Module of every process, by the name it has in logs.
PROCESSES: dict[str, str] = {service.name: service.module for service in SERVICES}
RESTART_PAUSE_SECONDS = 1.0


@dataclass
class Supervised:
    """One process that is started again whenever it ends, as an orchestrator would do."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    _file: IO[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process; its output is appended to its log file."""
        if self._file is None:
            self._file = self.log.open("ab")
        self.process = subprocess.Popen(  # noqa: S603 -- our own modules
            self.arguments,
            env=self.environment,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        self.starts += 1

    @property
    def has_ended(self) -> bool:
        """Whether the process was started and runs no more."""
        return self.process is not None and self.process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, timeout: float) -> None:
        """Wait for the end; kill the process when it takes longer than ``timeout`` seconds."""
        if self.process is not None:
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        if self._file is not None:
            self._file.close()
            self._file = None


class Supervisor:
    """Keeps a set of processes running until it is stopped."""

    def __init__(
        self,
        directory: Path,
        environment: dict[str, str],
        *,
        replicas: dict[str, int] | None = None,
        commands: dict[str, list[str]] | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.processes: list[Supervised] = []
        own = {name: [sys.executable, "-m", module] for name, module in PROCESSES.items()}
        for name, command in (commands or own).items():
            for number in range((replicas or {}).get(name, 1)):
                label = name if number == 0 else f"{name}-{number + 1}"
                self.processes.append(
                    Supervised(
                        label,
                        command,
                        os.environ | environment,
                        directory / f"{label}.log",
                    )
                )
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start everything, and again what ends."""
        for process in self.processes:
            process.start()
        self._watcher.start()

    def stop(self, timeout: float = 45.0) -> None:
        """Ask every process to end and wait for it."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join(RESTART_PAUSE_SECONDS + 5)
        for process in self.processes:
            process.send(signal.SIGTERM)
        deadline = time.monotonic() + timeout
        for process in self.processes:
            process.wait(max(deadline - time.monotonic(), 0.1))

    def named(self, name: str) -> list[Supervised]:
        """The replicas of one service."""
        return [p for p in self.processes if p.name == name or p.name.startswith(f"{name}-")]

    def _watch(self) -> None:
        while not self._stopping.wait(RESTART_PAUSE_SECONDS):
            for process in self.processes:
                if process.has_ended and not self._stopping.is_set():
                    process.start()
