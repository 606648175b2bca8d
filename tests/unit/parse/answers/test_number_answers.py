"""Where a section is answered with numbers, letters that look like figures are figures."""

import pytest

from services.parse.domain.paper import read_paper
from shared.contract.reading import ReadQuestion
from tests.unit.parse.drawn import sheet


def questions(*written: str) -> tuple[ReadQuestion, ...]:
    rows = "\n".join(f"{n}. 值为__{text}__" for n, text in enumerate(written, start=1))
    return read_paper([sheet(f"一、填空题\n{rows}")]).questions


def texts(*written: str) -> list[str | None]:
    return [question.answer and question.answer.text for question in questions(*written)]


def test_letters_among_numbers_are_figures_that_a_person_confirms() -> None:
    read = questions("16", "HO", "l")
    assert [question.answer and question.answer.text for question in read] == ["16", "40", "1"]
    assert [bool(q.answer and q.answer.confidence >= 0.8) for q in read] == [True, False, False]


@pytest.mark.parametrize(
    "written", [("HO", "l"), ("16", "HO", "老子"), ("12", "AB"), ("3", "x+1", "l")]
)
def test_other_sections_keep_their_letters(written: tuple[str, ...]) -> None:
    assert texts(*written) == list(written)


def test_several_blanks_are_changed_one_by_one() -> None:
    assert texts("3", "12；l") == ["3", "12；1"]
