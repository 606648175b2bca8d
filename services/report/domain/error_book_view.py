"""The error book: every question that cost points or awaits review, with its piece of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.report.domain import charts, palette
from services.report.domain.labels import words
from services.report.domain.page_marks import Places, clamp_box, place_marks
from services.report.domain.plain_text import clean
from services.report.domain.question_view import address, view_row
from services.report.domain.report_view import view_colophon, view_facts
from shared.contract.documents import ExamResult, QuestionResult
from shared.contract.failures import Language
from shared.contract.model import BBox
from shared.contract.questions import Verdict
from shared.contract.reading import PageImage, ReadPaper

#: A question is shown in at most so many pieces; a longer one is rather read on the page itself.
_MAX_CROPS = 4


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a page to be cut out, in pixels of the page; ``name`` is its file's name."""

    name: str
    page: int
    bbox: BBox
    alt: str


@dataclass(frozen=True, slots=True)
class ErrorItem:
    """One question to correct; ``stem`` and ``options`` are used where there is no crop."""

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
    paper: ReadPaper,
    pages: Sequence[PageImage],
    submitted_at: datetime,
    places: Places,
) -> ErrorBookView:
    """The error book of ``result``, in its language and in the order of the paper."""
    language = Language(result.language)
    label = words(language)
    by_number = {page.number: page for page in pages}
    parts: Places = {question.ordinal: question.places for question in paper.questions}
    items = tuple(
        _view_item(question, _crops(question, parts, places, by_number, label), label)
        for question in result.questions
        if question.verdict is not Verdict.CORRECT
    )
    intro = label["error_book_intro"].format(n=len(items)) if items else label["error_book_empty"]
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


def _view_item(
    question: QuestionResult, crops: tuple[Crop, ...], label: Mapping[str, str]
) -> ErrorItem:
    row = view_row(question, label)
    return ErrorItem(
        name=label["question_n"].format(n=address(question)),
        type=row.type,
        verdict=row.verdict,
        verdict_label=row.verdict_label,
        points=row.points,
        # In full, other than in the report's table.
        student=clean(question.student_answer or "") or row.student.text,
        correct=clean(question.correct_answer or "") or row.correct.text,
        knowledge=row.knowledge,
        cause=row.cause,
        stem=clean(question.stem),
        options=tuple(
            f"{clean(option.label)}. {clean(option.text)}" for option in question.options
        ),
        crops=crops,
    )


def _crops(
    question: QuestionResult,
    parts: Places,
    places: Places,
    pages: Mapping[int, PageImage],
    label: Mapping[str, str],
) -> tuple[Crop, ...]:
    """The whole question where parsing knows its box, else the surroundings of its answer."""
    boxes = [(page, bbox, 8.0) for page, bbox in parts.get(question.ordinal, ())]
    if not boxes:
        marks = place_marks(question, "", places)[:1]
        # Twice the answer's height around it shows the number beside or above the answer.
        boxes = [(mark.page, mark.bbox, 2 * mark.bbox[3]) for mark in marks]
    found: list[Crop] = []
    for number, bbox, margin in boxes[:_MAX_CROPS]:
        page = pages.get(number)
        x, y, width, height = bbox
        wide = (x - margin, y - margin, width + 2 * margin, height + 2 * margin)
        box = clamp_box(wide, page) if page else None
        if box is not None:
            name = f"crop-{question.ordinal}-{len(found)}.jpg"
            alt = label["crop_alt"].format(n=address(question), page=number)
            found.append(Crop(name, number, box, alt))
    return tuple(found)
