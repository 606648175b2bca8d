"""The list of exams: what runs, what is done, what went wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from services.gateway.domain.pages.natural_order import natural_order
from services.gateway.domain.pages.progress import shown_progress
from services.gateway.domain.protocol.cursors import decode_cursor, encode_cursor
from services.gateway.intake.exam_actions import cancel_one, erase_one, retry_one
from services.gateway.pages.visits import (
    EMPTY_IS_NONE,
    ReadingVisit,
    SubmittingVisit,
    Visit,
    page,
    see,
)
from services.gateway.request.lookups import exam_of
from services.gateway.request.paging import Cursor
from shared.contract.advice import ADVICE
from shared.contract.api.text import Line
from shared.contract.documents import Score
from shared.contract.exams import Exam
from shared.contract.stages import RETRYABLE, TERMINAL, Status
from shared.db.repositories.submissions import Paper
from shared.db.unit_of_work import UnitOfWork

router = APIRouter(prefix="/exams", include_in_schema=False)

_PAGE = 40
StudentRef = Annotated[Line, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class ExamRow:
    """One exam of a list; ``waits`` counts what is served before it, None when it has begun."""

    exam: Exam
    paper_title: str | None
    score: Score | None
    progress: int
    remaining_seconds: int
    waits: int | None
    error: str | None
    is_running: bool
    can_retry: bool


@router.get("")
async def list_exams(
    visit: ReadingVisit,
    status: Annotated[Status | None, EMPTY_IS_NONE, Query()] = None,
    student_ref: Annotated[StudentRef | None, EMPTY_IS_NONE, Query()] = None,
    paper_id: Annotated[UUID | None, EMPTY_IS_NONE, Query()] = None,
    cursor: Cursor = None,
) -> Response:
    """One page of the list; asked by htmx, its rows only."""
    wanted = None if paper_id is None else str(paper_id)
    async with visit.parts.database.transaction() as uow:
        found = await uow.exams.page_of(
            visit.caller.tenant_id,
            limit=_PAGE + 1,
            after=None if cursor is None else decode_cursor(cursor),
            status=status,
            student_ref=student_ref or None,
            paper_id=wanted,
        )
        rows = await exam_rows(visit, uow, found[:_PAGE])
        papers = await uow.papers.list(visit.caller.tenant_id)
    filters = {"status": status, "student_ref": student_ref or None, "paper_id": wanted}
    query = {name: value for name, value in filters.items() if value}
    following = None
    if len(found) > _PAGE:
        behind = encode_cursor(found[_PAGE - 1].created_at, found[_PAGE - 1].id)
        following = "/exams?" + urlencode({**query, "cursor": behind})
    here = "/exams?" + urlencode({**query, **({"cursor": cursor} if cursor else {})})
    is_part = visit.request.headers.get("hx-target") == "rows"
    return page(
        visit,
        "part_exam_rows.html.j2" if is_part else "exams.html.j2",
        rows=rows,
        papers=papers,
        filters=filters,
        is_filtered=bool(query),
        following=following,
        here=here,
        is_later=cursor is not None,
        is_live=any(row.is_running for row in rows),
    )


async def exam_rows(visit: Visit, uow: UnitOfWork, exams: Iterable[Exam]) -> list[ExamRow]:
    """The rows of these exams, with the titles of their papers and what they were given.

    Exams of one moment, as those of a class are, come in the order of their students.
    """
    shown = sorted(exams, key=lambda exam: natural_order(exam.student_ref or ""))
    shown.sort(key=lambda exam: exam.created_at, reverse=True)
    await visit.parts.forecasts.refresh()
    titles: dict[str, str] = {}
    for paper_id in {exam.paper_id for exam in shown if exam.paper_id}:
        paper: Paper | None = await uow.papers.find(paper_id, visit.caller.tenant_id)
        if paper is not None:
            titles[paper_id] = paper.title
    scores = await uow.scorings.of([e.id for e in shown if e.status is Status.COMPLETED])
    return [_row(visit, exam, titles, scores.get(exam.id)) for exam in shown]


def _row(visit: Visit, exam: Exam, titles: dict[str, str], score: Score | None) -> ExamRow:
    is_running = exam.status not in TERMINAL
    forecast = visit.parts.forecasts.of(exam, 0.0)
    has_begun = exam.status is not Status.UPLOADED
    code = exam.error_code
    return ExamRow(
        exam=exam,
        paper_title=titles.get(exam.paper_id or ""),
        score=score,
        progress=shown_progress(exam, forecast.seconds, datetime.now(UTC)),
        remaining_seconds=round(forecast.seconds) if is_running else 0,
        waits=None if has_begun or not is_running else forecast.tasks_ahead,
        error=None if code is None else ADVICE[code].in_language(visit.language),
        is_running=is_running,
        can_retry=exam.status in RETRYABLE,
    )


@router.post("/{exam_id}/cancel")
async def cancel_exam(exam_id: str, request: Request, visit: SubmittingVisit) -> Response:
    """Stop working on an exam."""
    await cancel_one(visit.parts, request, visit.caller, exam_id)
    return await _after(visit, exam_id)


@router.post("/{exam_id}/retry")
async def retry_exam(exam_id: str, request: Request, visit: SubmittingVisit) -> Response:
    """Run a failed or cancelled exam again."""
    await retry_one(visit.parts, request, visit.caller, exam_id)
    return await _after(visit, exam_id)


@router.post("/{exam_id}/erase")
async def erase_exam(exam_id: str, request: Request, visit: SubmittingVisit) -> Response:
    """Erase an exam with everything that belongs to it."""
    await erase_one(visit.parts, request, visit.caller, exam_id)
    if request.headers.get("hx-target", "").startswith("exam-"):
        return Response("", media_type="text/html")
    response = see("/exams")
    if "hx-request" in request.headers:
        response = Response("", media_type="text/html", headers={"HX-Redirect": "/exams"})
    return response


async def _after(visit: Visit, exam_id: str) -> Response:
    """The exam's row, or its page where the button stood there."""
    if not visit.request.headers.get("hx-target", "").startswith("exam-"):
        address = f"/exams/{exam_id}"
        if "hx-request" in visit.request.headers:
            return Response("", media_type="text/html", headers={"HX-Redirect": address})
        return see(address)
    async with visit.parts.database.transaction() as uow:
        rows = await exam_rows(visit, uow, [await exam_of(uow, visit.caller, exam_id)])
    return page(visit, "part_exam_row.html.j2", row=rows[0])
