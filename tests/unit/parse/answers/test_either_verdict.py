"""What may be either verdict is left to a person."""

from services.parse.domain.answers.answer_text import interpret
from services.parse.domain.answers.cell_answers import cell_answer
from services.parse.domain.pages.answer_tables import TableAnswer
from services.parse.domain.pages.tables import Cell
from services.parse.domain.paper import read_paper
from shared.contract.questions import QuestionType
from tests.unit.parse.drawn import sheet


def test_what_may_be_either_verdict_is_neither() -> None:
    meaning = interpret("下", QuestionType.TRUE_FALSE, "")
    assert meaning is not None
    assert meaning.text not in {"T", "F"}
    assert meaning.plausibility <= 0.2


def test_a_person_decides_between_both_verdicts_that_strokes_may_be() -> None:
    paper = read_paper(
        [sheet("一、判断题（正确的写T，错误的写F）\n1. 零是自然数。（ 下 ）\n2. 铁导电。（ T ）")]
    )
    answer = paper.questions[0].answer
    assert answer is not None
    assert (answer.text, {item.text for item in answer.evidence}) == ("下", {"T", "F"})
    assert answer.confidence <= 0.2


def test_a_cell_that_may_be_either_verdict_names_both() -> None:
    cell = Cell("下", 0.99, (0, 0, 40, 40), has_ink=True)
    answer = cell_answer(TableAnswer(1, 1, cell), QuestionType.TRUE_FALSE, "")
    assert (answer.text, [item.text for item in answer.evidence]) == ("下", ["T", "F"])
