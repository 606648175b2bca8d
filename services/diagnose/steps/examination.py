"""Grades and causes of errors by a model: one call for each question, all at once."""

import asyncio
from collections.abc import Mapping, Sequence

from services.diagnose.domain.model.answers import ErrorCause, Grade
from services.diagnose.domain.model.grading import (
    as_before,
    has_error_to_explain,
    is_gradable,
    with_cause,
    with_grade,
)
from services.diagnose.domain.model.prompts import ERROR_CAUSE, GRADING, language_name
from services.diagnose.steps.ports import ModelSession
from shared.contract.documents import QuestionResult
from shared.contract.failures import Language
from shared.contract.reading import ReadAnswer

_GRADE_TOKENS, _CAUSE_TOKENS = 1200, 400


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


async def _grade(
    session: ModelSession,
    question: QuestionResult,
    answer: ReadAnswer,
    language: Language,
    threshold: float,
) -> QuestionResult | None:
    words = {"language": language_name(language)}
    data = {
        "stem": question.stem,
        "reference": question.correct_answer or "",
        "full_score": question.full_score,
        "answer": answer.text,
    }
    grade = await session.ask(GRADING, words, data, Grade, max_tokens=_GRADE_TOKENS)
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
    words = {"language": language_name(language)}
    data = {
        "stem": question.stem,
        "options": [f"{option.label}. {option.text}" for option in question.options],
        "reference": question.correct_answer or "",
        "answer": answer.text,
    }
    claim = await session.ask(ERROR_CAUSE, words, data, ErrorCause, max_tokens=_CAUSE_TOKENS)
    if claim is None:
        return None
    return with_cause(question, session.redactor.text(answer.text), claim, threshold)
