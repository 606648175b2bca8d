"""The error book: every question that cost points or awaits review, with its piece of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.report.domain.drawing import charts, palette
from services.report.domain.page.marks import clamp_box
from services.report.domain.page.places import Places, QuestionPlaces
from services.report.domain.text.labels import words
from services.report.domain.text.plain_text import clean
from services.report.domain.views.facts import view_colophon, view_facts
from services.report.domain.views.listing import MOST_LISTED, listed
from services.report.domain.views.questions import LOST, view_row
from shared.contract.documents import ExamResult, QuestionResult
from shared.contract.failures import Language
from shared.contract.model import BBox
from shared.contract.question_names import QuestionNames
from shared.contract.questions import QuestionType, Verdict
from shared.contract.reading import PageImage

#: A question is shown in at most this many pieces. A longer one is better read on the page.
_MAX_CROPS = 4
_A4_WIDTH_MM = 210
#: A box of evidence above this share of a crop is the question itself.
_LARGEST_MASK = 0.6
#: A choice or a word needs little room, a calculation or a text more.
_ROOM_MM = {QuestionType.FILL_IN: 18, QuestionType.SHORT_ANSWER: 42, QuestionType.ESSAY: 60}


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a page to be cut out, in pixels of the page; ``name`` is its file's name."""

    name: str
    page: int
    bbox: BBox
    #: The answer within the crop, when the crop shows more than its question.
    focus: BBox | None
    #: What the student and the teacher wrote within the crop: covered where one tries again.
    masks: tuple[BBox, ...]
    #: Its width on an A4 page.
    width_mm: float
    alt: str


@dataclass(frozen=True, slots=True)
class ErrorItem:
    """One question to correct; ``stem`` and ``options`` are used where there is no crop.

    Answers and causes stand on the last pages, away from the question.
    """

    name: str
    type: str
    verdict: str
    verdict_label: str
    points: str
    student: str
    correct: str
    knowledge: str
    cause: str
    stem: str
    options: tuple[str, ...]
    crops: tuple[Crop, ...]
    #: Height of the room for another try.
    room_mm: int


@dataclass(frozen=True, slots=True)
class ErrorBookView:
    """Everything that the error book's template needs."""

    lang: str
    words: dict[str, str]
    title: str
    facts: tuple[tuple[str, str], ...]
    intro: str
    items: tuple[ErrorItem, ...]
    colophon: tuple[str, ...]
    symbols: dict[str, str]
    verdict_ink: dict[str, str]


def view_error_book(
    result: ExamResult,
    pages: Sequence[PageImage],
    submitted_at: datetime,
    places: Places,
) -> ErrorBookView:
    """The error book of ``result``, in its language and in the order of the paper."""
    language = Language(result.language)
    label = words(language)
    shown = listed(result)
    by_number = {page.number: page for page in pages}
    names = QuestionNames(result.questions, language)
    crops = error_crops(shown, by_number, places)
    items = tuple(
        _view_item(question, crops.get(question.ordinal, ()), names, label)
        for question in shown.questions
        if question.verdict in LOST and result.score.rate is not None
    )
    if items:
        intro = label["error_book_intro"].format(n=len(items))
    else:
        is_scored = result.score.rate is not None or result.key_version is not None
        intro = label["error_book_empty" if is_scored else "error_book_unscored"]
    if len(shown.questions) < len(result.questions):
        intro += " " + label["not_listed"].format(n=MOST_LISTED)
    return ErrorBookView(
        lang="zh-CN" if language is Language.ZH else "en",
        words=label,
        title=clean(result.title or "") or label["untitled"],
        facts=view_facts(result, submitted_at, label),
        intro=intro,
        items=items,
        colophon=view_colophon(result, label),
        symbols={verdict.value: charts.symbol(verdict) for verdict in Verdict},
        verdict_ink={verdict.value: ink for verdict, ink in palette.VERDICT_INK.items()},
    )


def error_crops(
    result: ExamResult, pages: Mapping[int, PageImage], places: Places
) -> dict[int, tuple[Crop, ...]]:
    """What is cut out for the questions that cost points, by ordinal."""
    language = Language(result.language)
    label, names = words(language), QuestionNames(result.questions, language)
    return {
        question.ordinal: _crops(question, places, pages, names, label)
        for question in result.questions
        if question.verdict in LOST
    }


def _view_item(
    question: QuestionResult,
    crops: tuple[Crop, ...],
    names: QuestionNames,
    label: Mapping[str, str],
) -> ErrorItem:
    row = view_row(question, label)
    return ErrorItem(
        name=names.title(question),
        type=row.type,
        verdict=row.verdict,
        verdict_label=row.verdict_label,
        points=row.points,
        # In full. The report's table clips it.
        student=clean(question.student_answer or "") or row.student.text,
        correct=clean(question.correct_answer or "") or row.correct.text,
        knowledge=row.knowledge,
        cause=row.cause,
        stem=clean(question.stem),
        options=tuple(
            f"{clean(option.label)}. {clean(option.text)}" for option in question.options
        ),
        crops=crops,
        room_mm=_ROOM_MM.get(question.type, 14),
    )


def _crops(
    question: QuestionResult,
    places: Places,
    pages: Mapping[int, PageImage],
    names: QuestionNames,
    label: Mapping[str, str],
) -> tuple[Crop, ...]:
    """The whole question where its box is known, otherwise the surroundings of its answer."""
    known = places.get(question.ordinal, QuestionPlaces())
    found: list[Crop] = []
    for number, bbox in (known.whole or known.evidence[:1])[:_MAX_CROPS]:
        page = pages.get(number)
        inner = clamp_box(bbox, page) if page else None
        outer = clamp_box(_widen(bbox, page), page) if page else None
        if page is None or inner is None or outer is None:
            continue
        millimetres = _A4_WIDTH_MM / min(page.width_px, page.height_px)
        is_whole = bool(known.whole) and not _is_small(bbox, page)
        found.append(
            Crop(
                name=f"crop-{question.ordinal}-{len(found)}.jpg",
                page=number,
                bbox=outer,
                focus=None if is_whole else (inner[0] - outer[0], inner[1] - outer[1], *inner[2:]),
                masks=_masks(known, number, outer),
                width_mm=outer[2] * millimetres,
                alt=label["crop_alt"].format(name=names.title(question), page=number),
            )
        )
    return tuple(found)


def _masks(known: QuestionPlaces, page: int, outer: BBox) -> tuple[BBox, ...]:
    """The boxes of answers and marks that lie within ``outer``, relative to it."""
    left, top, width, height = outer
    found = []
    for number, (x, y, w, h) in known.evidence:
        right, bottom = min(x + w, left + width), min(y + h, top + height)
        x0, y0 = max(x, left), max(y, top)
        # A box as large as the question would hide what is asked.
        is_part = (right - x0) * (bottom - y0) < _LARGEST_MASK * width * height
        if number == page and right > x0 and bottom > y0 and is_part:
            found.append((x0 - left, y0 - top, right - x0, bottom - y0))
    return tuple(found)


def _widen(bbox: BBox, page: PageImage) -> BBox:
    """``bbox`` with a margin. A small box gets room for the number beside or above it."""
    x, y, width, height = bbox
    beside, above = (2.2 * height, 1.2 * height) if _is_small(bbox, page) else (8.0, 8.0)
    return (x - beside, y - above, width + 2 * beside, height + 2 * above)


def _is_small(bbox: BBox, page: PageImage) -> bool:
    """Whether the box is an answer's cell or blank, not a question."""
    return bbox[2] < page.width_px / 3 and bbox[3] < page.height_px / 10
