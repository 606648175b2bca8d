"""The per-question table: answers, verdict, points and what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from services.report.domain.text.plain_text import clean, clip, display_width, number, whole_percent
from services.report.domain.views.sections import section_name
from shared.contract.documents import ExamResult, QuestionResult
from shared.contract.question_names import QuestionNames
from shared.contract.questions import EvidenceKind, Verdict

#: Columns of text that a table cell shows before it refers to the full answer.
_CELL_COLUMNS = 110

#: Verdicts that cost points.
LOST = frozenset({Verdict.INCORRECT, Verdict.PARTIAL, Verdict.UNANSWERED})
_BASES = (
    EvidenceKind.SCORE,
    EvidenceKind.MARK,
    EvidenceKind.KEY,
    EvidenceKind.COMPUTED,
    EvidenceKind.MODEL,
)


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer as shown in a cell. ``is_remark`` when the words are ours, such as "(blank)"."""

    text: str
    is_remark: bool = False
    is_clipped: bool = False


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question as strings. ``pages`` are the page numbers its evidence points to."""

    ordinal: int
    number: str
    type: str
    student: AnswerView
    correct: AnswerView
    verdict: str
    verdict_label: str
    points: str
    knowledge: str
    confidence: str
    #: How surely the answer was read; empty where nothing was.
    reading: str
    needs_review: bool
    #: Whether it cost points: shown first where there is little room.
    is_lost: bool
    basis: str
    cause: str
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Neighbouring questions of one section."""

    name: str
    rows: tuple[QuestionRow, ...]


@dataclass(frozen=True, slots=True)
class LongAnswer:
    """A question whose answers did not fit into the table."""

    number: str
    student: str
    correct: str


def view_questions(
    result: ExamResult, names: QuestionNames, label: Mapping[str, str]
) -> tuple[tuple[QuestionGroup, ...], tuple[LongAnswer, ...]]:
    """The table by section, and the full text of the answers that it clips."""
    titles = {section.label: section.title for section in result.sections}
    groups = tuple(
        QuestionGroup(
            name=section_name(section, titles.get(section, ""), label),
            rows=tuple(view_row(question, label) for question in questions),
        )
        for section, questions in groupby(result.questions, key=lambda question: question.section)
    )
    long_answers = tuple(
        LongAnswer(
            number=names.title(question),
            student=clean(question.student_answer or ""),
            correct=clean(question.correct_answer or ""),
        )
        for question in result.questions
        if _is_long(question.student_answer) or _is_long(question.correct_answer)
    )
    return groups, long_answers


def view_row(question: QuestionResult, label: Mapping[str, str]) -> QuestionRow:
    """One question's row."""
    full = "–" if question.full_score is None else number(question.full_score)
    score = "–" if question.score is None else number(question.score)
    return QuestionRow(
        ordinal=question.ordinal,
        number=clean(question.number),
        type=label[question.type.value],
        student=_view_student_answer(question, label),
        correct=_view_answer(question.correct_answer, label),
        verdict=question.verdict.value,
        verdict_label=label[question.verdict.value],
        points=f"{score} / {full}",
        knowledge=label["separator"].join(clean(point.name) for point in question.knowledge_points),
        confidence=_view_confidence(question),
        reading=_view_reading(question, label),
        needs_review=question.verdict is Verdict.NEEDS_REVIEW,
        is_lost=question.verdict in LOST,
        basis=_view_basis(question, label),
        cause=label["cause"].format(cause=clean(question.error_cause))
        if question.error_cause
        else "",
        pages=_evidence_pages(question),
    )


def _view_confidence(question: QuestionResult) -> str:
    """How sure the verdict is; a dash where there is none yet."""
    is_open = question.verdict is Verdict.NEEDS_REVIEW
    return "–" if is_open else whole_percent(question.confidence)


def _view_student_answer(question: QuestionResult, label: Mapping[str, str]) -> AnswerView:
    """What the student wrote, or why nothing is shown."""
    if question.student_answer is None:
        return AnswerView(label["no_place"], is_remark=True)
    if not clean(question.student_answer):
        # An answer that was written but could not be read is empty text as well.
        is_doubtful = question.verdict is Verdict.NEEDS_REVIEW
        return AnswerView(label["illegible" if is_doubtful else "blank"], is_remark=True)
    return _view_answer(question.student_answer, label)


def _view_answer(answer: str | None, label: Mapping[str, str]) -> AnswerView:
    text = clean(answer or "")
    if not text:
        return AnswerView("–", is_remark=True)
    if not _is_long(text):
        return AnswerView(text)
    return AnswerView(clip(text, _CELL_COLUMNS) + " " + label["clipped"], is_clipped=True)


def _is_long(answer: str | None) -> bool:
    return display_width(clean(answer or "")) > _CELL_COLUMNS


def _view_basis(question: QuestionResult, label: Mapping[str, str]) -> str:
    if question.verdict is Verdict.NEEDS_REVIEW:
        return ""
    kinds = {entry.kind for entry in question.evidence}
    used = [label[f"basis_{kind.value}"] for kind in _BASES if kind in kinds]
    return label["basis"].format(kinds=label["separator"].join(used)) if used else ""


def _view_reading(question: QuestionResult, label: Mapping[str, str]) -> str:
    """How surely the answer was read: what was read least surely of it."""
    read = [e.confidence for e in question.evidence if e.kind is EvidenceKind.ANSWER]
    return label["reading"].format(percent=whole_percent(min(read))) if read else ""


def _evidence_pages(question: QuestionResult) -> tuple[int, ...]:
    return tuple(sorted({entry.page for entry in question.evidence if entry.page is not None}))
