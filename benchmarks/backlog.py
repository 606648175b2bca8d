"""What a full backlog does to an urgent exam and to another tenant, on RabbitMQ, end to end.

Real servers and processes with quick engines (those of the chaos run); from the project's root:

    .venv/bin/python -m benchmarks.backlog

First 100 normal exams (about 250 pages) fill the queues and one urgent exam is submitted; then one
tenant submits 500 exams and another tenant one. Prints how much of the backlog began before them.
"""

import asyncio
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from examlens.client import ExamLensClient, GatewayUnreachable
from services.gateway.domain.access.keys import ALL_SCOPES
from services.gateway.issue_key import issue
from tests.chaos.world import World, running_world

_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
_SETTINGS = {
    # A page of a slow exam takes forty times as long.
    "CHAOS_PAUSE_SECONDS": "0.05",
    "EXAMLENS_LEASE_SECONDS": "30",
    "EXAMLENS_RELAY_REDRIVE_SECONDS": "120",
}
#: Seconds after which a measurement is given up.
_PATIENCE = 240.0


def submit(world: World, key: str, count: int, **fields: Any) -> list[str]:
    """Submit ``count`` exams of one page file each, sixteen at a time; their ids in order."""

    def one(number: int) -> str:
        with ExamLensClient(world.address, key, timeout_seconds=30) as client:
            sheet = _PNG + f"{key}{number}{fields}".encode()
            return client.submit([sheet], force=True, **fields).exam_id

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(one, range(count)))


async def fetch(world: World, query: str, *arguments: Any) -> Any:
    """The one value of a query."""
    connection = await asyncpg.connect(world.database_url)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


def value(world: World, query: str, *arguments: Any) -> Any:
    """``fetch`` from synchronous code."""
    return asyncio.run(fetch(world, query, *arguments))


def wait_for(world: World, query: str, *arguments: Any) -> Any:
    """The query's value as soon as it has one; raises TimeoutError."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        found = value(world, query, *arguments)
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(query)


def begun_between(world: World, stage: str, start: datetime, end: datetime) -> int:
    """Tasks of ``stage`` begun in the time between."""
    query = "SELECT count(*) FROM stage_tasks WHERE stage = $1 AND started_at > $2"
    return int(value(world, f"{query} AND started_at < $3", stage, start, end))


def first_start(world: World, exam_id: str, stage: str) -> datetime:
    """When the exam's first task of ``stage`` began."""
    query = "SELECT min(started_at) FROM stage_tasks WHERE exam_id = $1 AND stage = $2"
    found: datetime = wait_for(world, query, exam_id, stage)
    return found


def measure_urgency(world: World) -> None:
    """One urgent exam behind at least 200 waiting pages."""
    submit(world, world.key, 100, student_ref="slow")
    waiting_pages = "SELECT count(*) FROM stage_tasks WHERE stage = 'ocr' AND state = 'pending'"
    wait_for(world, f"SELECT ({waiting_pages}) >= 200")
    waiting = value(world, waiting_pages)
    unread = value(
        world, "SELECT count(*) FROM stage_tasks WHERE stage = 'ingest' AND state = 'pending'"
    )
    (urgent,) = submit(world, world.key, 1, priority="urgent")
    submitted = value(world, "SELECT created_at FROM exams WHERE id = $1", urgent)
    ingest, ocr = (first_start(world, urgent, stage) for stage in ("ingest", "ocr"))
    ended = wait_for(world, "SELECT completed_at FROM exams WHERE id = $1", urgent)
    ready = value(
        world,
        "SELECT finished_at FROM stage_tasks WHERE exam_id = $1 AND stage = 'ingest'",
        urgent,
    )
    print(
        f"urgent: {waiting} pages and {unread} exams waiting; begun before it: "
        f"{begun_between(world, 'ingest', submitted, ingest)} exams at ingest, "
        f"{begun_between(world, 'ocr', ready, ocr)} pages at ocr; "
        f"completed after {(ended - submitted).total_seconds():.1f} s"
    )


def measure_fairness(world: World, other: str) -> None:
    """One exam of another tenant behind 500."""
    submit(world, world.key, 500, student_ref="slow")
    waiting = value(world, "SELECT count(*) FROM exams WHERE completed_at IS NULL")
    (first,) = submit(world, other, 1)
    submitted = value(world, "SELECT created_at FROM exams WHERE id = $1", first)
    begun = first_start(world, first, "ingest")
    ended = wait_for(world, "SELECT completed_at FROM exams WHERE id = $1", first)
    overtaken = value(
        world,
        "SELECT count(*) FROM exams WHERE completed_at > $1 AND completed_at < $2",
        submitted,
        ended,
    )
    print(
        f"fairness: {waiting} exams of one tenant waiting; begun before the other's first: "
        f"{begun_between(world, 'ingest', submitted, begun)} exams; completed before it: "
        f"{overtaken}; completed after {(ended - submitted).total_seconds():.1f} s"
    )


def main() -> None:
    """Measure both and stop everything."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        directory = Path(folder)
        with running_world(directory, _SETTINGS, consumer_timeout_ms=60_000) as world:
            other = asyncio.run(issue(world.database_url, "other", ALL_SCOPES, "other"))
            deadline = time.monotonic() + 120
            with ExamLensClient(world.address, world.key) as client:
                while time.monotonic() < deadline:
                    try:
                        if client.is_ready():
                            break
                    except GatewayUnreachable:
                        pass
                    time.sleep(0.2)
            measure_urgency(world)
            measure_fairness(world, other)


if __name__ == "__main__":
    main()
