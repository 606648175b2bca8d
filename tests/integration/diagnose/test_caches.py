"""The caches on a real Redis and a real PostgreSQL; a class on one paper."""

import asyncio
import random
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from prometheus_client import REGISTRY
from sqlalchemy import event, update

from examlens.servers.redis import PrivateRedis
from services.diagnose.adapters.cache.memory import MemoryTier
from services.diagnose.adapters.cache.pattern import KeyPattern
from services.diagnose.adapters.cache.postgres_tier import PostgresTier
from services.diagnose.adapters.cache.redis_tier import RedisTier
from services.diagnose.adapters.cache.tier import Entry
from services.diagnose.adapters.cache.tiered import TieredCache
from services.diagnose.adapters.taxonomy.tagged_taxonomy import shipped_points
from services.diagnose.domain.model.exam_context import ExamContext
from services.diagnose.domain.points.cache_keys import CacheKind, Computed
from services.diagnose.domain.scoring.analysis import AnalysisInput
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import AnalysisStage
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.documents import Analysis
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadAnswer, ReadPaper, ReadQuestion
from shared.db.database import Database
from shared.db.tables import cache_entries
from tests.integration.diagnose.conftest import NewAssistant
from tests.integration.diagnose.model_provider import Fault, ModelProvider, left_to_rules, sensible
from tests.unit.diagnose.point_indexes import SameIndex

KIND = CacheKind.KNOWLEDGE_POINTS
POINTS = SameIndex(shipped_points())


def requests(tier: str, outcome: str) -> float:
    """Look-ups of all kinds but the subjects' settings, which are not the questions'."""
    asked = [
        {"kind": kind.value, "tier": tier, "outcome": outcome}
        for kind in CacheKind
        if kind is not CacheKind.SUBJECT_SETTINGS
    ]
    counted = (REGISTRY.get_sample_value("examlens_cache_requests_total", one) for one in asked)
    return sum(value or 0.0 for value in counted)


async def test_both_lower_tiers_keep_values_and_their_remaining_time(
    redis_server: PrivateRedis, database: Database
) -> None:
    for tier in (RedisTier(redis_server.url, 5), PostgresTier(database)):
        key, none = f"k{uuid4()}", f"n{uuid4()}"
        await tier.put({key: Entry({"points": ["数"]}, 60.0), none: Entry(None, 30.0)})
        await tier.put({key: Entry({"points": ["式"]}, 50.0)})
        await tier.put({"a_b": Entry(1, 60.0), "axb": Entry(1, 60.0), "a[b": Entry(1, 60.0)})
        found = await tier.get([key, none, "missing"])
        assert found[key].value == {"points": ["式"]}
        assert 45 < found[key].seconds <= 50
        assert (found[none].value, set(found)) == (None, {key, none})
        assert await tier.delete([key, "missing"]) == 1
        assert await tier.get([key]) == {}
        # Signs that mean something in Redis or in SQL stand for themselves.
        for pattern, count in (("a_b", 1), ("a[b", 1), ("a?b", 3), ("a*b", 3), ("A?B", 0)):
            assert await tier.count(KeyPattern(pattern)) == count, pattern
        assert [await tier.clear(KeyPattern("a?b")) for _ in range(2)] == [3, 0]
        await tier.close()


async def test_expired_entries_are_not_given_and_go_away(database: Database) -> None:
    tier = PostgresTier(database)
    await tier.put({"old": Entry(1, 60.0)})
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(cache_entries)
            .where(cache_entries.c.key == "old")
            .values(expires_at=cache_entries.c.expires_at - timedelta(hours=2))
        )
    assert await tier.get(["old"]) == {}
    await tier.put({"new": Entry(1, 60.0)})
    async with database.transaction() as uow:
        assert await uow.cache_entries.clear("old%") == 0
        assert await uow.cache_entries.clear("new%") == 1


async def test_a_redis_that_goes_away_is_done_without(
    redis_server: PrivateRedis, database: Database
) -> None:
    tiers = (RedisTier(redis_server.url, 5), PostgresTier(database))
    cache = TieredCache(MemoryTier(100), tiers)
    computed: list[str] = []

    async def compute(keys: Sequence[str]) -> dict[str, Computed]:
        computed.extend(keys)
        return {key: Computed(key) for key in keys}

    one, other = f"k{uuid4()}", f"k{uuid4()}"
    await cache.fetch(KIND, [one], compute)
    redis_server.stop()
    try:
        errors = requests("l2", "error")
        assert await cache.fetch(KIND, [other], compute) == {other: other}
        assert requests("l2", "error") == errors + 1
        fresh = TieredCache(
            MemoryTier(100), (RedisTier(redis_server.url, 5), PostgresTier(database))
        )
        assert await fresh.fetch(KIND, [one, other], compute) == {one: one, other: other}
        assert computed == [one, other]
        await fresh.close()
    finally:
        redis_server.start()
    await cache.close()


def class_of(count: int, questions: int, *, noise: float) -> list[AnalysisInput]:
    """One paper, read from each student's page with some characters wrong."""
    chance = random.Random(3)  # noqa: S311 -- repeatable
    # In no text of another test, which the database still knows.
    paper_id = str(uuid4())
    asked = "求抛物线 y=x²-2x 的顶点坐标和对称轴，并画出二次函数的图像。"
    stems = [f"{asked}（{n}）{paper_id}" for n in range(1, questions + 1)]
    keyed = tuple(
        KeyQuestion(number=str(n), type=QuestionType.FILL_IN, answer=str(n), points=4)
        for n in range(1, questions + 1)
    )
    key = AnswerKey(title="t", sections=(KeySection(label="一", questions=keyed),))
    made = []
    for student in range(count):
        reads = tuple(
            ReadQuestion(
                ordinal=n,
                section="一",
                number=str(n),
                type=QuestionType.FILL_IN,
                stem="".join("口" if chance.random() < noise else c for c in stem),
                answer=ReadAnswer(text=str(n), confidence=0.97),
            )
            for n, stem in enumerate(stems, start=1)
        )
        context = ExamContext(f"e{student}", paper_id)
        made.append(AnalysisInput(ReadPaper(questions=reads), key, "数学", {}, context))
    return made


def spread(
    students: list[AnalysisInput], stages: list[AnalysisStage]
) -> list[Coroutine[Any, Any, Analysis]]:
    return [stages[n % len(stages)].compute(source) for n, source in enumerate(students)]


async def test_a_class_of_forty_on_one_paper_tags_each_question_once(
    new_assistant: NewAssistant,
    provider: ModelProvider,
    database: Database,
    redis_server: PrivateRedis,
) -> None:
    provider.latency_seconds = 0.05
    assistant = new_assistant(redis_url=redis_server.url, model_grading=False)
    assistant.open(database)
    stage = AnalysisStage(ScoringRules(), POINTS, assistant)
    found = await asyncio.gather(*spread(class_of(40, 12, noise=0.05), [stage]))
    assert len(provider.requests) == 12
    assert all(len(q.knowledge_points) == 1 for one in found for q in one.questions)
    assert sum(one.model.calls for one in found if one.model) == 12


async def test_another_process_finds_the_tags_in_redis_or_in_the_database(
    new_assistant: NewAssistant,
    provider: ModelProvider,
    database: Database,
    redis_server: PrivateRedis,
) -> None:
    students = class_of(3, 6, noise=0.0)
    places: list[tuple[dict[str, object], str]] = [
        ({"redis_url": redis_server.url}, "l3"),
        ({"redis_url": redis_server.url}, "l2"),
        ({"redis_url": None}, "l3"),
    ]
    for number, (settings, tier) in enumerate(places):
        assistant = new_assistant(model_grading=False, **settings)
        assistant.open(database)
        before = requests(tier, "hit")
        stage = AnalysisStage(ScoringRules(), POINTS, assistant)
        await stage.compute(students[number])
        assert len(provider.requests) == 6
        if number:
            assert requests(tier, "hit") == before + 6


async def test_tags_of_the_rules_in_an_outage_are_not_kept_as_the_models(
    new_assistant: NewAssistant, provider: ModelProvider, database: Database
) -> None:
    provider.always = Fault(status=401, body="")
    students = class_of(2, 5, noise=0.0)
    during = new_assistant(model_grading=False)
    during.open(database)
    analysis = await AnalysisStage(ScoringRules(), POINTS, during).compute(students[0])
    assert left_to_rules("breaker_open") in analysis.notes or left_to_rules("refused") in (
        analysis.notes
    )
    assert all(q.knowledge_points for q in analysis.questions)
    provider.always = None
    provider.requests.clear()
    after = new_assistant(model_grading=False)
    after.open(database)
    again = await AnalysisStage(ScoringRules(), POINTS, after).compute(students[1])
    assert again.notes == ()
    assert len(provider.requests) == 5


async def test_no_connection_is_held_while_a_model_is_asked(
    new_assistant: NewAssistant, provider: ModelProvider, database: Database
) -> None:
    held: set[int] = set()
    event.listen(
        database.engine.sync_engine, "checkout", lambda _, record, __: held.add(id(record))
    )
    event.listen(database.engine.sync_engine, "checkin", lambda _, record: held.discard(id(record)))
    seen: list[int] = []

    def watch(system: str, data: dict[str, object]) -> object:
        seen.append(len(held))
        return sensible(system, data)

    provider.think, provider.latency_seconds = watch, 0.1
    assistant = new_assistant(model_grading=False)
    assistant.open(database)
    stage = AnalysisStage(ScoringRules(), POINTS, assistant)
    await stage.compute(class_of(1, 30, noise=0.0)[0])
    assert seen == [0] * 30


async def test_eight_exams_need_no_more_than_one_connection_between_them(
    new_assistant: NewAssistant, provider: ModelProvider, database_url: str
) -> None:
    pool = Database(database_url, size=1, application="test")
    provider.latency_seconds = 1.0
    assistant = new_assistant(model_grading=False, model_attempt_seconds=20, model_stage_seconds=60)
    assistant.open(pool)
    stage = AnalysisStage(ScoringRules(), POINTS, assistant)
    await asyncio.gather(*(stage.compute(class_of(1, 30, noise=0.0)[0]) for _ in range(8)))
    # With a connection held during the calls no more than one exam's thirty could be under way.
    assert provider.most_busy > 60
    assert len(provider.requests) == 240
    # It writes its counts through the pool.
    await assistant.close()
    await pool.close()
