"""What to work on: at most three points, with their questions, right answers and causes."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.report.domain.text.plain_text import clean
from services.report.domain.views.error_book import Crop
from services.report.domain.views.questions import AnswerView, view_row
from shared.contract.documents import ExamResult, QuestionResult
from shared.contract.question_names import QuestionNames


@dataclass(frozen=True, slots=True)
class FocusQuestion:
    """One question of a focus, as it stands on the page, and what is right."""

    ordinal: int
    name: str
    student: AnswerView
    correct: AnswerView
    cause: str
    #: The question on the page; None where its place is not known.
    crop: Crop | None


@dataclass(frozen=True, slots=True)
class FocusView:
    """One thing to work on. ``place`` counts from 1."""

    place: int
    title: str
    reason: str
    action: str
    questions: tuple[FocusQuestion, ...]


def view_focus(
    result: ExamResult,
    crops: Mapping[int, tuple[Crop, ...]],
    names: QuestionNames,
    label: Mapping[str, str],
) -> tuple[FocusView, ...]:
    """The focus points in their order; ``crops`` by the question's ordinal."""
    by_ordinal = {question.ordinal: question for question in result.questions}

    def view(question: QuestionResult) -> FocusQuestion:
        row = view_row(question, label)
        found = crops.get(question.ordinal, ())
        return FocusQuestion(
            ordinal=question.ordinal,
            name=names.title(question),
            student=row.student,
            correct=row.correct,
            cause=row.cause,
            # The question itself comes first; where an answer stands in a table, that is left out.
            crop=found[0] if found and (len(found) == 1 or found[0].focus is None) else None,
        )

    text = result.diagnosis
    actions = text.recommendations[: len(text.focus)]
    return tuple(
        FocusView(
            place=place,
            title=clean(focus.title),
            reason=clean(focus.reason),
            action=clean(action),
            questions=tuple(view(by_ordinal[o]) for o in focus.questions if o in by_ordinal),
        )
        for place, (focus, action) in enumerate(zip(text.focus, actions, strict=False), start=1)
    )
