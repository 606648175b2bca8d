"""How much the platform carries when the engines take no time: relay, broker, database, workers.

Private PostgreSQL and RabbitMQ, the real relay, and workers whose stages write as much as real
ones and compute nothing. From the project's root; takes about a minute:

    .venv/bin/python -m benchmarks.throughput [--seconds 20] [--workers 2] [--threads 8] [--pages 2]

Prints messages published per second by one relay that has nothing to wait for, then stage tasks
recorded per second by the whole, with the CPU time, WAL and disk space that one of them costs.
The machine's load at the time is printed too: rates fall with it, CPU time per task hardly.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy import text

from benchmarks.empty_stages import submit
from examlens.processes import Supervisor
from examlens.servers.postgres import PrivatePostgres
from examlens.servers.rabbitmq import PrivateRabbitmq
from shared.db.database import Database
from shared.db.migrate import upgrade
from shared.db.repositories.outbox import DispatchRules

#: As many as one queue may hold without consumers.
RELAY_MESSAGES = 1000
_ADD_BACKLOG = text(
    """
    WITH added AS (
      INSERT INTO exams (id, tenant_id, status, priority, language)
      SELECT gen_random_uuid(), :tenant, 'UPLOADED', 1, 'zh' FROM generate_series(1, :exams)
      RETURNING id, tenant_id
    ), tasks AS (
      INSERT INTO stage_tasks (exam_id, run, stage) SELECT id, 1, 'ingest' FROM added
      RETURNING exam_id
    )
    INSERT INTO outbox (exam_id, tenant_id, run, stage, queue, priority, message)
    SELECT id, tenant_id, 1, 'ingest', 'ingest', 1,
           jsonb_build_object('exam_id', id, 'run', 1, 'stage', 'ingest')
    FROM added JOIN tasks ON tasks.exam_id = added.id
    """
)
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Sample:
    """What had been used up and done at one moment."""

    at: float
    tasks: int
    exams: int
    wal_bytes: int
    disk_bytes: int
    cpu: dict[str, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """The servers, and how to reach what is measured."""

    directory: Path
    postgres: PrivatePostgres
    rabbitmq: PrivateRabbitmq

    def supervisor(self, commands: dict[str, list[str]], **settings: str) -> Supervisor:
        """Processes on these servers, not yet started."""
        environment = {
            "DATABASE_URL": self.postgres.url,
            "AMQP_URL": self.rabbitmq.url,
            "EXAMLENS_BLOB_URL": str(self.directory / "blobs"),
            "EXAMLENS_LOG_LEVEL": "WARNING",
        }
        return Supervisor(self.directory / "log", environment | settings, commands=commands)

    async def fetch(self, query: str) -> asyncpg.Record:
        """The one row of a query."""
        connection = await asyncpg.connect(self.postgres.url)
        try:
            row = await connection.fetchrow(query)
        finally:
            await connection.close()
        assert row is not None  # noqa: S101 -- every query here is an aggregate
        return row

    async def sample(self, supervisor: Supervisor) -> Sample:
        """Now."""
        row = await self.fetch(
            "SELECT (SELECT count(*) FROM stage_tasks WHERE state = 'done') AS tasks,"
            " (SELECT count(*) FROM exams WHERE status = 'COMPLETED') AS exams,"
            " pg_current_wal_lsn() - '0/0'::pg_lsn AS wal,"
            " pg_database_size(current_database()) AS disk"
        )
        roots = {"PostgreSQL": [self._postmaster()], "RabbitMQ": [self.rabbitmq.pid]}
        for process in supervisor.processes:
            if process.process is not None:
                name = process.name.partition("-")[0]
                roots.setdefault(name, []).append(process.process.pid)
        cpu = {name: sum(map(_cpu_seconds, pids)) for name, pids in roots.items()}
        return Sample(
            time.monotonic(), row["tasks"], row["exams"], int(row["wal"]), row["disk"], cpu
        )

    def _postmaster(self) -> int:
        return int(next(self.directory.rglob("postmaster.pid")).read_text().split()[0])


def _cpu_seconds(root: int) -> float:
    """CPU time of a process, its living descendants, and the ended ones they waited for."""
    total = 0.0
    for pid in _tree(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += sum(int(ticks) for ticks in fields[11:15]) / _TICKS
    return total


def _tree(root: int) -> Iterator[int]:
    yield root
    for task in Path(f"/proc/{root}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from _tree(int(child))


async def submit_to(url: str, count: int) -> None:
    """``count`` exams into the database at ``url``."""
    database = Database(url, size=2, application="benchmark")
    async with database.transaction() as uow:
        tenant = await uow.tenants.ensure("benchmark")
    await submit(database, tenant, count)
    await database.close()


def measure_relay(bench: Bench) -> None:
    """Publish a full queue with nobody taking from it."""
    asyncio.run(submit_to(bench.postgres.url, RELAY_MESSAGES))
    relay = bench.supervisor(
        {"relay": [sys.executable, "-m", "shared.messaging.relay"]},
        EXAMLENS_RELAY_WINDOW=str(RELAY_MESSAGES),
        EXAMLENS_RELAY_BATCH="100",
    )
    relay.start()
    query = (
        "SELECT count(published_at) AS messages,"
        " extract(epoch FROM max(published_at) - min(published_at)) AS seconds,"
        " count(DISTINCT published_at) AS batches FROM outbox"
    )
    deadline = time.monotonic() + 60
    while (found := asyncio.run(bench.fetch(query)))["messages"] < RELAY_MESSAGES:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the relay published {found['messages']} messages in a minute")
        time.sleep(0.2)
    relay.stop()
    # The first batch was published before the clock of the others starts.
    counted = RELAY_MESSAGES * (1 - 1 / found["batches"])
    print(f"relay alone: {counted / float(found['seconds']):.0f} messages/s, one process")


async def _claim_seconds(url: str, exams: int) -> float:
    """The median time to choose the next messages out of a backlog of ``exams``."""
    # To insert the backlog takes longer than any statement of a service.
    database = Database(url, size=1, application="benchmark", statement_seconds=300.0)
    async with database.transaction() as uow:
        tenant = await uow.tenants.ensure("backlog")
        await uow.connection.execute(_ADD_BACKLOG, {"tenant": tenant, "exams": exams})
    async with database.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text("ANALYZE exams, stage_tasks, outbox"))
    times = []
    # More often than PostgreSQL plans anew for every set of parameters.
    for _ in range(15):
        async with database.transaction() as uow:
            begun = time.perf_counter()
            rows = await uow.outbox.claim(100, 60.0, DispatchRules())
            times.append(time.perf_counter() - begun)
            # The next round finds the same backlog.
            await uow.outbox.unclaim(rows)
    async with database.transaction() as uow:
        await uow.connection.execute(
            text("DELETE FROM exams WHERE tenant_id = :tenant"), {"tenant": tenant}
        )
    await database.close()
    return sorted(times)[len(times) // 2]


def measure_dispatch(bench: Bench) -> None:
    """What the order of the backlog costs the longer the backlog is."""
    for exams in (1000, 10_000, 100_000):
        seconds = asyncio.run(_claim_seconds(bench.postgres.url, exams))
        print(f"dispatch: {1000 * seconds:.1f} ms to choose among {exams} waiting exams")


def measure_whole(bench: Bench, seconds: float, workers: int, threads: int, pages: int) -> None:
    """Stage tasks per second while there is always more to do."""
    asyncio.run(submit_to(bench.postgres.url, int(seconds * 20)))
    command = [sys.executable, "-m", "benchmarks.empty_stages"]
    supervisor = bench.supervisor(
        {"relay": [sys.executable, "-m", "shared.messaging.relay"]}
        | {f"workers-{n}": command for n in range(workers)},
        EXAMLENS_WORKER_THREADS=str(threads),
        BENCHMARK_PAGES=str(pages),
    )
    supervisor.start()
    try:
        while asyncio.run(bench.sample(supervisor)).exams < 10:
            time.sleep(0.5)
        before = asyncio.run(bench.sample(supervisor))
        time.sleep(seconds)
        after = asyncio.run(bench.sample(supervisor))
        load = os.getloadavg()[0]
    finally:
        supervisor.stop()
    _print_whole(before, after, load, pages)


def _print_whole(before: Sample, after: Sample, load: float, pages: int) -> None:
    tasks, exams = after.tasks - before.tasks, after.exams - before.exams
    took = after.at - before.at
    print(
        f"whole: {tasks / took:.0f} stage tasks/s, {exams / took:.1f} exams/s of {pages} pages, "
        f"for {took:.0f} s; {os.cpu_count()} cores, load average {load:.1f}"
    )
    for name in after.cpu:
        used = after.cpu[name] - before.cpu[name]
        print(f"  {name:11} {1000 * used / tasks:6.2f} ms CPU per task, {used / took:.2f} cores")
    print(f"  WAL {(after.wal_bytes - before.wal_bytes) / tasks / 1000:.1f} kB per task")
    growth = (after.disk_bytes - before.disk_bytes) / max(exams, 1) / 1000
    print(f"  database {growth:.0f} kB per exam")


@contextmanager
def running_bench() -> Iterator[Bench]:
    """Fresh servers in a temporary directory."""
    with tempfile.TemporaryDirectory(prefix="examlens-", ignore_cleanup_errors=True) as folder:
        directory = Path(folder)
        postgres = PrivatePostgres(directory / "postgres").start()
        rabbitmq = PrivateRabbitmq(directory / "rabbitmq").start()
        try:
            upgrade(postgres.url)
            yield Bench(directory, postgres, rabbitmq)
        finally:
            rabbitmq.stop()
            postgres.stop()


def main() -> None:
    """Measure and stop everything."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--pages", type=int, default=2)
    given = parser.parse_args()
    with running_bench() as bench:
        measure_dispatch(bench)
        measure_relay(bench)
        measure_whole(bench, given.seconds, given.workers, given.threads, given.pages)


if __name__ == "__main__":
    main()
