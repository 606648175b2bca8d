"""Only what a teacher's pen wrote beside a question counts as the teacher's."""

import pytest

from services.parse.domain.marks import Place, assign_marks
from shared.contract.questions import EvidenceKind
from shared.contract.reading import InkColour, MarkKind, PageText, PenMark

QUESTION = Place(page=1, bbox=(100, 200, 400, 40), owner=0)


def page_with(colour: InkColour, kind: MarkKind, text: str = "") -> PageText:
    mark = PenMark(kind=kind, bbox=(300, 205, 20, 30), text=text, colour=colour)
    return PageText(page=1, width_px=1000, height_px=1400, marks=(mark,))


@pytest.mark.parametrize(
    ("kind", "text"),
    [(MarkKind.SCORE, "5"), (MarkKind.TICK, ""), (MarkKind.CROSS, "")],
)
def test_a_students_blue_writing_is_no_teachers_mark(kind: MarkKind, text: str) -> None:
    assigned = assign_marks([page_with(InkColour.BLUE, kind, text)], [QUESTION], {}, head_bottom=0)
    assert assigned.by_question == {}


def test_a_red_number_beside_a_question_is_its_written_score() -> None:
    page = page_with(InkColour.RED, MarkKind.SCORE, "5")
    assigned = assign_marks([page], [QUESTION], {}, head_bottom=0)
    (evidence,) = assigned.by_question[0]
    assert (evidence.kind, evidence.text) == (EvidenceKind.SCORE, "5")
