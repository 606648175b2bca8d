"""The score table: one row per section and the total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.report.domain.text.plain_text import clean, number, percent
from shared.contract.documents import ExamResult, QuestionResult
from shared.contract.questions import Verdict


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One section. ``rate`` counts graded questions only, unlike ``full``, which counts all."""

    name: str
    count: str
    earned: str
    full: str
    rate: str
    review: str


def section_name(label: str, title: str, words: Mapping[str, str]) -> str:
    """How a section is called: its label and its title, as far as they are known."""
    label, title = clean(label), clean(title)
    if not label or title.startswith(label):
        return title or words["section_rest"]
    if not title:
        # A lone 一 looks like a dash, a lone A like an answer.
        return words["section_only"].format(label=label) if len(label) <= 2 else label
    return f"{label} {title}" if label.isascii() else f"{label}、{title}"


def view_sections(result: ExamResult, label: Mapping[str, str]) -> tuple[SectionRow, ...]:
    """The sections' scores in the order of the paper."""
    return tuple(
        _view_row(
            section_name(section.label, section.title, label),
            section.earned,
            section.full,
            [question for question in result.questions if question.section == section.label],
        )
        for section in result.sections
    )


def _view_row(
    name: str, earned: float, full: float, questions: Sequence[QuestionResult]
) -> SectionRow:
    graded = [question for question in questions if question.score is not None]
    graded_full = sum(question.full_score or 0.0 for question in graded)
    graded_earned = sum(question.score or 0.0 for question in graded)
    review = sum(question.verdict is Verdict.NEEDS_REVIEW for question in questions)
    return SectionRow(
        name=name,
        count=str(len(questions)),
        earned=number(earned),
        full=number(full),
        rate=percent(graded_earned / graded_full) if graded_full else "–",
        review=str(review) if review else "–",
    )
