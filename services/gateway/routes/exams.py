"""Listing and showing exams."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.gateway.description.answers import answers
from services.gateway.domain.protocol.cursors import decode_cursor
from services.gateway.parts import Parts
from services.gateway.request.callers import Reader
from services.gateway.request.lookups import exam_of
from services.gateway.request.paging import Cursor, page_of
from services.gateway.views.exams import exam_body
from shared.contract.api.address import PREFIX
from shared.contract.api.exams import ExamBody, ExamList
from shared.contract.api.text import Line
from shared.contract.stages import Status

router = APIRouter(prefix=f"{PREFIX}/exams", tags=["exams"])


@router.get(
    "",
    operation_id="listExams",
    summary="List exams, newest first",
    responses=answers(400, 401, 403, 422),
)
async def list_exams(
    response: Response,
    parts: Parts,
    caller: Reader,
    status: Annotated[Status | None, Query()] = None,
    student_ref: Annotated[Line | None, Query(max_length=200)] = None,
    paper_id: Annotated[UUID | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Cursor = None,
) -> ExamList:
    """One page of the tenant's exams; Link names the next one."""
    after = None if cursor is None else decode_cursor(cursor)
    async with parts.database.transaction() as uow:
        found = await uow.exams.page_of(
            caller.tenant_id,
            limit=limit + 1,
            after=after,
            status=status,
            student_ref=student_ref,
            paper_id=None if paper_id is None else str(paper_id),
        )
    filters = {"status": status, "student_ref": student_ref, "paper_id": paper_id}
    items, following = page_of(found, limit, response, f"{PREFIX}/exams", filters)
    return ExamList(items=tuple(exam_body(exam) for exam in items), next=following)


@router.get(
    "/{exam_id}",
    operation_id="getExam",
    summary="An exam as submitted",
    responses=answers(401, 403, 404),
)
async def get_exam(exam_id: str, parts: Parts, caller: Reader) -> ExamBody:
    """The exam with the addresses of its status, result and report."""
    async with parts.database.transaction() as uow:
        return exam_body(await exam_of(uow, caller, exam_id))
