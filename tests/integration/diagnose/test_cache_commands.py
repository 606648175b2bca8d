"""``examlens cache``: filling and clearing the shared tiers."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from examlens.cli import app
from services.diagnose.domain.model.exam_context import ExamContext
from services.diagnose.domain.scoring.analysis import AnalysisInput
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import AnalysisStage
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadAnswer, ReadPaper, ReadQuestion
from shared.db.database import Database
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
    assert "entries removed" in await run("clear")
    async with database.transaction() as uow:
        # Other tests' entries have keys of their own.
        assert await uow.cache_entries.clear("knowledge_points:") == 0


async def test_a_line_that_is_no_question_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text('{"stem": "a"}\n\n[1]\n')
    answer = CliRunner().invoke(app, ["cache", "warm", "--file", str(file)])
    assert answer.exit_code == 2
    assert "items.jsonl, line 3: not a question" in answer.output
