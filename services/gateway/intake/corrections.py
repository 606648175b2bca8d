"""A correction on its way in: recorded, and the exam scored anew."""

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import Request

from services.gateway.adapters.responses.problem_response import request_trace
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.ranges import is_match
from services.gateway.domain.review.corrections import change_of
from services.gateway.parts import Gateway
from services.gateway.request.audit import note
from services.gateway.request.lookups import locked_exam_of
from services.gateway.views.questions import pick_question, question_bodies
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.questions import CorrectionRequest
from shared.contract.corrections import Change
from shared.contract.exams import Exam
from shared.db.repositories.audit import Action
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.runs import RunConflict, analyse_again, analyse_settled, end_rest

#: How long an exam rests after a decision in a review, for those that follow. A person needs less
#: from one group of answers to the next.
REST_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class Correcting:
    """Which question is corrected, and how; ``if_match`` names the version that was seen."""

    exam_id: str
    ordinal: int
    asked: CorrectionRequest
    if_match: str


async def correct(uow: UnitOfWork, request: Request, caller: Caller, what: Correcting) -> Exam:
    """Record the correction and begin a run that applies it.

    Raises Problem ``not_found``, ``not_finished``, ``precondition_failed``, ``invalid_request``
    and RunConflict.
    """
    exam = await locked_exam_of(uow, caller, what.exam_id)
    body = pick_question(await question_bodies(uow, exam), what.ordinal)
    if not is_match(what.if_match, body.etag):
        raise Problem(ProblemCode.PRECONDITION_FAILED)
    change = change_of(what.asked, body.question)
    exam = await analyse_again(uow, exam, traceparent=request_trace(request).traceparent)
    await uow.corrections.add(exam.id, exam.run, what.ordinal, change, caller.key_id)
    await note(uow, request, caller, Action.EXAM_CORRECTED, exam.id)
    return exam


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about some questions: ``places`` are exams with ordinals.

    ``asked`` is None to take back what was decided before. ``readings`` say what the person saw,
    place by place; a question that reads otherwise by now is left alone.
    """

    places: tuple[tuple[str, int], ...]
    asked: CorrectionRequest | None
    readings: tuple[str | None, ...] = ()


async def decide(
    parts: Gateway, request: Request, caller: Caller, decision: Decision
) -> tuple[tuple[str, int], ...]:
    """Apply one decision to each of its questions; returns the places where it was applied.

    Every exam is a transaction of its own, so that no row stays locked for long. It is scored once
    for all decisions of a review (``finish_review``). Exams that were erased or are being read
    again are left out. Raises Problem ``invalid_request``.
    """
    applied = []
    for at, (exam_id, ordinal) in enumerate(decision.places):
        async with parts.database.transaction() as uow:
            try:
                exam = await locked_exam_of(uow, caller, exam_id)
                question = pick_question(await question_bodies(uow, exam), ordinal).question
            except Problem:
                continue
            if decision.asked is None:
                change = Change(is_undone=True)
            elif question.student_answer != decision.readings[at]:
                continue
            else:
                change = change_of(decision.asked, question)
            try:
                exam = await analyse_settled(
                    uow, exam, REST_SECONDS, traceparent=request_trace(request).traceparent
                )
            except RunConflict:
                continue
            await uow.corrections.add(exam.id, exam.run, ordinal, change, caller.key_id)
            await note(uow, request, caller, Action.EXAM_CORRECTED, exam.id)
            applied.append((exam.id, ordinal))
    return tuple(applied)


async def finish_review(parts: Gateway, caller: Caller, exam_ids: Iterable[str]) -> None:
    """Score now what waits for further decisions; ids that are not the caller's do nothing."""
    for exam_id in dict.fromkeys(exam_ids):
        async with parts.database.transaction() as uow:
            try:
                exam = await locked_exam_of(uow, caller, exam_id)
            except Problem:
                continue
            await end_rest(uow, exam)
