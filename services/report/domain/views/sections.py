"""The score table: one row per section and the total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.report.domain.text.plain_text import clean, number, percent, spread
from shared.contract.documents import ExamResult, QuestionResult
from shared.contract.questions import Verdict


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One section. Points and rate are ranges where questions await review: from none to all."""

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
    """The sections' scores in the order of the paper. Without a key only what was judged counts."""
    has_score, has_key = result.score.rate is not None, result.key_version is not None
    return tuple(
        _view_row(
            section_name(section.label, section.title, label),
            section.full,
            [question for question in result.questions if question.section == section.label],
            has_score=has_score,
            has_key=has_key,
        )
        for section in result.sections
    )


def _view_row(
    name: str, full: float, questions: Sequence[QuestionResult], *, has_score: bool, has_key: bool
) -> SectionRow:
    left = [question for question in questions if question.score is None]
    low = sum(question.score or 0.0 for question in questions)
    high = low + sum(question.full_score or 0.0 for question in left)
    review = sum(question.verdict is Verdict.NEEDS_REVIEW for question in questions)
    is_told = has_key or not left
    is_rated = has_score and is_told and full > 0 and len(left) < len(questions)
    return SectionRow(
        name=name,
        count=str(len(questions)),
        earned=spread(low, high, number) if is_rated else "–",
        full=number(full) if full else "–",
        rate=spread(low / full, min(high / full, 1.0), percent) if is_rated else "–",
        review=str(review) if review else "–",
    )
