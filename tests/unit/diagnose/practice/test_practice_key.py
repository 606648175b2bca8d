"""The JSON of a practice paper is the answer key of the paper that is printed."""

import pytest

from services.diagnose.domain.comparing.answers import compare
from services.diagnose.domain.comparing.outcomes import RIGHT
from services.diagnose.domain.practice.choice import choose_items
from services.diagnose.domain.practice.generators.catalogue import GENERATORS, Generator, make_item
from shared.contract.answer_key import AnswerKey
from shared.contract.documents import KnowledgePoint
from shared.contract.failures import Language
from shared.contract.plain_formulas import plain_text
from shared.contract.practice import PracticePaper
from shared.contract.questions import QuestionType
from tests.unit.diagnose.practice.test_choice import target, wish

POINT = KnowledgePoint(id="p", name="p", path=("p",))


def test_the_json_of_a_paper_is_a_key_with_its_numbers_types_and_answers() -> None:
    paper = choose_items([target("式与方程"), target("分数")], [], wish(count=20))
    key = AnswerKey.model_validate_json(paper.model_dump_json())
    (section,) = key.sections
    assert [question.number for question in section.questions] == list(map(str, range(1, 21)))
    assert [q.type for q in section.questions] == [item.type for item in paper.items]
    assert (key.title, key.full_score) == (paper.title, 100)
    assert not [q.answer for q in section.questions if "$" in q.answer or "\\" in q.answer]
    assert PracticePaper.model_validate_json(paper.model_dump_json()) == paper


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda one: f"{one.name}-{one.level}")
def test_the_right_answer_of_every_structure_is_judged_right_and_a_wrong_one_is_not(
    generator: Generator,
) -> None:
    for seed in range(6):
        item = make_item(generator, "zh", str(seed), POINT)
        answer = plain_text(item.answer)
        assert compare(item.type, answer, answer, item.options).outcome is RIGHT.outcome
        if item.type is QuestionType.FILL_IN:
            wrong = f"{answer}7" if answer[-1].isdigit() else f"7{answer}"
            assert compare(item.type, wrong, answer).outcome is not RIGHT.outcome


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"$\frac{3}{4}$", "3/4"),
        (r"$-\frac{x + 1}{2}$", "-(x + 1)/2"),
        (r"$x \le 3$", "x ≤ 3"),
        (r"$3\sqrt{2}$", "3√2"),
        (r"$x^{2} - 1$", "x^2 - 1"),
        (r"$12\pi$", "12π"),
        ("B", "B"),
    ],
)
def test_formulas_are_written_in_a_line(latex: str, plain: str) -> None:
    assert plain_text(latex) == plain


def test_a_paper_without_items_is_no_key() -> None:
    empty = PracticePaper(title="t", subject=None, language=Language.ZH, points=(), items=())
    assert empty.sections == ()
