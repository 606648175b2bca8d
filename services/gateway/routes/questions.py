"""Questions as graded, and their corrections."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.responses.content_response import content_response
from services.gateway.adapters.responses.problem_response import request_language, request_trace
from services.gateway.description.answers import answers
from services.gateway.description.bodies import IF_MATCH, json_body
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.ranges import is_match
from services.gateway.domain.review.corrections import change_of
from services.gateway.parts import Parts
from services.gateway.request.audit import note
from services.gateway.request.callers import Corrector, Reader
from services.gateway.request.json_bodies import read_json
from services.gateway.request.lookups import exam_of, locked_exam_of
from services.gateway.views.status import status_body
from shared.contract.api.address import PREFIX
from shared.contract.api.exams import StatusBody
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.questions import (
    CorrectionBody,
    CorrectionRequest,
    QuestionBody,
    QuestionList,
    ReviewItem,
    ReviewList,
)
from shared.contract.corrections import Correction
from shared.contract.documents import QuestionResult
from shared.contract.exams import Exam
from shared.contract.questions import Verdict
from shared.db.repositories.audit import Action
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.runs import analyse_again

router = APIRouter(prefix=PREFIX, tags=["questions"])

Ordinal = Annotated[int, Path(ge=0, le=100_000)]


@router.get(
    "/review",
    operation_id="listQuestionsToReview",
    summary="Questions that nobody could grade",
    responses=answers(401, 403, 422),
)
async def list_review(
    parts: Parts, caller: Reader, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> ReviewList:
    """Questions of all finished exams that need a person, least certain first."""
    async with parts.database.transaction() as uow:
        found = await uow.runs.questions_to_review(caller.tenant_id, limit=limit)
    return ReviewList(items=tuple(ReviewItem(exam_id=id_, question=q) for id_, q in found))


@router.get(
    "/exams/{exam_id}/questions",
    operation_id="listQuestions",
    summary="An exam's questions as graded",
    responses=answers(401, 403, 404, 409, 422),
)
async def list_questions(
    exam_id: str,
    parts: Parts,
    caller: Reader,
    verdict: Annotated[Verdict | None, Query()] = None,
) -> QuestionList:
    """The questions in order; those that need review come least certain first."""
    async with parts.database.transaction() as uow:
        exam = await exam_of(uow, caller, exam_id)
        bodies = await _question_bodies(uow, exam)
    chosen = [body for body in bodies if verdict in {None, body.question.verdict}]
    if verdict is Verdict.NEEDS_REVIEW:
        chosen.sort(key=lambda body: body.question.confidence)
    return QuestionList(items=tuple(chosen))


@router.get(
    "/exams/{exam_id}/questions/{ordinal}",
    operation_id="getQuestion",
    summary="A question as graded",
    response_model=QuestionBody,
    responses=answers(206, 304, 401, 403, 404, 409, 416, 422),
)
async def get_question(
    exam_id: str, ordinal: Ordinal, request: Request, parts: Parts, caller: Reader
) -> Response:
    """The question with its corrections; its ETag goes into If-Match."""
    async with parts.database.transaction() as uow:
        exam = await exam_of(uow, caller, exam_id)
        body = _pick(await _question_bodies(uow, exam), ordinal)
    content = body.model_dump_json().encode()
    return content_response(request, content, media_type="application/json", etag=body.etag)


@router.patch(
    "/exams/{exam_id}/questions/{ordinal}",
    operation_id="correctQuestion",
    summary="Correct an answer, verdict, score or tag",
    status_code=202,
    response_model=StatusBody,
    responses=answers(400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 428),
    openapi_extra={
        **json_body("CorrectionRequest", {"student_answer": "C"}, is_required=True),
        **IF_MATCH,
    },
)
async def correct_question(
    exam_id: str,
    ordinal: Ordinal,
    request: Request,
    parts: Parts,
    caller: Corrector,
) -> Response:
    """Record the correction and score the exam anew; nothing is read again.

    The earlier report stays readable with `?run=`.
    """
    if_match = request.headers.get("if-match")
    if if_match is None:
        raise Problem(ProblemCode.PRECONDITION_REQUIRED)
    asked = await read_json(request, CorrectionRequest)
    async with parts.database.transaction() as uow:
        exam = await locked_exam_of(uow, caller, exam_id)
        body = _pick(await _question_bodies(uow, exam), ordinal)
        if not is_match(if_match, body.etag):
            raise Problem(ProblemCode.PRECONDITION_FAILED)
        change = change_of(asked, body.question)
        exam = await analyse_again(uow, exam, traceparent=request_trace(request).traceparent)
        await uow.corrections.add(exam.id, exam.run, ordinal, change, caller.key_id)
        await note(uow, request, caller, Action.EXAM_CORRECTED, exam.id)
        status = await status_body(parts, uow, exam, request_language(request, exam.language))
    headers = {"Location": f"{PREFIX}/exams/{exam.id}", "Retry-After": "2"}
    return JSONResponse(status.model_dump(mode="json"), status_code=202, headers=headers)


async def _question_bodies(uow: UnitOfWork, exam: Exam) -> tuple[QuestionBody, ...]:
    """The questions of the newest analysis. Raises Problem ``not_finished``."""
    analysis = await uow.analyses.find(exam.id, exam.run)
    if analysis is None:
        raise Problem(ProblemCode.NOT_FINISHED, headers={"Retry-After": "2"})
    made = await uow.corrections.list(exam.id)
    questions = sorted(analysis.questions, key=lambda question: question.ordinal)
    return tuple(
        _body(exam.id, question, [c for c in made if c.ordinal == question.ordinal])
        for question in questions
    )


def _body(exam_id: str, question: QuestionResult, made: list[Correction]) -> QuestionBody:
    # A correction counts at once, also while the run that applies it is still under way.
    text = f"{question.model_dump_json()}|{made[-1].id if made else 0}"
    return QuestionBody(
        exam_id=exam_id,
        etag=f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"',
        question=question,
        corrections=tuple(
            CorrectionBody(run=c.run, key_id=c.key_id, created_at=c.created_at, change=c.change)
            for c in made
        ),
    )


def _pick(bodies: tuple[QuestionBody, ...], ordinal: int) -> QuestionBody:
    for body in bodies:
        if body.question.ordinal == ordinal:
            return body
    raise Problem(ProblemCode.NOT_FOUND)
