"""A private Redis from the machine's own installation, without persistence."""

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from examlens.servers.rabbitmq import free_port


def find_redis() -> str | None:
    """The redis-server of PATH, or None where it is not installed."""
    return shutil.which("redis-server")


class PrivateRedis:
    """One server on loopback; everything it writes is under ``directory``.

    ``options`` go before its own, as on the command line of ``redis-server``.
    """

    def __init__(self, directory: Path, *options: str) -> None:
        found = find_redis()
        if found is None:
            raise FileNotFoundError("redis-server is not installed on this machine")
        self._program, self._directory, self._options = found, directory, options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """``redis://`` address of the first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    def start(self) -> Self:
        """Start the server and wait until it answers. Raises TimeoutError after 20 s."""
        self._directory.mkdir(parents=True, exist_ok=True)
        options = [
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        with (self._directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- the machine's own program
                [self._program, *self._options, *options, "--dir", str(self._directory)],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                    probe.sendall(b"PING\r\n")
                    if probe.recv(5) == b"+PONG":
                        return self
            except OSError:
                pass
            time.sleep(0.05)
        raise TimeoutError(f"Redis did not start; see {self._directory / 'server.log'}")

    def stop(self) -> None:
        """Stop the server; what it held is gone."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)
        self._process = None
