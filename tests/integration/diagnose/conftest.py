"""A stand-in provider, sessions with it, and papers with questions that need a model."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from services.diagnose.domain.model.exam_context import ExamContext
from services.diagnose.domain.scoring.analysis import AnalysisInput
from services.diagnose.settings import DiagnoseSettings
from services.diagnose.steps.assistant import Assistant
from services.diagnose.worker import build_assistant
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.failures import Language
from shared.contract.questions import QuestionType
from shared.contract.reading import PaperMetadata, ReadAnswer, ReadPaper, ReadQuestion
from shared.db.database import Database
from tests.integration.diagnose.model_provider import ModelProvider

NewAssistant = Callable[..., Assistant]
NAME, NUMBER, REFERENCE = "王小明", "20230417", "ref-99017"


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[ModelProvider]:
    async with ModelProvider().serve() as serving:
        yield serving


@pytest_asyncio.fixture
async def new_assistant(provider: ModelProvider, database: Database) -> AsyncIterator[NewAssistant]:
    """Builds the assistant the way the worker does, with short waits.

    ``database`` is closed after them: they write their counts at the end.
    """
    built = []

    def build(**settings: object) -> Assistant:
        quick = {
            "database_url": "postgresql://unused",
            "model_base_url": provider.url,
            "model_name": "stand-in",
            "model_api_key": "sk-secret",
            "model_backoff_seconds": 0.01,
            "model_attempt_seconds": 3.0,
            "model_stage_seconds": 20.0,
        }
        built.append(build_assistant(DiagnoseSettings.model_validate(quick | settings)))
        return built[-1]

    yield build
    for assistant in built:
        await assistant.close()


def essay_paper(count: int = 1, *, answer: str | None = None) -> AnalysisInput:
    """Short answers that only a model can grade, of a student whom the paper names."""
    text = answer or f"因为两直线平行，所以同位角相等。{NAME} 学号{NUMBER}"
    reads = tuple(
        ReadQuestion(
            ordinal=n,
            section="一",
            number=str(n),
            type=QuestionType.SHORT_ANSWER,
            stem=f"第 {n} 题：说明理由。考生{NAME}",
            answer=ReadAnswer(text=text, confidence=0.97),
        )
        for n in range(1, count + 1)
    )
    keyed = tuple(
        KeyQuestion(
            number=str(n),
            type=QuestionType.SHORT_ANSWER,
            answer="两直线平行，同位角相等（4分）",
            points=4,
            knowledge_points=("平行线",),
        )
        for n in range(1, count + 1)
    )
    metadata = PaperMetadata(student_name=NAME, student_number=NUMBER, class_name="高三(2)班")
    key = AnswerKey(
        title="A paper", subject="数学", sections=(KeySection(label="一", questions=keyed),)
    )
    context = ExamContext("e-1", "p-1", REFERENCE, Language.ZH)
    return AnalysisInput(ReadPaper(metadata=metadata, questions=reads), key, "数学", {}, context)
