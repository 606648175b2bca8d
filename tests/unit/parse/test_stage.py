from types import SimpleNamespace
from typing import Any

import pytest

from services.parse.stage import ParseInput, ParseStage
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.failures import PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.notes import Note, NoteKind
from shared.contract.questions import QuestionType
from shared.contract.stages import Stage
from tests.unit.parse.drawn import page, sheet

TASK = StageTask(exam_id="e", run=2, stage=Stage.PARSING)
KEY = AnswerKey(
    title="t",
    sections=(
        KeySection(
            label="一",
            questions=(KeyQuestion(number="1", type=QuestionType.FILL_IN, answer="5", points=2),),
        ),
    ),
)


class MemoryUnitOfWork:
    """Answers as the repositories do, from what the test put in."""

    def __init__(self, *, paper_id: str | None = None) -> None:
        self.saved: dict[tuple[str, int], Any] = {}
        self.exams = SimpleNamespace(get=self._exam)
        self.papers = SimpleNamespace(key=self._key)
        self.uploads = SimpleNamespace(list=self._uploads)
        self.page_texts = SimpleNamespace(list=self._pages)
        self.read_papers = SimpleNamespace(replace=self._replace)
        self._paper_id = paper_id

    async def _exam(self, exam_id: str) -> SimpleNamespace:
        return SimpleNamespace(id=exam_id, paper_id=self._paper_id, student_ref="张三")

    async def _uploads(self, exam_id: str) -> tuple[str, ...]:
        return ("a scan",)

    async def _key(self, paper_id: str) -> AnswerKey | None:
        return KEY if paper_id == "p" else None

    async def _pages(self, exam_id: str, run: int) -> tuple[Any, ...]:
        assert (exam_id, run) == ("e", 2)
        return (sheet("一、选择题\n1. 正确的是（ B ）\nA. 甲 B. 乙\n2. 错的是（8）\nA. 甲 B. 乙"),)

    async def _replace(self, exam_id: str, run: int, paper: Any) -> None:
        self.saved[(exam_id, run)] = paper


async def test_a_paper_is_read_and_replaces_the_one_of_the_run() -> None:
    stage, uow = ParseStage(review_threshold=0.8), MemoryUnitOfWork()
    source = await stage.load(uow, TASK)  # type: ignore[arg-type]
    assert source.key is None
    assert (source.student_ref, source.is_one_file) == ("张三", True)
    for _ in range(2):
        paper = await stage.compute(source)
        await stage.save(uow, TASK, paper)  # type: ignore[arg-type]
    assert list(uow.saved) == [("e", 2)]
    assert [question.number for question in uow.saved[("e", 2)].questions] == ["1", "2"]


async def test_the_structure_of_a_named_key_is_used() -> None:
    stage = ParseStage(review_threshold=0.8)
    source = await stage.load(MemoryUnitOfWork(paper_id="p"), TASK)  # type: ignore[arg-type]
    paper = await stage.compute(source)
    assert paper.questions[0].type is QuestionType.FILL_IN


async def test_doubtful_answers_are_counted_in_a_warning() -> None:
    stage = ParseStage(review_threshold=0.8)
    source = await stage.load(MemoryUnitOfWork(), TASK)  # type: ignore[arg-type]
    paper = await stage.compute(source)
    assert paper.warnings == (Note(kind=NoteKind.ANSWERS_TO_REVIEW, details=("1",)),)


async def test_pages_without_text_fail_for_good() -> None:
    with pytest.raises(PermanentFailure):
        await ParseStage(0.8).compute(ParseInput((page(),), None))
