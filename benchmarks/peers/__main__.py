"""Our pipeline beside Celery on Redis and bare Dramatiq on RabbitMQ, in one run on this machine.

``make bench-peers``. Real servers, seven stages that compute nothing, two worker processes each.
First a backlog is submitted and worked off, then lone exams follow one another. Prints exams per
second, the median of a lone exam, and the CPU time of all processes per exam of the backlog.
Absolute figures depend on the machine and its load. Compare what one run printed.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import asyncpg

from benchmarks.empty_stages import TENANT
from benchmarks.peers.processes import cpu_seconds
from examlens.processes import Supervisor
from examlens.servers.postgres import PrivatePostgres
from examlens.servers.rabbitmq import PrivateRabbitmq
from examlens.servers.redis import PrivateRedis
from shared.db.database import asyncpg_url
from shared.db.migrate import upgrade

_PATIENCE_SECONDS = 300.0
#: Between two looks whether an exam is done; the same for all, and part of a lone exam's time.
_LOOK_SECONDS = 0.002
_WARM_UP = 20
_PEER_TABLE = "CREATE TABLE peer_exams (id text PRIMARY KEY, status text NOT NULL)"
_TENANT = "INSERT INTO tenants (id, name) VALUES ($1, 'benchmark')"


@dataclass(frozen=True, slots=True)
class Contender:
    """A pipeline: its module, its table, its server, and the commands of its processes."""

    name: str
    module: str
    table: str
    python: str
    commands: dict[str, list[str]]
    server: str
    id_type: str = "text"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one contender did."""

    exams_per_second: float
    lone_ms: float
    #: Milliseconds per exam of the backlog, by kind of process.
    cpu_ms: dict[str, float]

    @property
    def total_cpu_ms(self) -> float:
        """All processes together."""
        return sum(self.cpu_ms.values())


def contenders(peers: Path, threads: int) -> tuple[Contender, ...]:
    """All three. ``peers`` is the environment that has Celery."""
    python = str(peers / "bin" / "python")
    celery = [python, "-m", "celery", "-A", "benchmarks.peers.celery_pipeline", "worker"]
    dramatiq = [python, "-m", "dramatiq", "benchmarks.peers.dramatiq_pipeline"]
    ours = [sys.executable, "-m", "benchmarks.empty_stages"]
    return (
        Contender(
            "Celery + Redis",
            "celery_pipeline",
            "peer_exams",
            python,
            {"workers": [*celery, "--concurrency=2", "--loglevel=WARNING"]},
            "redis",
        ),
        Contender(
            "bare Dramatiq + RabbitMQ",
            "dramatiq_pipeline",
            "peer_exams",
            python,
            {"workers": [*dramatiq, "--processes", "2", "--threads", str(threads)]},
            "rabbitmq",
        ),
        Contender(
            "ours",
            "our_pipeline",
            "exams",
            sys.executable,
            {
                "workers-1": ours,
                "workers-2": ours,
                "relay": [sys.executable, "-m", "shared.messaging.relay"],
            },
            "rabbitmq",
            id_type="uuid",
        ),
    )


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they listen, and the processes to count."""

    postgres_url: str
    environment: dict[str, str]
    roots: dict[str, int]


@contextmanager
def running_servers(directory: Path, threads: int) -> Iterator[Servers]:
    """PostgreSQL, RabbitMQ and Redis of this run's own."""
    with ExitStack() as stack:
        postgres = PrivatePostgres(directory / "postgres").start()
        stack.callback(postgres.stop)
        upgrade(postgres.url)
        rabbitmq = PrivateRabbitmq(directory / "rabbitmq").start()
        stack.callback(rabbitmq.stop)
        redis = PrivateRedis(directory / "redis").start()
        stack.callback(redis.stop)
        postmaster = int((directory / "postgres" / "postmaster.pid").read_text().split()[0])
        environment = {
            "DATABASE_URL": postgres.url,
            "AMQP_URL": rabbitmq.url,
            "REDIS_URL": redis.url,
            "EXAMLENS_BLOB_URL": str(directory / "blobs"),
            "EXAMLENS_LOG_LEVEL": "WARNING",
            "EXAMLENS_WORKER_THREADS": str(threads),
        }
        roots = {"postgres": postmaster, "rabbitmq": rabbitmq.pid, "redis": redis.pid}
        yield Servers(postgres.url, environment, roots)


class Running:
    """A contender's processes, and somebody who submits to it."""

    def __init__(self, contender: Contender, servers: Servers, directory: Path) -> None:
        self.contender, self._servers = contender, servers
        logs = directory / f"log-{contender.module}"
        self._supervisor = Supervisor(logs, servers.environment, commands=contender.commands)

    async def start(self) -> None:
        """Start everything, and work off a few exams."""
        self._watcher = await asyncpg.connect(asyncpg_url(self._servers.postgres_url))
        self._done = await self._watcher.prepare(
            f"SELECT count(*) FROM {self.contender.table}"  # noqa: S608 -- ours
            f" WHERE status = 'COMPLETED' AND id = ANY($1::{self.contender.id_type}[])"
        )
        self._submitter = await asyncio.create_subprocess_exec(
            self.contender.python,
            "-m",
            "benchmarks.peers.submitter",
            self.contender.module,
            env=os.environ | self._servers.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._supervisor.start()
        await self.work_off(_WARM_UP)

    async def work_off(self, count: int) -> float:
        """The seconds from the first submission of ``count`` exams to the end of the last."""
        assert self._submitter.stdin is not None  # noqa: S101 -- it is a pipe
        assert self._submitter.stdout is not None  # noqa: S101 -- same
        begun = time.perf_counter()
        self._submitter.stdin.write(f"{count}\n".encode())
        async with asyncio.timeout(_PATIENCE_SECONDS):
            submitted = (await self._submitter.stdout.readline()).decode().split()
            while await self._done.fetchval(submitted) < count:  # noqa: ASYNC110 -- other processes end it
                await asyncio.sleep(_LOOK_SECONDS if count == 1 else 10 * _LOOK_SECONDS)
        return time.perf_counter() - begun

    def cpu_seconds(self) -> dict[str, float]:
        """What its processes and servers have used so far, by kind."""
        roots = {name: [self._servers.roots[name]] for name in ("postgres", self.contender.server)}
        for process in self._supervisor.processes:
            assert process.process is not None  # noqa: S101 -- it was started
            roots.setdefault(process.name.partition("-")[0], []).append(process.process.pid)
        return cpu_seconds(roots)

    async def stop(self) -> None:
        """End everything."""
        if self._submitter.stdin is not None:
            self._submitter.stdin.close()
        await self._submitter.wait()
        await self._watcher.close()
        await asyncio.to_thread(self._supervisor.stop, 20)


async def measure(
    all_running: list[Running], *, rounds: int, backlog: int, lone: int
) -> dict[str, Figures]:
    """Let them take turns, so that whatever else this machine does meets all of them alike."""
    seconds: dict[str, list[float]] = {running.contender.name: [] for running in all_running}
    times: dict[str, list[float]] = {name: [] for name in seconds}
    cpu: dict[str, Counter[str]] = {name: Counter() for name in seconds}
    for number in range(rounds):
        for running in all_running:
            name = running.contender.name
            before = running.cpu_seconds()
            seconds[name].append(await running.work_off(backlog))
            cpu[name].update(running.cpu_seconds())
            cpu[name].subtract(before)
            for _ in range(lone):
                await asyncio.sleep(0.05)
                times[name].append(await running.work_off(1))
        print(f"round {number + 1} of {rounds}; load {os.getloadavg()[0]:.1f}", flush=True)
    exams = rounds * backlog
    return {
        name: Figures(
            backlog / median(seconds[name]),
            1000 * median(times[name]),
            {kind: 1000 * used / exams for kind, used in cpu[name].items()},
        )
        for name in seconds
    }


def report(found: dict[str, Figures]) -> None:
    """One line per contender, then what ours is beside the others."""
    print(f"{'':26}{'exams/s':>9}{'lone p50':>11}{'CPU/exam':>11}")
    for name, figures in found.items():
        parts = ", ".join(f"{kind} {ms:.1f}" for kind, ms in figures.cpu_ms.items())
        print(
            f"{name:26}{figures.exams_per_second:9.1f}{figures.lone_ms:8.1f} ms"
            f"{figures.total_cpu_ms:8.1f} ms  ({parts})"
        )
    *peers, ours = found.items()
    for name, peer in peers:
        print(
            f"ours / {name}: exams/s {ours[1].exams_per_second / peer.exams_per_second:.2f}, "
            f"lone p50 {ours[1].lone_ms / peer.lone_ms:.2f}, "
            f"CPU {ours[1].total_cpu_ms / peer.total_cpu_ms:.2f}"
        )


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(asyncpg_url(url))
    await connection.execute(_PEER_TABLE)
    await connection.execute(_TENANT, TENANT)
    await connection.close()


async def _run(given: argparse.Namespace, servers: Servers, directory: Path) -> None:
    await _prepare(servers.postgres_url)
    all_running = [
        Running(contender, servers, directory)
        for contender in contenders(given.peers, given.threads)
        if given.only in contender.name
    ]
    async with AsyncExitStack() as stack:
        for running in all_running:
            stack.push_async_callback(running.stop)
            await running.start()
        found = await measure(
            all_running, rounds=given.rounds, backlog=given.backlog, lone=given.lone
        )
    print(
        f"{os.cpu_count()} cores; {given.rounds} rounds of {given.backlog} exams of one page "
        f"and {given.lone} lone ones"
    )
    report(found)


def main() -> None:
    """Measure all three in turns, on one set of servers."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", type=Path, default=Path(".venv/peers"))
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--backlog", type=int, default=300)
    parser.add_argument("--lone", type=int, default=15)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--only", default="", help="a part of the contender's name")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="examlens-", ignore_cleanup_errors=True) as folder,
        running_servers(Path(folder), given.threads) as servers,
    ):
        asyncio.run(_run(given, servers, Path(folder)))


if __name__ == "__main__":
    main()
