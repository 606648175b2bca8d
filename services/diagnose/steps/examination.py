"""Grades, causes and tags of an exam's questions by a model: one call each, all at once."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.diagnose.adapters.model.prompts import ERROR_CAUSE, GRADING, TAGGING, system_prompt
from services.diagnose.adapters.model.session import ModelSession
from services.diagnose.domain.model.answers import ErrorCause, Grade, PointTags
from services.diagnose.domain.model.grading import (
    as_before,
    has_error_to_explain,
    is_gradable,
    with_cause,
    with_grade,
)
from shared.contract.documents import KnowledgePoint, QuestionResult
from shared.contract.failures import Language
from shared.contract.reading import ReadAnswer

_LANGUAGES = {Language.ZH: "Chinese", Language.EN: "English"}
_GRADE_TOKENS, _CAUSE_TOKENS, _TAG_TOKENS = 1200, 400, 200
_MOST_POINTS = 2


@dataclass(frozen=True, slots=True)
class Choices:
    """The points on offer by their ids, and the prompt that offers them."""

    points: Mapping[str, KnowledgePoint]
    system: str

    @classmethod
    def of(cls, points: Iterable[KnowledgePoint]) -> "Choices":
        """The choice among ``points``."""
        known = {point.id: point for point in points}
        offered = "\n".join(f"{point.id}: {' > '.join(point.path)}" for point in known.values())
        return cls(known, system_prompt(TAGGING, choices=offered))


def language_name(language: Language) -> str:
    """The name by which prompts call a language."""
    return _LANGUAGES[language]


async def examine(
    session: ModelSession,
    questions: Sequence[QuestionResult],
    answers: Mapping[int, ReadAnswer],
    earlier: Mapping[int, QuestionResult],
    language: Language,
    threshold: float,
) -> dict[int, QuestionResult]:
    """The questions that a model graded or explained, by ordinal like ``answers``.

    What it said in an ``earlier`` run of the exam holds where nothing has changed. ``threshold`` is
    the confidence below which a grade stays a proposal and a cause is dropped.
    """
    found: dict[int, QuestionResult] = {}
    tasks = []
    async with asyncio.TaskGroup() as group:
        for question in questions:
            answer = answers.get(question.ordinal)
            is_open = is_gradable(question, answer, threshold)
            if answer is None or not (is_open or has_error_to_explain(question, answer)):
                continue
            known = as_before(question, earlier.get(question.ordinal))
            if known is not None:
                found[question.ordinal] = known
                continue
            ask = _grade if is_open else _explain
            tasks.append(group.create_task(ask(session, question, answer, language, threshold)))
    return found | {done.ordinal: done for task in tasks if (done := task.result()) is not None}


async def tag(
    session: ModelSession, text: str, choices: Choices, threshold: float
) -> tuple[KnowledgePoint, ...] | None:
    """Up to two of ``choices`` that ``text`` is about; None when the model cannot say.

    Ids that were not offered are dropped. No point at all is an answer too.
    """
    found = await session.ask(
        TAGGING, choices.system, {"stem": text}, PointTags, max_tokens=_TAG_TOKENS
    )
    if found is None:
        return None
    sure = [point.id for point in found.points if point.confidence >= threshold]
    known = [choices.points[name] for name in dict.fromkeys(sure) if name in choices.points]
    return tuple(known[:_MOST_POINTS])


async def _grade(
    session: ModelSession,
    question: QuestionResult,
    answer: ReadAnswer,
    language: Language,
    threshold: float,
) -> QuestionResult | None:
    system = system_prompt(GRADING, language=language_name(language))
    data = {
        "stem": question.stem,
        "reference": question.correct_answer or "",
        "full_score": question.full_score,
        "answer": answer.text,
    }
    grade = await session.ask(GRADING, system, data, Grade, max_tokens=_GRADE_TOKENS)
    if grade is None:
        return None
    sent = session.redactor.text(answer.text)
    return with_grade(question, sent, answer.confidence, grade, threshold)


async def _explain(
    session: ModelSession,
    question: QuestionResult,
    answer: ReadAnswer,
    language: Language,
    threshold: float,
) -> QuestionResult | None:
    system = system_prompt(ERROR_CAUSE, language=language_name(language))
    data = {
        "stem": question.stem,
        "options": [f"{option.label}. {option.text}" for option in question.options],
        "reference": question.correct_answer or "",
        "answer": answer.text,
    }
    claim = await session.ask(ERROR_CAUSE, system, data, ErrorCause, max_tokens=_CAUSE_TOKENS)
    if claim is None:
        return None
    return with_cause(question, session.redactor.text(answer.text), claim, threshold)
