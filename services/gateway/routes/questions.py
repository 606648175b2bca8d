"""Questions as graded, and their corrections."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.responses.content_response import content_response
from services.gateway.adapters.responses.problem_response import request_language
from services.gateway.description.answers import answers
from services.gateway.description.bodies import IF_MATCH, json_body
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.corrections import Correcting, correct
from services.gateway.parts import Parts
from services.gateway.request.callers import Corrector, Reader
from services.gateway.request.json_bodies import read_json
from services.gateway.request.lookups import exam_of
from services.gateway.views.questions import pick_question, question_bodies
from services.gateway.views.status import status_body
from shared.contract.api.address import PREFIX
from shared.contract.api.exams import StatusBody
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.questions import (
    CorrectionRequest,
    QuestionBody,
    QuestionList,
    ReviewItem,
    ReviewList,
)
from shared.contract.questions import Verdict

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
    return ReviewList(
        items=tuple(ReviewItem(exam_id=item.exam_id, question=item.question) for item in found)
    )


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
        bodies = await question_bodies(uow, exam)
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
        body = pick_question(await question_bodies(uow, exam), ordinal)
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
        exam = await correct(uow, request, caller, Correcting(exam_id, ordinal, asked, if_match))
        status = await status_body(parts, uow, exam, request_language(request, exam.language))
    headers = {"Location": f"{PREFIX}/exams/{exam.id}", "Retry-After": "2"}
    return JSONResponse(status.model_dump(mode="json"), status_code=202, headers=headers)
