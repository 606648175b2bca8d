"""A private RabbitMQ from the machine's own installation, in a directory of its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Self

#: Debian's wrapper in PATH changes the user; the script behind it runs as anyone.
_SCRIPT_FOLDERS = ("/usr/lib/rabbitmq/bin", "/usr/local/lib/rabbitmq/bin", "/opt/rabbitmq/sbin")

#: As in deploy/rabbitmq/rabbitmq.conf: messages have less than a kilobyte.
_MOST_MESSAGE_BYTES = 1024 * 1024


def find_rabbitmq() -> Path | None:
    """The folder that holds rabbitmq-server and rabbitmqctl, or None where it is not installed."""
    for folder in _SCRIPT_FOLDERS:
        if (Path(folder) / "rabbitmq-server").exists():
            return Path(folder)
    found = shutil.which("rabbitmq-server")
    return Path(found).resolve().parent if found else None


def free_port() -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _kill_all(leader: subprocess.Popen[Any]) -> None:
    """Kill ``leader`` and its children: the scripts start an Erlang that outlives them."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)


class PrivateRabbitmq:
    """One broker node on loopback; everything it writes is under ``directory``."""

    def __init__(
        self,
        directory: Path,
        *,
        consumer_timeout_ms: int | None = None,
        with_metrics: bool = False,
    ) -> None:
        scripts = find_rabbitmq()
        if scripts is None:
            raise FileNotFoundError("rabbitmq-server is not installed on this machine")
        self._scripts = scripts
        self._directory = directory.resolve()
        self._consumer_timeout_ms = consumer_timeout_ms
        self._process: subprocess.Popen[bytes] | None = None
        #: How long an answer of rabbitmqctl is waited for.
        self.control_timeout_seconds = 60.0
        self.port = free_port()
        self._node = f"examlens{self.port}@localhost"
        self._distribution_port = free_port()
        #: Port of the Prometheus plugin, when it was asked for.
        self.metrics_port = free_port() if with_metrics else None

    @property
    def url(self) -> str:
        """``amqp://`` address of the default virtual host."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    @property
    def pid(self) -> int:
        """The node's process. Raises RuntimeError when it does not run."""
        if self._process is None:
            raise RuntimeError("the node does not run")
        return self._process.pid

    def start(self) -> Self:
        """Start the node and wait until it takes connections. Raises TimeoutError after 60 s."""
        self._directory.mkdir(parents=True, exist_ok=True)
        plugins = "" if self.metrics_port is None else "rabbitmq_prometheus"
        (self._directory / "enabled_plugins").write_text(f"[{plugins}].\n")
        lines = [
            f"listeners.tcp.default = 127.0.0.1:{self.port}",
            "vm_memory_high_watermark.relative = 0.6",
            "disk_free_limit.absolute = 50MB",
            f"max_message_size = {_MOST_MESSAGE_BYTES}",
        ]
        if self.metrics_port is not None:
            lines.append(f"prometheus.tcp.port = {self.metrics_port}")
            lines.append("prometheus.tcp.ip = 127.0.0.1")
        if self._consumer_timeout_ms is not None:
            lines.append(f"consumer_timeout = {self._consumer_timeout_ms}")
        # The server checks consumer_timeout once in this many milliseconds.
        advanced = "[{rabbit, [{channel_tick_interval, 2000}]}]."
        (self._directory / "advanced.config").write_text(advanced)
        (self._directory / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
        with (self._directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- a script of the installation
                [str(self._scripts / "rabbitmq-server")],
                env=self._environment(),
                # Mnesia leaves its core dumps in the folder it was started from.
                cwd=self._directory,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except TimeoutError:
            self._kill()
            raise
        return self

    def control(self, *arguments: str) -> str:
        """Run ``rabbitmqctl`` with ``arguments`` against this node and return what it prints.

        Raises CalledProcessError when it refuses, TimeoutExpired when it does not end.
        """
        command = [str(self._scripts / "rabbitmqctl"), "-q", "-n", self._node, *arguments]
        with subprocess.Popen(  # noqa: S603 -- a script of the installation
            command,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, errors = process.communicate(timeout=self.control_timeout_seconds)
            except BaseException:
                _kill_all(process)
                raise
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, output, errors)
        return output

    def stop(self) -> None:
        """Stop the node in good order, or kill it when it does not answer."""
        if self._process is None:
            return
        try:
            self.control("shutdown")
            self._process.wait(timeout=30)
        except (subprocess.SubprocessError, OSError):
            self._kill()
        self._process = None

    def _kill(self) -> None:
        """Kill the node at once, whatever state it is in."""
        if self._process is not None:
            _kill_all(self._process)
            self._process.wait(timeout=10)
            self._process = None

    def lose_everything(self) -> None:
        """Stop the node and start it again with no queue and no message left."""
        self.stop()
        shutil.rmtree(self._directory / "mnesia", ignore_errors=True)
        self.start()

    def _environment(self) -> dict[str, str]:
        folder = self._directory
        return os.environ | {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                    # The node answers a wrong greeting with its own; then it is really up.
                    probe.sendall(b"AMQP\x00\x00\x00\x00")
                    if probe.recv(4) == b"AMQP":
                        return
            except OSError:
                pass
            time.sleep(0.2)
        log = self._directory / "server.log"
        raise TimeoutError(f"RabbitMQ did not start; see {log}")
