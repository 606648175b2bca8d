"""Charts and overlays are well-formed and honest."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from services.report.domain.drawing import charts
from services.report.domain.drawing.page_overlay import draw_overlay
from services.report.domain.page.marks import PlacedMark, clamp_box, place_marks
from services.report.domain.page.places import QuestionPlaces
from shared.contract.documents import MasteryLevel
from shared.contract.questions import Verdict
from shared.contract.reading import PageImage
from tests.unit.report.exam_results import knowledge_points, make_question

_SVG = "{http://www.w3.org/2000/svg}"
_UNIT = st.floats(0, 1)
_ANY = st.floats(allow_nan=True, allow_infinity=True)
_PAGE = PageImage(number=1, blob_key="k", width_px=1000, height_px=1400)


def _parse(svg: str) -> ET.Element:
    root = ET.fromstring(svg)  # noqa: S314 - the text is what our own code drew
    assert root.tag == f"{_SVG}svg"
    # Ids would collide when the same drawing stands in a page twice.
    assert not [node for node in root.iter() if "id" in node.attrib]
    return root


@given(st.none() | _UNIT)
def test_the_score_ring_is_well_formed_and_has_an_arc_only_where_something_was_earned(
    rate: float | None,
) -> None:
    root = _parse(charts.score_ring(rate))
    assert len(root.findall(f"{_SVG}circle")) == (2 if rate else 1)
    assert "".join(root.itertext()).endswith("–" if rate is None else "%")


@given(st.fixed_dictionaries(dict.fromkeys(Verdict, st.integers(0, 300))))
def test_the_verdict_bar_shares_its_width_by_count(counts: dict[Verdict, int]) -> None:
    parts = _parse(charts.verdict_bar(counts)).findall(f"{_SVG}rect")
    shown = [n for n in counts.values() if n]
    if not shown:
        assert len(parts) == 1
        return
    widths = [float(part.get("width", "0")) for part in parts]
    assert len(widths) == len(shown)
    room = 600 - 2 * (len(shown) - 1)
    for width, n in zip(widths, shown, strict=True):
        assert abs(width - room * n / sum(shown)) < 0.01


@given(_UNIT, _UNIT, _UNIT, st.sampled_from(MasteryLevel))
def test_a_mastery_bar_is_filled_only_when_there_is_enough_evidence(
    mastery: float, low: float, high: float, level: MasteryLevel
) -> None:
    root = _parse(charts.mastery_bar(mastery, (low, high), level))
    (bar,) = root.findall(f"{_SVG}rect")
    is_outline = level is MasteryLevel.INSUFFICIENT_EVIDENCE
    assert ("stroke-dasharray" in bar.attrib) is is_outline


def test_every_verdict_has_a_symbol_of_its_own_shape() -> None:
    shapes = {charts.symbol(verdict).split("stroke-linejoin")[1] for verdict in Verdict}
    assert len(shapes) == len(Verdict)
    for verdict in Verdict:
        _parse(charts.symbol(verdict))


@given(st.tuples(_ANY, _ANY, _ANY, _ANY))
def test_a_clamped_box_lies_on_its_page(bbox: tuple[float, float, float, float]) -> None:
    box = clamp_box(bbox, _PAGE)
    if box is not None:
        x, y, width, height = box
        assert x >= 0
        assert y >= 0
        assert x + width <= 1000.001
        assert y + height <= 1400.001


def test_the_symbol_of_an_answer_before_its_number_stands_to_its_left() -> None:
    question = make_question(0, "en", knowledge_points("en"))
    box = (300.0, 200.0, 80.0, 40.0)
    for start, is_leading in ((300.0, True), (120.0, False)):
        places = {1: QuestionPlaces(((1, box),), ((1, (start, 200.0, 500.0, 90.0)),))}
        (mark,) = place_marks(question, "", places)
        assert mark.is_leading is is_leading
        (group,) = _parse(draw_overlay(_PAGE, [mark])).findall(f"{_SVG}g")
        left = float(group.get("transform", "").removeprefix("translate(").split()[0])
        assert (left < 300) is is_leading


def test_an_overlay_marks_main_boxes_with_a_symbol_and_escapes_its_tips() -> None:
    marks = [
        PlacedMark(Verdict.CORRECT, 1, (10, 10, 80, 40), "<b>&", is_main=True),
        PlacedMark(Verdict.CORRECT, 1, (200, 10, 80, 40), "mark", is_main=False),
        PlacedMark(Verdict.INCORRECT, 1, (5000, 10, 80, 40), "off the page", is_main=True),
    ]
    root = _parse(draw_overlay(_PAGE, marks))
    assert len(root.findall(f"{_SVG}rect")) == 2
    symbols = [node for node in root.findall(f"{_SVG}g") if node.find(f"{_SVG}title") is not None]
    assert len(symbols) == 1
    assert root.findtext(f"{_SVG}rect/{_SVG}title") == "<b>&"
