"""The overlay marks answers and hides none."""

from services.report.domain.drawing.page_overlay import draw_overlay
from services.report.domain.page.marks import PlacedMark, place_marks
from services.report.domain.page.places import QuestionPlaces
from shared.contract.questions import Verdict
from shared.contract.reading import PageImage
from tests.unit.report.exam_results import knowledge_points, make_question
from tests.unit.report.svg import SVG, parsed

_PAGE = PageImage(number=1, blob_key="k", width_px=1000, height_px=1400)


def test_the_symbol_of_an_answer_before_its_number_stands_to_its_left() -> None:
    question = make_question(0, "en", knowledge_points("en"))
    box = (300.0, 200.0, 80.0, 40.0)
    for start, is_leading in ((300.0, True), (120.0, False)):
        places = {1: QuestionPlaces(((1, box),), ((1, (start, 200.0, 500.0, 90.0)),))}
        (mark,) = place_marks(question, "", places)
        assert mark.is_leading is is_leading
        (group,) = parsed(draw_overlay(_PAGE, [mark])).findall(f"{SVG}g")
        left = float(group.get("transform", "").removeprefix("translate(").split()[0])
        assert (left < 300) is is_leading


def test_an_overlay_marks_main_boxes_with_a_symbol_and_escapes_its_tips() -> None:
    marks = [
        PlacedMark(Verdict.CORRECT, 1, (10, 10, 80, 40), "<b>&", is_main=True),
        PlacedMark(Verdict.CORRECT, 1, (200, 10, 80, 40), "mark", is_main=False),
        PlacedMark(Verdict.INCORRECT, 1, (5000, 10, 80, 40), "off the page", is_main=True),
    ]
    root = parsed(draw_overlay(_PAGE, marks))
    assert len(root.findall(f"{SVG}rect")) == 2
    symbols = [node for node in root.findall(f"{SVG}g") if node.find(f"{SVG}title") is not None]
    assert len(symbols) == 1
    assert root.findtext(f"{SVG}rect/{SVG}title") == "<b>&"
