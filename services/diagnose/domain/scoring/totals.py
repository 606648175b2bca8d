"""Sums of points, and where they differ from what a teacher wrote."""

from collections.abc import Iterable

from services.diagnose.domain.scoring.section_labels import label_key, label_ordinals
from shared.contract.answer_key import AnswerKey
from shared.contract.documents import QuestionResult, Score, SectionScore
from shared.contract.notes import Note, NoteKind
from shared.contract.questions import Verdict
from shared.contract.reading import ReadPaper, ReadSection

_EPSILON = 0.01
_JUDGED = frozenset({Verdict.CORRECT, Verdict.INCORRECT, Verdict.PARTIAL})
#: A written sum is told from here on: below it, the reader saw 7 in many a stroke.
_SURE_SUM = 0.9
#: Notes of sums that differ: where (the section's label, or none), what was written, our sum.
MISMATCHES = frozenset({NoteKind.SECTION_MISMATCH, NoteKind.TOTAL_MISMATCH})


def is_scored(questions: Iterable[QuestionResult], *, has_key: bool) -> bool:
    """Whether somebody or something judged an answer: a blank alone scores no paper."""
    return has_key or any(question.verdict in _JUDGED for question in questions)


def total_score(
    questions: tuple[QuestionResult, ...], *, has_key: bool = True, in_questions: bool = False
) -> Score:
    """The points of all graded questions; ``ungraded`` counts those that need review.

    ``in_questions``: nobody said what questions are worth, so they count one each. A paper without
    a key on which nothing was judged was read and not scored: it has no rate.
    """
    if not is_scored(questions, has_key=has_key):
        return Score(
            earned=0.0,
            full=0.0,
            rate=None,
            ungraded=len(questions),
            in_questions=in_questions,
            open=_sum(q.full_score for q in questions),
        )
    graded = [q for q in questions if q.score is not None and q.full_score]
    earned = _sum(q.score for q in graded)
    full = _sum(q.full_score for q in graded)
    ungraded = sum(q.verdict is Verdict.NEEDS_REVIEW for q in questions)
    rate = min(max(earned / full, 0.0), 1.0) if full else None
    return Score(
        earned=earned,
        full=full,
        rate=rate,
        ungraded=ungraded,
        in_questions=in_questions,
        open=_sum(q.full_score for q in questions if q.score is None),
    )


def section_scores(
    questions: tuple[QuestionResult, ...], paper: ReadPaper, key: AnswerKey | None
) -> tuple[SectionScore, ...]:
    """One entry per section in paper order; ``full`` is of all its questions, graded or not.

    Without a key the printed sum says that: some of the questions may not be on the pages.
    """
    titles = {section.label: section.title for section in (key.sections if key else ())}
    found = []
    for label in dict.fromkeys(question.section for question in questions):
        inside = [question for question in questions if question.section == label]
        printed = _printed(label, paper.sections)
        points = printed.points if printed and printed.points else 0.0
        full = _sum(question.full_score for question in inside)
        found.append(
            SectionScore(
                label=label,
                title=titles.get(label) or (printed.title if printed else ""),
                earned=_sum(question.score for question in inside),
                full=(points or full) if key is None else (full or points),
            )
        )
    return tuple(found)


def mismatches(questions: tuple[QuestionResult, ...], paper: ReadPaper) -> tuple[Note, ...]:
    """A note for each written sum that the questions rule out: the written sum, then ours.

    A sum that was not read surely, or is more than the questions are worth, is none.
    """
    notes = []
    for section in paper.sections:
        inside = [q for q in questions if _is_same_section(q.section, section.label)]
        written = _believed(section.written_score, section.written_confidence)
        ours = _contradicting(written, inside)
        if ours is not None:
            sums = (f"{written:g}", f"{ours:g}")
            notes.append(Note(kind=NoteKind.SECTION_MISMATCH, where=section.label, details=sums))
    written = _believed(paper.written_total, paper.written_total_confidence)
    ours = _contradicting(written, list(questions))
    if ours is not None:
        sums = (f"{written:g}", f"{ours:g}")
        notes.append(Note(kind=NoteKind.TOTAL_MISMATCH, details=sums))
    return tuple(notes)


def _believed(written: float | None, confidence: float) -> float | None:
    """A written sum that was read surely and is one: no less than nothing, in halves."""
    is_sum = written is not None and written >= 0 and not written * 2 % 1
    return written if is_sum and confidence >= _SURE_SUM else None


def _contradicting(written: float | None, questions: list[QuestionResult]) -> float | None:
    """Our sum if no score of the ungraded questions can lead to ``written``; else None."""
    if written is None or not questions or any(q.full_score is None for q in questions):
        return None
    earned = _sum(question.score for question in questions)
    open_points = _sum(question.full_score for question in questions if question.score is None)
    if written > _sum(question.full_score for question in questions) + _EPSILON:
        # More than the questions are worth: no teacher wrote that.
        return None
    is_possible = earned - _EPSILON <= written <= earned + open_points + _EPSILON
    return None if is_possible else earned


def _sum(values: Iterable[float | None]) -> float:
    return round(sum(value for value in values if value is not None), 4)


def _is_same_section(one: str, other: str) -> bool:
    return label_key(one) == label_key(other) or bool(label_ordinals(one) & label_ordinals(other))


def _printed(label: str, sections: tuple[ReadSection, ...]) -> ReadSection | None:
    exact = [section for section in sections if label_key(section.label) == label_key(label)]
    near = [section for section in sections if _is_same_section(section.label, label)]
    return next(iter(exact or near), None)
