"""What of the pages shows a question."""

from services.report.domain.page.places import QuestionPlaces
from services.report.domain.page.question_crops import question_crops
from shared.contract.reading import PageImage

PAGES = (
    PageImage(number=1, blob_key="1", width_px=1000, height_px=1400),
    PageImage(number=2, blob_key="2", width_px=1000, height_px=1400),
)


def test_a_crop_surrounds_the_question_and_its_answer_with_some_air() -> None:
    places = {
        4: QuestionPlaces(evidence=((1, (700, 210, 40, 30)),), whole=((1, (100, 200, 500, 80)),))
    }
    (crop,) = question_crops(places, PAGES)
    assert (crop.ordinal, crop.parts) == (4, ((1, (88.0, 188.0, 664.0, 104.0)),))


def test_a_question_on_two_pages_has_two_parts_in_reading_order() -> None:
    whole = ((2, (0, 0, 1000, 100)), (1, (0, 1300, 1000, 100)))
    (crop,) = question_crops({1: QuestionPlaces(whole=whole)}, PAGES)
    assert [page for page, _ in crop.parts] == [1, 2]
    assert crop.parts[0][1] == (0.0, 1288.0, 1000.0, 112.0)


def test_a_question_without_a_place_has_no_crop() -> None:
    assert (
        question_crops({1: QuestionPlaces(), 2: QuestionPlaces(whole=((9, (0, 0, 9, 9)),))}, PAGES)
        == ()
    )
