"""A practice paper is printed, filled in, scanned and scored with its own JSON as the key."""

from pathlib import Path

import pytest

from examlens.client import ExamLensClient
from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_taxonomy
from services.diagnose.domain.practice.choice import PracticeWish, choose_items
from services.diagnose.domain.practice.targets import target_of
from shared.contract.answer_key import AnswerKey
from shared.contract.failures import Language
from shared.contract.practice import PracticePaper
from shared.contract.questions import QuestionType
from tests.e2e.filled_practice import scanned

pytestmark = pytest.mark.xdist_group("embedded")


def _paper() -> PracticePaper:
    index = shipped_taxonomy()
    points = [index.find("数学", name) for name in ("有理数", "百分数", "时间与日期")]
    targets = [target_of(point, "数学", index, 0.5) for point in points if point is not None]
    return choose_items(targets, (), PracticeWish(10, None, Language.ZH, "mathematics", "b0"))


def test_a_filled_practice_paper_is_scored_in_full(client: ExamLensClient, tmp_path: Path) -> None:
    paper = _paper()
    assert {item.type for item in paper.items} == {QuestionType.SINGLE_CHOICE, QuestionType.FILL_IN}
    files = []
    for number, page in enumerate(scanned(paper, seed=0), start=1):
        files.append(tmp_path / f"{number}.jpg")
        files[-1].write_bytes(page)
    key = client.create_paper(AnswerKey.model_validate_json(paper.model_dump_json()))
    exam = client.submit(files, paper_id=key.paper_id, language=Language.ZH).exam_id
    client.wait(exam, timeout_seconds=200)
    result = client.result(exam)
    assert [q.verdict.value for q in result.questions] == ["correct"] * len(paper.items)
    assert (result.score.earned, result.score.full, result.score.open) == (50, 50, 0)
