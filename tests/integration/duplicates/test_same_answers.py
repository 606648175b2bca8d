"""Layer 4: the same text and answers of the same student, found after reading."""

from collections.abc import Callable
from typing import Any

import pytest

from services.parse.stage import ParseStage
from shared.contract.duplicates import Duplicate
from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from shared.messaging.stage_runner import Outcome, StageRunner
from tests.integration.duplicates.conftest import RunStage, Submit
from tests.unit.parse.drawn import sheet

LINES = "一、选择题\n" + "\n".join(
    f"{number}. 第{number}题正确的是（ {letter} ）\nA. 甲 B. 乙 C. 丙 D. 丁"
    for number, letter in enumerate("ABCDAB", start=1)
)


class _Read:
    """Stands for ingest and ocr: every exam has the page that the test gives it."""

    def __init__(self, stage: Stage, text: str) -> None:
        self.stage, self._text = stage, text

    async def load(self, *_: Any) -> None:
        return None

    async def compute(self, _: Any) -> None:
        return None

    async def save(self, uow: Any, task: StageTask, _: Any) -> None:
        if self.stage is Stage.INGEST:
            image = PageImage(number=1, blob_key="p", width_px=9, height_px=9)
            await uow.pages.replace(task.exam_id, task.run, (image,))
        else:
            await uow.page_texts.replace(task.exam_id, task.run, sheet(self._text))


@pytest.fixture
def parse(runner: Callable[[Any], StageRunner]) -> RunStage:
    async def run(exam: Exam, text: str = LINES) -> Outcome:
        for stage, page in ((Stage.INGEST, 0), (Stage.OCR, 1)):
            task = StageTask(exam_id=exam.id, run=1, stage=stage, page=page)
            await runner(_Read(stage, text)).run(task)
        task = StageTask(exam_id=exam.id, run=1, stage=Stage.PARSING)
        return await runner(ParseStage(review_threshold=0.5)).run(task)

    return run


async def test_the_same_paper_of_the_same_student_ends_as_a_duplicate(
    database: Database, submit: Submit, parse: RunStage
) -> None:
    first = await submit(b"1", student_ref="s-1")
    assert await parse(first) is Outcome.RECORDED
    again = await submit(b"2", student_ref="s-1")
    assert await parse(again) is Outcome.DUPLICATE
    async with database.transaction() as uow:
        ended = await uow.exams.get(again.id)
    assert (ended.status, ended.duplicate) == (Status.DUPLICATE, Duplicate(layer=4, of=first.id))


async def test_the_same_answers_of_another_student_are_another_exam(
    submit: Submit, parse: RunStage
) -> None:
    assert await parse(await submit(b"1", student_ref="s-1")) is Outcome.RECORDED
    assert await parse(await submit(b"2", student_ref="s-2")) is Outcome.RECORDED
    assert await parse(await submit(b"3")) is Outcome.RECORDED


async def test_another_answer_is_another_exam(submit: Submit, parse: RunStage) -> None:
    other = LINES.replace("（ D ）", "（ C ）")
    assert await parse(await submit(b"1", student_ref="s-1")) is Outcome.RECORDED
    assert await parse(await submit(b"2", student_ref="s-1"), other) is Outcome.RECORDED


async def test_a_forced_exam_is_taken_all_the_same(submit: Submit, parse: RunStage) -> None:
    await parse(await submit(b"1", student_ref="s-1"))
    forced = await submit(b"2", student_ref="s-1", is_forced=True)
    assert await parse(forced) is Outcome.RECORDED
