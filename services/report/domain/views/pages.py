"""The pages of a report: each page's image with its overlay and a sentence that describes both."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.report.domain.drawing.page_overlay import draw_overlay
from services.report.domain.page.marks import PlacedMark, place_marks
from services.report.domain.page.places import Places
from shared.contract.documents import QuestionResult
from shared.contract.question_names import QuestionNames
from shared.contract.questions import Verdict
from shared.contract.reading import PageImage


@dataclass(frozen=True, slots=True)
class PageView:
    """One page. Width and height are pixels of the normalised image and of the overlay."""

    number: int
    caption: str
    alt: str
    width: int
    height: int
    overlay: str


def view_pages(
    questions: Sequence[QuestionResult],
    pages: Sequence[PageImage],
    places: Places,
    names: QuestionNames,
    label: Mapping[str, str],
) -> tuple[PageView, ...]:
    """All pages in order, with the marks of every question that has a place on them."""
    marks = [
        mark
        for question in questions
        for mark in place_marks(question, _tip(question, names, label), places)
    ]
    return tuple(
        _view_page(page, [mark for mark in marks if mark.page == page.number], label)
        for page in sorted(pages, key=lambda page: page.number)
    )


def _tip(question: QuestionResult, names: QuestionNames, label: Mapping[str, str]) -> str:
    return f"{names.title(question)}: {label[question.verdict.value]}"


def _view_page(page: PageImage, marks: Sequence[PlacedMark], label: Mapping[str, str]) -> PageView:
    counted = Counter(mark.verdict for mark in marks if mark.is_main)
    spoken = label["separator"].join(
        label["count_of"].format(label=label[verdict.value], n=counted[verdict])
        for verdict in Verdict
        if counted[verdict]
    )
    alt = (
        label["page_alt"].format(n=page.number, boxes=counted.total(), counts=spoken)
        if spoken
        else label["page_alt_unmarked"].format(n=page.number)
    )
    return PageView(
        number=page.number,
        caption=label["page_n"].format(n=page.number),
        alt=alt,
        width=page.width_px,
        height=page.height_px,
        overlay=draw_overlay(page, marks),
    )
