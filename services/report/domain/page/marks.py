"""Which answers stand where on the pages."""

import math
from dataclasses import dataclass

from services.report.domain.page.places import Place, Places, QuestionPlaces
from shared.contract.documents import QuestionResult
from shared.contract.model import BBox
from shared.contract.questions import Verdict
from shared.contract.reading import PageImage


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """One box on a page. ``is_main`` carries the question's symbol; others are further evidence.

    ``is_leading`` boxes stand before their question's number, so the symbol goes to their left.
    """

    verdict: Verdict
    page: int
    bbox: BBox
    tip: str
    is_main: bool
    is_leading: bool = False


def place_marks(question: QuestionResult, tip: str, places: Places) -> tuple[PlacedMark, ...]:
    """The boxes of one question, its main box first; none when no place is known."""
    known = places.get(question.ordinal, QuestionPlaces())
    return tuple(
        PlacedMark(
            question.verdict,
            page,
            bbox,
            tip,
            is_main=index == 0,
            is_leading=any(_leads((page, bbox), whole) for whole in known.whole),
        )
        for index, (page, bbox) in enumerate(known.evidence or known.whole[:1])
    )


def _leads(answer: Place, whole: Place) -> bool:
    (page, box), (whole_page, whole_box) = answer, whole
    is_narrow = 2 * box[2] < whole_box[2]
    return page == whole_page and is_narrow and abs(box[0] - whole_box[0]) < box[3]


def clamp_box(bbox: BBox, page: PageImage) -> BBox | None:
    """The part of ``bbox`` that lies on ``page``, in pixels, or None when there is none."""
    if not all(math.isfinite(value) for value in bbox):
        return None
    x, y, width, height = bbox
    left, top = max(x, 0.0), max(y, 0.0)
    right, bottom = min(x + width, page.width_px), min(y + height, page.height_px)
    if right - left < 1 or bottom - top < 1:
        return None
    return (left, top, right - left, bottom - top)
