"""``python -m examlens.separate up|down``: every service as a process, in the background.

``up ocr=2 gateway=2`` starts two workers of ocr and two gateway processes behind one port.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx2

from examlens.processes import Supervisor
from examlens.servers.postgres import PrivatePostgres
from examlens.servers.rabbitmq import PrivateRabbitmq
from shared.contract.services import SERVICE_NAMES

RUN_DIRECTORY = Path(".run")
FIRST_KEY_FILE = RUN_DIRECTORY / "first-key"
PID_FILE = RUN_DIRECTORY / "separate.pid"
START_TIMEOUT_SECONDS = 180
_MOST = 64


def _gateway_address() -> str:
    port = os.environ.get("EXAMLENS_GATEWAY_PORT", "8000")
    return f"http://127.0.0.1:{port}"


def replicas_in(arguments: Sequence[str]) -> dict[str, int]:
    """How many of each service are asked for, as ``ocr=2``. Raises SystemExit for anything else."""
    found = {}
    for argument in arguments:
        name, _, count = argument.partition("=")
        if name not in SERVICE_NAMES or not count.isdecimal() or not 1 <= int(count) <= _MOST:
            known = ", ".join(SERVICE_NAMES)
            raise SystemExit(f"{argument}: say SERVICE=1 to {_MOST}; services are {known}")
        found[name] = int(count)
    return found


def run(replicas: dict[str, int]) -> None:
    """Stay in the foreground until SIGTERM: private servers where none are given, all services."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    directory = RUN_DIRECTORY.resolve()
    environment = {
        "EXAMLENS_BLOB_URL": os.environ.get("EXAMLENS_BLOB_URL", f"{directory}/blobs"),
        "EXAMLENS_FIRST_KEY_FILE": str(FIRST_KEY_FILE.resolve()),
    }
    # They share a port, which only processes of one group can.
    if (gateways := replicas.pop("gateway", None)) is not None:
        environment["EXAMLENS_GATEWAY_PROCESSES"] = str(gateways)
    with ExitStack() as stack:
        if "DATABASE_URL" not in os.environ:
            postgres = PrivatePostgres(directory / "postgres").start()
            stack.callback(postgres.stop)
            environment["DATABASE_URL"] = postgres.url
        if "AMQP_URL" not in os.environ:
            rabbitmq = PrivateRabbitmq(directory / "rabbitmq").start()
            stack.callback(rabbitmq.stop)
            environment["AMQP_URL"] = rabbitmq.url
        # The schema is brought up to date once, before anybody needs it.
        subprocess.run(
            [sys.executable, "-m", "shared.db.migrate"],
            env=os.environ | environment,
            check=True,
        )
        supervisor = Supervisor(directory / "log", environment, replicas=replicas)
        stack.callback(supervisor.stop)
        supervisor.start()
        stopping.wait()


def up(replicas: dict[str, int]) -> None:
    """Start everything in the background and return when the gateway answers."""
    RUN_DIRECTORY.mkdir(exist_ok=True)
    if _running_pid() is not None:
        print(f"already up at {_gateway_address()}")
        return
    with (RUN_DIRECTORY / "separate.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- our own module
            [
                *(sys.executable, "-m", "examlens.separate", "run"),
                *(f"{name}={count}" for name, count in replicas.items()),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    PID_FILE.write_text(str(process.pid))
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx2.get(f"{_gateway_address()}/readyz", timeout=2).is_success:
                print(f"up at {_gateway_address()}; logs in {RUN_DIRECTORY / 'log'}")
                _print_first_key()
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.3)
    log_file = RUN_DIRECTORY / "separate.log"
    raise SystemExit(f"the services did not start; see {log_file} and {RUN_DIRECTORY / 'log'}")


def down() -> None:
    """Stop what ``up`` started and wait for its end."""
    pid = _running_pid()
    if pid is None:
        print("not running")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 90
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    PID_FILE.unlink(missing_ok=True)
    print("down")


def _print_first_key() -> None:
    """Show the admin key if the gateway has just made it, and forget it."""
    if FIRST_KEY_FILE.exists():
        print(f"First admin key (shown once): {FIRST_KEY_FILE.read_text()}")
        FIRST_KEY_FILE.unlink()


def _running_pid() -> int | None:
    if not PID_FILE.exists():
        return None
    pid = int(PID_FILE.read_text())
    return pid if _is_alive(pid) else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}").exists() or sys.platform != "linux"


def main() -> None:
    """The command of the first argument, with the replicas of the others."""
    command, *rest = sys.argv[1:] or [""]
    if command == "down":
        down()
    elif command in {"up", "run"}:
        (up if command == "up" else run)(replicas_in(rest))
    else:
        raise SystemExit("up [SERVICE=COUNT …] or down")


if __name__ == "__main__":
    main()
