"""Ends processes that take too much memory, as the kernel does in a container with a limit."""

import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from resource import getpagesize

from examlens.processes import Supervised

#: What an exam that needs too much memory asks for at most, and what a process may have.
HOARD_BYTES = 1_600_000_000
LIMIT_BYTES = 1_000_000_000
_LOOK_SECONDS = 0.02


def resident_bytes(pid: int) -> int:
    """The memory that a process has now; 0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * getpagesize()
    except (OSError, IndexError):
        return 0


class MemoryLimit:
    """SIGKILL, without a word, for every one of ``processes`` that has more than ``limit_bytes``.

    A real limit needs a cgroup of its own, which only root may make and not everywhere.
    """

    def __init__(self, processes: Sequence[Supervised], limit_bytes: int = LIMIT_BYTES) -> None:
        self._processes, self._limit_bytes = processes, limit_bytes
        self.killed = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-limit", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._stopping.set()
        self._thread.join(5)

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            for supervised in self._processes:
                running = supervised.process
                if running is not None and resident_bytes(running.pid) > self._limit_bytes:
                    supervised.send(signal.SIGKILL)
                    self.killed += 1
                    running.wait(10)
