"""What the exams of a paper were given by which answer key, and scoring them anew."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.description.answers import answers
from services.gateway.domain.protocol.cursors import decode_cursor
from services.gateway.intake.paper_keys import rescore
from services.gateway.parts import Parts
from services.gateway.request.callers import Reader, Submitter
from services.gateway.request.lookups import paper_of
from services.gateway.request.paging import Cursor, page_of
from services.gateway.views.papers import scored_exam
from shared.contract.api.address import PREFIX
from shared.contract.api.papers import RescoreBody, ScoringList

router = APIRouter(prefix=f"{PREFIX}/papers/{{paper_id}}", tags=["papers"])


@router.get(
    "/scores",
    operation_id="listScores",
    summary="What each exam of a paper was given, and by which key",
    responses=answers(400, 401, 403, 404, 422),
)
async def list_scores(
    paper_id: str,
    response: Response,
    parts: Parts,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Cursor = None,
) -> ScoringList:
    """The newest score of every exam, with the one before the answer key was replaced."""
    after = None if cursor is None else decode_cursor(cursor)
    async with parts.database.transaction() as uow:
        paper = await paper_of(uow, caller, paper_id)
        found = await uow.scorings.list(paper.id, caller.tenant_id, limit=limit + 1, after=after)
    path = f"{PREFIX}/papers/{paper.id}/scores"
    items, following = page_of(found, limit, response, path)
    scored = tuple(scored_exam(exam, paper.version) for exam in items)
    return ScoringList(items=scored, next=following)


@router.post(
    "/rescore",
    operation_id="rescorePaper",
    summary="Score the exams of a paper by its present key",
    status_code=202,
    response_model=RescoreBody,
    responses=answers(401, 403, 404),
)
async def rescore_paper(
    paper_id: str, request: Request, parts: Parts, caller: Submitter
) -> Response:
    """Begin a new run of every completed exam that was scored by an earlier key.

    Nothing is read again, and earlier reports stay readable with `?run=`. Asking again is
    harmless: exams that are being scored anew are not begun a second time.
    """
    body = await rescore(parts, request, caller, paper_id)
    headers = {"Location": f"{PREFIX}/papers/{body.paper_id}/scores", "Retry-After": "2"}
    return JSONResponse(body.model_dump(mode="json"), status_code=202, headers=headers)
