"""Starts an embedded PostgreSQL again that was killed: nobody else would."""

import threading

import structlog

from examlens.servers.postgres import PrivatePostgres
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 1.0
#: A server that recovers a large database takes minutes; pg_ctl waits ten seconds of them.
_MOST_FAILURES = 30


class PostgresWatch:
    """A thread that looks after a server while it is meant to run."""

    def __init__(self, postgres: PrivatePostgres, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        self._postgres, self._pause_seconds = postgres, pause_seconds
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="postgres-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Let the server be stopped."""
        self._stopping.set()
        self._thread.join(30)

    def problems(self) -> list[str]:
        """Why this process should be ended: the server does not come back."""
        if not self._thread.is_alive() and not self._stopping.is_set():
            return ["nobody looks after PostgreSQL"]
        return ["PostgreSQL does not start"] if self._failures >= _MOST_FAILURES else []

    def _watch(self) -> None:
        while not self._stopping.wait(self._pause_seconds):
            if self._postgres.is_running():
                self._failures = 0
                continue
            try:
                self._postgres.resume()
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is tried again
                self._failures += 1
                log.warning("postgres.not_started", error=error_site(error))
            else:
                log.warning("postgres.started_again")
