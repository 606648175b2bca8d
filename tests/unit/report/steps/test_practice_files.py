"""Practice papers as drawn: everything asked for is on the page, and nothing runs."""

from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.report.adapters.fonts import SansFont
from services.report.adapters.typst_pdf import TypstPdf
from services.report.domain.views.practice_paper import PracticePart, view_practice
from services.report.steps.practice_files import draw_practice
from shared.contract.documents import KnowledgePoint
from shared.contract.failures import Language
from shared.contract.practice import PracticeItem, PracticePaper
from shared.contract.questions import Option, QuestionType

POINT = KnowledgePoint(id="p", name="分数", path=("数与运算", "分数"))
CHILD = KnowledgePoint(id="kp-1", name="通分", path=("数与运算", "分数", "通分"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def pdf() -> TypstPdf:
    return TypstPdf(SansFont())


def item(stem: str, **more: Any) -> PracticeItem:
    given_values: dict[str, Any] = {
        "type": QuestionType.FILL_IN,
        "stem": stem,
        "answer": "$1$",
        "solution": "过程甲",
        "knowledge_points": (POINT,),
        "difficulty": 0.3,
        "source": "bank",
        **more,
    }
    return PracticeItem(**given_values)


def paper(*items: PracticeItem, language: Language = Language.ZH) -> PracticePaper:
    return PracticePaper(
        title="练习：分数", subject="mathematics", language=language, points=(POINT,), items=items
    )


def drawn(pdf: TypstPdf, made: PracticePaper, part: PracticePart) -> str:
    data = draw_practice(pdf, made, part, NOW)
    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


@given(st.text(alphabet="\\{}^_&[]xy12+-= ", max_size=40))
@settings(max_examples=15)
def test_whatever_stands_in_a_formula_can_be_drawn(pdf: TypstPdf, text: str) -> None:
    assert "1." in drawn(pdf, paper(item(f"题 ${text}$")), PracticePart.PAPER)


def test_markup_in_a_question_is_shown_and_never_run(pdf: TypstPdf) -> None:
    text = drawn(pdf, paper(item('#panic("x") *粗* $#panic("y")$')), PracticePart.PAPER)
    assert "#panic" in text


def test_the_paper_keeps_the_answers_back_and_the_key_has_them(pdf: TypstPdf) -> None:
    options = tuple(Option(label=label, text=f"选{label}") for label in "ABCD")
    made = paper(
        item("第一道题"),
        item("第二道题", type=QuestionType.SINGLE_CHOICE, options=options, answer="C"),
    )
    shown = drawn(pdf, made, PracticePart.PAPER)
    key = drawn(pdf, made, PracticePart.KEY)
    both = drawn(pdf, made, PracticePart.BOTH)
    assert "第一道题" in shown
    assert "选 D" in shown
    assert "过程甲" not in shown
    assert "过程甲" in key
    assert "第一道题" not in key
    assert "第一道题" in both
    assert "过程甲" in both


def test_items_of_a_finer_point_stand_under_the_point_that_is_practised() -> None:
    view = view_practice(paper(item("甲"), item("乙", knowledge_points=(CHILD,))), PracticePart.KEY)
    (group,) = view.groups
    assert (group.name, group.path) == ("分数", "数与运算")
    assert [question.number for question in group.questions] == [1, 2]


def test_an_english_paper_has_english_words(pdf: TypstPdf) -> None:
    text = drawn(pdf, paper(item("Add them."), language=Language.EN), PracticePart.BOTH)
    assert "Practice paper" in text
    assert "Working" in text
