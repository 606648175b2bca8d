"""Points of blanks are no points of questions that have several."""

from services.parse.domain.headings.points import read_points
from services.parse.domain.paper import read_paper
from tests.unit.parse.drawn import sheet


def test_questions_with_several_blanks_are_not_worth_what_one_blank_is() -> None:
    paper = read_paper(
        [sheet("一、填空。（每空1分，共3分）\n1. 长__3__米，宽__4__米\n2. 高__5__米")]
    )
    assert [question.points for question in paper.questions] == [None, None]
    assert [section.points for section in paper.sections] == [3]


def test_where_every_question_has_one_blank_it_is_worth_that() -> None:
    paper = read_paper([sheet("一、填空。（每空2分，共4分）\n1. 长__3__米\n2. 高__5__米")])
    assert [question.points for question in paper.questions] == [2, 2]


def test_points_of_questions_beside_those_of_blanks_stay() -> None:
    for heading in ("填空题（每小题4分，每空2分共28分）", "填空题（每空2分，每小题4分，共28分）"):
        points = read_points(heading)
        assert points.each == 4
        assert not points.is_per_blank
