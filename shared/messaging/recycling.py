"""When a worker process has done enough: libraries leak, and a new process starts clean."""

import random
import threading
from pathlib import Path
from resource import getpagesize
from typing import Any

from dramatiq.middleware import Middleware

#: Replicas that were started together do not end together.
_SPREAD = (0.9, 1.1)
_STATM = Path("/proc/self/statm")


class Recycling(Middleware):
    """Counts messages and looks at memory. Without limits (0) a process lives on."""

    def __init__(self, max_tasks: int, max_rss_mb: int) -> None:
        spread = random.uniform(*_SPREAD)  # noqa: S311 -- keeps no secret
        self._most_messages = max_tasks * spread
        self._most_bytes = max_rss_mb * 1_000_000 * spread
        self._messages = 0
        self._lock = threading.Lock()

    def after_process_message(
        self,
        broker: Any,  # noqa: ARG002 -- hook signature
        message: Any,  # noqa: ARG002 -- same
        *,
        result: Any = None,  # noqa: ARG002 -- same
        exception: Any = None,  # noqa: ARG002 -- same
    ) -> None:
        """One more message is done with."""
        with self._lock:
            self._messages += 1

    def reason(self) -> str | None:
        """Why this process should finish what it has and end; None while it may go on."""
        if self._most_messages and self._messages >= self._most_messages:
            return f"{self._messages} messages"
        if self._most_bytes:
            size = _resident_bytes()
            if size >= self._most_bytes:
                return f"{size // 1_000_000} MB"
        return None


def _resident_bytes() -> int:
    """The memory that this process has now; 0 where the system does not tell (not Linux)."""
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text().split()[1]) * getpagesize()
