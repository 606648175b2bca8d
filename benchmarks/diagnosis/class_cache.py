"""A class of 40 on one paper: how often a model is asked, and which tier answered the rest.

Run from the project's folder: ``.venv/bin/python -m benchmarks.diagnosis.class_cache``. Uses a
private PostgreSQL, and a private Redis where redis-server is in PATH.
"""

import asyncio
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from prometheus_client import REGISTRY

from examlens.servers.postgres import PrivatePostgres
from examlens.servers.redis import PrivateRedis, find_redis
from services.diagnose.adapters.taxonomy.tagged_taxonomy import shipped_points
from services.diagnose.domain.points.cache_keys import CacheKind
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.settings import DiagnoseSettings
from services.diagnose.stage import AnalysisStage
from services.diagnose.worker import build_assistant
from shared.db.database import Database
from shared.db.migrate import upgrade
from tests.integration.diagnose.model_provider import ModelProvider
from tests.integration.diagnose.test_caches import class_of
from tests.unit.diagnose.point_indexes import SameIndex

STUDENTS, QUESTIONS, PROCESSES = 40, 20, 4
#: Characters of a stem that were read wrongly, differently for every student.
READING_ERRORS = 0.03
_TIERS = (
    ("l1", "memory of the process"),
    ("in_flight", "asked for at this moment by another exam"),
    ("l2", "Redis"),
    ("l3", "PostgreSQL"),
)


def count(tier: str, outcome: str) -> int:
    """Look-ups in a tier with this outcome, of the process so far."""
    asked = ({"kind": kind.value, "tier": tier, "outcome": outcome} for kind in CacheKind)
    counted = (REGISTRY.get_sample_value("examlens_cache_requests_total", one) for one in asked)
    return int(sum(value or 0 for value in counted))


def counts() -> dict[tuple[str, str], int]:
    """All of them."""
    outcomes = ("hit", "negative_hit", "miss", "error")
    return {(tier, outcome): count(tier, outcome) for tier, _ in _TIERS for outcome in outcomes}


async def measure(title: str, url: str, redis_url: str | None, *, at_once: bool) -> None:
    """Workers with memories of their own share the lower tiers; the class is spread over them."""
    provider = ModelProvider(latency_seconds=0.5)
    before = counts()
    async with provider.serve():
        settings = DiagnoseSettings(
            database_url=url,
            redis_url=redis_url,
            model_base_url=provider.url,
            model_grading=False,
        )
        database = Database(url, size=8, application="benchmark")
        assistants = [build_assistant(settings) for _ in range(PROCESSES)]
        stages = []
        for assistant in assistants:
            assistant.open(database)
            stages.append(AnalysisStage(ScoringRules(), SameIndex(shipped_points()), assistant))
        students = class_of(STUDENTS, QUESTIONS, noise=READING_ERRORS)
        began = time.monotonic()
        if at_once:
            await stages[0].compute(students[0])
            left = [stages[n % PROCESSES].compute(s) for n, s in enumerate(students[1:])]
            await asyncio.gather(*left)
        else:
            for number, student in enumerate(students):
                await stages[number % PROCESSES].compute(student)
        seconds = time.monotonic() - began
        for assistant in assistants:
            await assistant.close()
        await database.close()
    after = counts()
    print(f"\n{title}: {STUDENTS} students x {QUESTIONS} questions, {PROCESSES} processes")
    print(f"model asked {len(provider.requests)} times, {seconds:.1f} s\n")
    print("| tier | hits | negative hits | misses |\n|---|---|---|---|")
    for tier, name in _TIERS:
        row = [after[tier, o] - before[tier, o] for o in ("hit", "negative_hit", "miss")]
        print(f"| {name} | " + " | ".join(map(str, row)) + " |")


def main() -> None:
    """Print the tables."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        postgres = PrivatePostgres(folder / "postgres").start()
        stack.callback(postgres.stop)
        upgrade(postgres.url)
        redis_url = None
        if find_redis():
            redis = PrivateRedis(folder / "redis").start()
            stack.callback(redis.stop)
            redis_url = redis.url
        for at_once in (False, True):
            order = "one, then 39 at once" if at_once else "one after the other"
            asyncio.run(measure(f"Redis, {order}", postgres.url, redis_url, at_once=at_once))
            asyncio.run(measure(f"no Redis, {order}", postgres.url, None, at_once=at_once))


if __name__ == "__main__":
    main()
