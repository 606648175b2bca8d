"""How right the estimates of the remaining time are while 100 exams of 1-4 pages pass under load.

    python benchmarks/remaining_time.py [--exams 100] [--warm-up 20] [--seconds 30]

Real PostgreSQL and RabbitMQ and every service as a process of its own, with stages that only wait
as long as their seed says. Every exam is asked for its status once a second; an estimate's error
is |estimated - actual| / actual.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from examlens.client import AsyncExamLensClient, GatewayUnreachable
from shared.contract.stages import TERMINAL, Stage, Status
from shared.messaging.relay.process import main as run_relay
from shared.messaging.stage_runner import PipelineStage
from shared.messaging.worker import run_worker
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore
from tests.chaos.behaviour import SERVICES
from tests.chaos.quick_stages import QuickStage, Work
from tests.chaos.world import World, running_world

#: Seconds of work per task; the longest is by far the reading of a page, as in life.
_SECONDS = {
    Stage.INGEST: 0.4,
    Stage.OCR: 1.2,
    Stage.PARSING: 0.3,
    Stage.ANALYSIS: 0.15,
    Stage.DIAGNOSTIC: 0.1,
    Stage.REPORT: 0.5,
    Stage.COMPLETION: 0.02,
}
#: Classes of how long an exam still took.
_BOUNDS_SECONDS = (0, 2, 5, 10, 20, 60, 3600)
_PNG = b"\x89PNG\r\n\x1a\n"


async def _take_time(work: Work) -> None:
    """Wait between 70 and 130 % of the stage's time, fixed by exam and page."""
    seed = f"{work.exam.id}/{work.task.stage}/{work.task.page}".encode()
    share = hashlib.sha256(seed).digest()[0] / 255
    await asyncio.sleep(_SECONDS[work.task.stage] * (0.7 + 0.6 * share))


class Told(NamedTuple):
    """One answer: when, and what of it counts here."""

    when: float
    estimate: int
    progress: int
    status: Status


@dataclass
class Record:
    """What was told of one exam, and when it ended."""

    told: list[Told] = field(default_factory=list)
    ended: float = 0.0
    status: Status = Status.UPLOADED


async def _follow(client: AsyncExamLensClient, exam_id: str, record: Record) -> None:
    while True:
        status = await client.status(exam_id)
        now = time.monotonic()
        if status.status in TERMINAL:
            # When it ended, not when that was seen: both clocks are this machine's.
            completed_at = status.completed_at or datetime.now(UTC)
            record.ended = now - (datetime.now(UTC) - completed_at).total_seconds()
            record.status = status.status
            return
        record.told.append(
            Told(now, status.estimated_remaining_time, status.progress, status.status)
        )
        await asyncio.sleep(1.0)


async def _submit_and_follow(
    client: AsyncExamLensClient, count: int, seconds: float, seed: int
) -> list[Record]:
    rng = random.Random(seed)  # noqa: S311 -- the load is to be the same every time
    records: list[Record] = []
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            accepted = await client.submit([_PNG + f"{seed}/{number}".encode()], force=True)
            records.append(Record())
            group.create_task(_follow(client, accepted.exam_id, records[-1]))
            await asyncio.sleep(rng.expovariate(count / seconds))
    return records


async def _wait_until_ready(client: AsyncExamLensClient) -> None:
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline:
        try:
            if await client.is_ready():
                return
        except GatewayUnreachable:
            await asyncio.sleep(0.2)
    raise TimeoutError("the gateway did not become ready")


async def _run(world: World, exams: int, warm_up: int, seconds: float) -> dict[str, object]:
    async with AsyncExamLensClient(world.address, world.key) as client:
        await _wait_until_ready(client)
        await _submit_and_follow(client, warm_up, seconds * warm_up / exams, seed=1)
        records = await _submit_and_follow(client, exams, seconds, seed=2)
    return _figures(records)


def _figures(records: Sequence[Record]) -> dict[str, object]:
    # What had ended while the answer was on its way says nothing.
    pairs = [
        (told, record.ended - told.when)
        for record in records
        for told in record.told
        if told.when < record.ended
    ]
    steps = [(old, new) for record in records for old, new in pairwise(record.told)]
    errors = sorted(abs(told.estimate - actual) / actual for told, actual in pairs)
    progress_seen = [len({told.progress for told in record.told}) for record in records]
    return {
        "exams": len(records),
        "completed": sum(record.status is Status.COMPLETED for record in records),
        "estimates": len(pairs),
        "median_error": round(median(errors), 3),
        "p90_error": round(errors[int(len(errors) * 0.9)], 3),
        "median_of_estimated_to_actual": round(
            median(told.estimate / actual for told, actual in pairs), 3
        ),
        "by_seconds_before_the_end": {
            f"{low}-{high}": _bias([pair for pair in pairs if low <= pair[1] < high])
            for low, high in pairwise(_BOUNDS_SECONDS)
        },
        "by_status": {
            status.value: _bias([pair for pair in pairs if pair[0].status is status])
            for status in Status
            if status not in TERMINAL
        },
        "largest_rise": round(max(new.estimate / old.estimate - 1 for old, new in steps), 3),
        "progress_went_back": sum(new.progress < old.progress for old, new in steps),
        "median_progress_steps_seen": median(progress_seen),
        "median_seconds_per_exam": round(
            median(record.ended - record.told[0].when for record in records), 1
        ),
    }


def _bias(pairs: Sequence[tuple[Told, float]]) -> dict[str, float] | None:
    """How wrong, and to which side, the estimates of ``pairs`` are."""
    if not pairs:
        return None
    ratios = [told.estimate / actual for told, actual in pairs]
    return {
        "estimates": len(pairs),
        "median_error": round(median(abs(ratio - 1) for ratio in ratios), 3),
        "median_of_estimated_to_actual": round(median(ratios), 3),
    }


def _serve(name: str) -> None:
    """One process of the run."""
    if name not in SERVICES:
        run_relay()
        return

    def build_stages(_: ServiceSettings, blobs: BlobStore) -> tuple[PipelineStage, ...]:
        return tuple(QuickStage(stage, blobs, _take_time) for stage in SERVICES[name])

    run_worker(name, ServiceSettings(), build_stages)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exams", type=int, default=100)
    parser.add_argument("--warm-up", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30.0, help="In which they are submitted.")
    parser.add_argument("--process", help="For the run itself: which of its processes to be.")
    given = parser.parse_args()
    if given.process:
        _serve(given.process)
        return
    commands = {
        name: [sys.executable, str(Path(__file__).resolve()), "--process", name]
        for name in ("relay", *SERVICES)
    }
    settings = {"EXAMLENS_WORKER_THREADS": "2", "EXAMLENS_LOG_LEVEL": "WARNING"}
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        directory = Path(folder)
        with running_world(
            directory, settings, consumer_timeout_ms=60_000, commands=commands
        ) as world:
            found = asyncio.run(_run(world, given.exams, given.warm_up, given.seconds))
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
