"""``examlens cache``: filling and clearing the shared tiers."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import delete
from typer.testing import CliRunner

from examlens.cli import app
from examlens.servers.redis import PrivateRedis
from services.diagnose.adapters.cache.counts import LookUpCounts
from services.diagnose.adapters.taxonomy.tagged_taxonomy import shipped_points
from services.diagnose.domain.model.exam_context import ExamContext
from services.diagnose.domain.points.cache_keys import CacheKind
from services.diagnose.domain.scoring.analysis import AnalysisInput
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import AnalysisStage
from services.diagnose.steps.tagging import TagRequest
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadAnswer, ReadPaper, ReadQuestion
from shared.db.database import Database
from shared.db.tables import cache_counts
from tests.integration.diagnose.conftest import NewAssistant
from tests.integration.diagnose.model_provider import ModelProvider
from tests.integration.diagnose.test_caches import POINTS, requests

STEM = "求抛物线 y=x²-2x 的顶点坐标和对称轴，并画出二次函数的图像。"


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path
) -> pytest.MonkeyPatch:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("EXAMLENS_BLOB_URL", str(tmp_path))
    return monkeypatch


async def run(*arguments: str) -> str:
    """The command in a thread: it has an event loop of its own."""
    answer = await asyncio.to_thread(CliRunner().invoke, app, ["cache", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.output


async def test_a_warmed_paper_needs_no_model_when_its_class_comes(
    environment: pytest.MonkeyPatch,
    database: Database,
    provider: ModelProvider,
    new_assistant: NewAssistant,
) -> None:
    questions = tuple(
        KeyQuestion(
            number=str(n), type=QuestionType.FILL_IN, answer="1", points=4, stem=f"（{n}）{STEM}"
        )
        for n in range(1, 4)
    )
    key = AnswerKey(
        title="t", subject="mathematics", sections=(KeySection(label="一", questions=questions),)
    )
    async with database.transaction() as uow:
        tenant_id = await uow.tenants.ensure("a school")
        paper = await uow.papers.add(tenant_id, key)
    environment.setenv("EXAMLENS_MODEL_BASE_URL", provider.url)
    environment.setenv("EXAMLENS_MODEL_NAME", "stand-in")
    said = await run("warm")
    assert "3 questions, 3 of them have knowledge points; 3 calls of stand-in" in said
    assistant = new_assistant(model_grading=False)
    assistant.open(database)
    reads = tuple(
        ReadQuestion(
            ordinal=n,
            section="一",
            number=str(n),
            type=QuestionType.FILL_IN,
            stem="口口",
            answer=ReadAnswer(text="1", confidence=0.97),
        )
        for n in range(1, 4)
    )
    source = AnalysisInput(ReadPaper(questions=reads), key, "数学", {}, ExamContext("e", paper.id))
    before = requests("l3", "hit")
    analysis = await AnalysisStage(ScoringRules(), POINTS, assistant).compute(source)
    assert len(provider.requests) == 3
    assert requests("l3", "hit") == before + 3
    assert all(len(q.knowledge_points) == 1 for q in analysis.questions)


async def test_texts_of_a_file_are_tagged_and_cleared_again(
    environment: pytest.MonkeyPatch, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "items.jsonl"
    lines = [{"subject": "数学", "stem": STEM}, {"subject": "占星术", "stem": "白羊座"}]
    file.write_text("\n".join(json.dumps(line) for line in lines))
    assert "2 questions, 1 of them" in await run("warm", "--file", str(file))
    assert "entries removed" in await run("clear", "--all")
    async with database.transaction() as uow:
        # Other tests' entries have keys of their own.
        assert await uow.cache_entries.clear("knowledge\\_points:%") == 0


async def test_a_line_that_is_no_question_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text('{"stem": "a"}\n\n[1]\n')
    answer = CliRunner().invoke(app, ["cache", "warm", "--file", str(file)])
    assert answer.exit_code == 2
    assert "items.jsonl, line 3: not a question" in answer.output


async def test_single_keys_are_set_seen_and_forgotten(
    environment: pytest.MonkeyPatch, redis_server: PrivateRedis
) -> None:
    environment.setenv("EXAMLENS_REDIS_URL", redis_server.url)
    key = "paper_template:mathematics:九年级:1"
    await run("set", key, '{"points": []}', "--seconds", "60")
    assert json.loads(await run("get", key)) == {"points": []}
    assert [line.split(":")[0] for line in (await run("exists", key)).splitlines()] == ["l2", "l3"]
    assert "2 entries removed" in await run("clear", "paper_template:mathematics:九*")
    for command in (
        ["get", key],
        ["exists", key],
        ["set", "x:1", "1"],
        ["set", key, "{"],
        ["clear"],
    ):
        answer = await asyncio.to_thread(CliRunner().invoke, app, ["cache", *command])
        assert answer.exit_code in {2, 4}, command
    await run("set", key, "null")
    assert "2 entries removed" in await run("delete", key)


async def test_hit_rates_of_all_processes_are_told_by_kind_and_tier(
    environment: pytest.MonkeyPatch, database: Database, new_assistant: NewAssistant
) -> None:
    await run("clear", "--all")
    async with database.transaction() as uow:
        await uow.connection.execute(delete(cache_counts))
    for _ in range(2):
        # Without a model: what a subject offers is kept for the rules as well.
        assistant = new_assistant(model_base_url=None)
        assistant.open(database)
        requests = [TagRequest(n, f"（{n}）{STEM}") for n in range(2)]
        assert (await assistant.warm(shipped_points(), "数学", requests))[0] == 2
        await assistant.close()
    told = json.loads(await run("stats", "--json"))
    assert told["days"] == 7
    rates = {(row["kind"], row["tier"]): row for row in told["tiers"]}
    points = rates["knowledge_points", "l3"]
    assert (points["hits"], points["misses"], points["rate"]) == (2, 2, 0.5)
    assert points["entries"] == 2
    settings = rates["subject_settings", "l3"]
    assert (settings["hits"], settings["misses"], settings["entries"]) == (0, 1, 1)
    assert rates["knowledge_points", "l1"]["misses"] == 4
    table = await run("stats", "--days", "1")
    assert "50.0%" in table
    assert "knowledge_points" in table


async def test_counts_that_cannot_be_written_wait(database: Database, database_url: str) -> None:
    counts, gone = (
        LookUpCounts(),
        Database("postgresql://127.0.0.1:1/none", size=1, application="t"),
    )
    kind = CacheKind.SUBJECT_SETTINGS
    counts.add(kind, "test", "hit", 3)
    counts.keep_in(gone)
    await counts.write(is_due=True)
    counts.keep_in(database)
    # Too soon after the last time.
    await counts.write()
    await counts.write(is_due=True)
    await counts.write(is_due=True)
    async with database.transaction() as uow:
        (rate,) = [rate for rate in await uow.cache_counts.rates(1) if rate.tier == "test"]
    assert (rate.hits, rate.misses) == (3, 0)
    await gone.close()
