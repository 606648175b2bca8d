"""What the page of a result shows: questions, and where their answers stand on the pages."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.contract.corrections import Correction
from shared.contract.documents import Analysis, QuestionResult, Score, SectionScore
from shared.contract.model import BBox
from shared.contract.notes import Note, NoteKind
from shared.contract.questions import EvidenceKind, Verdict
from shared.contract.reading import PageImage

_ON_PAGE = frozenset({EvidenceKind.ANSWER, EvidenceKind.SCORE, EvidenceKind.MARK})


@dataclass(frozen=True, slots=True)
class Box:
    """Where a question's evidence stands, in pixels of its page; the first one is the answer."""

    ordinal: int
    verdict: Verdict
    bbox: BBox
    name: str


@dataclass(frozen=True, slots=True)
class PageBoxes:
    """A page with the boxes on it."""

    number: int
    width: int
    height: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question; ``page`` is where its answer stands, ``is_corrected`` that a person did."""

    question: QuestionResult
    name: str
    page: int | None
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class ScoreBounds:
    """Points if all that awaits review is wrong, and if all is right, of the whole paper's."""

    lowest: float
    highest: float
    full: float


@dataclass(frozen=True, slots=True)
class ResultView:
    """Everything that the template needs; it computes nothing."""

    score: Score
    sections: tuple[SectionScore, ...]
    counts: tuple[tuple[Verdict, int], ...]
    questions: tuple[QuestionRow, ...]
    pages: tuple[PageBoxes, ...]
    #: In what the pages contradict each other, where nothing was scored for that.
    mixed_by: tuple[str, ...]
    #: How much else a person should know; the report says what.
    remarks: int
    #: Between what the score will end when all is reviewed; None where nothing waits for that.
    bounds: ScoreBounds | None


def view_result(
    analysis: Analysis,
    pages: Sequence[PageImage],
    corrections: Iterable[Correction],
    warnings: Iterable[Note] = (),
) -> ResultView:
    """The result of ``analysis`` on ``pages``; ``warnings`` came from reading them."""
    notes = dict.fromkeys((*analysis.notes, *warnings))
    mixed = [note for note in notes if note.kind is NoteKind.MIXED_PAGES]
    corrected = {correction.ordinal for correction in corrections}
    questions = sorted(analysis.questions, key=lambda question: question.ordinal)
    counted = Counter(question.verdict for question in questions)
    boxes = [found for question in questions for found in _boxes(question)]
    return ResultView(
        score=analysis.score,
        sections=analysis.sections,
        counts=tuple((verdict, counted[verdict]) for verdict in Verdict if counted[verdict]),
        questions=tuple(
            QuestionRow(
                question=question,
                name=question_name(question),
                page=next((page for page, _ in _boxes(question)), None),
                is_corrected=question.ordinal in corrected,
            )
            for question in questions
        ),
        pages=tuple(
            PageBoxes(
                number=page.number,
                width=page.width_px,
                height=page.height_px,
                boxes=tuple(box for number, box in boxes if number == page.number),
            )
            for page in sorted(pages, key=lambda page: page.number)
        ),
        mixed_by=tuple(why for note in mixed for why in note.details[:1]),
        remarks=len(notes) - len(mixed),
        bounds=score_bounds(analysis.score, questions),
    )


def score_bounds(score: Score, questions: Iterable[QuestionResult]) -> ScoreBounds | None:
    """What review can still change; None where that is nothing.

    Questions whose points nobody said, such as those that a key does not have, count in neither.
    """
    waiting = [question for question in questions if question.verdict is Verdict.NEEDS_REVIEW]
    worth = sum(1.0 if score.in_questions else question.full_score or 0.0 for question in waiting)
    if worth == 0:
        return None
    return ScoreBounds(lowest=score.earned, highest=score.earned + worth, full=score.full + worth)


def undoable(made: Iterable[Correction]) -> frozenset[int]:
    """Ids of what can be taken back: each question's last correction, unless it took one back."""
    last = {correction.ordinal: correction for correction in made}
    return frozenset(made.id for made in last.values() if not made.change.is_undone)


def question_name(question: QuestionResult) -> str:
    """What people call a question: its section and number, or its place."""
    named = [part for part in (question.section, question.number) if part]
    return " · ".join(named) or f"#{question.ordinal}"


def _boxes(question: QuestionResult) -> list[tuple[int, Box]]:
    return [
        (
            entry.page,
            Box(question.ordinal, question.verdict, entry.bbox, question_name(question)),
        )
        for entry in question.evidence
        if entry.kind in _ON_PAGE
        and entry.page is not None
        and entry.bbox is not None
        and all(math.isfinite(value) for value in entry.bbox)
    ]
