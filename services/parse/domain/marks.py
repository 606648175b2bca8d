"""Gives the teacher's ticks, crosses and written scores to questions, sections and the total."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.parse.domain.pages.score_tables import WrittenScore
from services.parse.domain.text.geometry import bottom, centre, is_inside, right
from shared.contract.model import BBox
from shared.contract.questions import Evidence, EvidenceKind
from shared.contract.reading import InkColour, MarkKind, PageText, PenMark, ReadQuestion

_TEACHER = frozenset({MarkKind.TICK, MarkKind.HALF_TICK, MarkKind.CROSS, MarkKind.SCORE})
#: The trust in a score beside which another one stands.
_DOUBT = 0.5
_NUMBER = re.compile(r"[-+−]?\s*\d{1,3}(?:\.\d)?")


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that marks can belong to; ``owner`` is a question's position or a section's."""

    page: int
    bbox: BBox
    owner: int
    is_section: bool = False


@dataclass(frozen=True, slots=True)
class AssignedMarks:
    """Marks by question position, written scores by section position, and the written total."""

    by_question: dict[int, tuple[Evidence, ...]]
    by_section: dict[int, WrittenScore]
    total: WrittenScore | None


def written_number(text: str) -> float | None:
    """The number of points that a pen wrote; None when it is no number."""
    match = _NUMBER.search(text)
    return float(re.sub(r"[\s+]", "", match[0]).replace("−", "-")) if match else None


def _distance(box: BBox, mark: BBox) -> float:
    """How far a mark's middle is from a place; sideways counts half, as marks stand beside."""
    x, y = centre(mark)
    aside = max(box[0] - x, x - right(box), 0.0)
    above = max(box[1] - y, y - bottom(box), 0.0)
    return above * 2 + aside / 2


def _evidence(mark: PenMark, page: int) -> Evidence:
    is_score = mark.kind is MarkKind.SCORE
    return Evidence(
        kind=EvidenceKind.SCORE if is_score else EvidenceKind.MARK,
        page=page,
        bbox=mark.bbox,
        text=mark.text if is_score else mark.kind.value,
        confidence=mark.confidence,
    )


def _is_teachers(mark: PenMark) -> bool:
    """Whether a teacher drew it: a tick, cross or number in another colour is the student's."""
    return mark.kind in _TEACHER and mark.colour in {InkColour.UNKNOWN, InkColour.RED}


def _is_used(mark: PenMark, page: int, answered: Mapping[int, Sequence[BBox]]) -> bool:
    """Whether the mark is itself an answer: a tick of the student's in a bracket."""
    return any(is_inside(mark.bbox, box) for box in answered.get(page, ()))


def answer_boxes(questions: Iterable[ReadQuestion]) -> dict[int, list[BBox]]:
    """By page: boxes of answers that are ticks or crosses themselves."""
    boxes: dict[int, list[BBox]] = {}
    for question in questions:
        for item in question.answer.evidence if question.answer else ():
            if item.text in {"√", "×"} and item.page is not None and item.bbox is not None:
                boxes.setdefault(item.page, []).append(item.bbox)
    return boxes


def assign_marks(
    pages: Sequence[PageText],
    places: Sequence[Place],
    answered: Mapping[int, Sequence[BBox]],
    head_bottom: float,
) -> AssignedMarks:
    """Each teacher's mark goes to the nearest place of its page.

    A score above ``head_bottom`` on the first page is the total; one nearest to a heading is the
    section's. Black marks inside an answer place are answers and stay out.
    """
    by_question: dict[int, list[Evidence]] = {}
    by_section: dict[int, list[WrittenScore]] = {}
    totals: list[tuple[float, WrittenScore]] = []
    for order, page in enumerate(pages):
        near = [place for place in places if place.page == page.page]
        for mark in page.marks:
            if not _is_teachers(mark) or _is_used(mark, page.page, answered):
                continue
            value = written_number(mark.text) if mark.kind is MarkKind.SCORE else None
            if order == 0 and value is not None and centre(mark.bbox)[1] < head_bottom:
                totals.append((mark.bbox[3], WrittenScore(value, mark.confidence)))
                continue
            if not near:
                continue
            best = min(near, key=lambda place: _distance(place.bbox, mark.bbox))
            if best.is_section and value is not None:
                by_section.setdefault(best.owner, []).append(WrittenScore(value, mark.confidence))
            elif not best.is_section:
                by_question.setdefault(best.owner, []).append(_evidence(mark, page.page))
    return AssignedMarks(
        {owner: tuple(found) for owner, found in by_question.items()},
        {owner: _agreed(found) for owner, found in by_section.items()},
        max(totals, key=lambda found: found[0])[1] if totals else None,
    )


def _agreed(found: Sequence[WrittenScore]) -> WrittenScore:
    """The last of the scores at one heading; in doubt when they are not the same."""
    is_same = len({score.points for score in found}) == 1
    return (
        found[-1] if is_same else WrittenScore(found[-1].points, min(_DOUBT, found[-1].confidence))
    )
