"""Papers and their answer keys."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.responses.content_response import content_response
from services.gateway.adapters.tables.workbook import read_table
from services.gateway.description.answers import answers
from services.gateway.description.bodies import ANSWER_KEY_BODY
from services.gateway.domain.intake.answer_keys import parse_answer_key, parse_answer_key_table
from services.gateway.domain.protocol.cursors import decode_cursor
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.paper_keys import add_paper, paper_etag, replace_key
from services.gateway.parts import Parts
from services.gateway.request.callers import Reader, Submitter
from services.gateway.request.json_bodies import content_type
from services.gateway.request.lookups import paper_of
from services.gateway.request.paging import Cursor, page_of
from services.gateway.views.papers import paper_body, paper_summary
from shared.contract.answer_key import AnswerKey
from shared.contract.api.address import PREFIX
from shared.contract.api.papers import PaperBody, PaperList
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.tables import TABLE_TYPES
from shared.contract.model import Text
from shared.db.repositories.submissions import Paper

router = APIRouter(prefix=f"{PREFIX}/papers", tags=["papers"])


@router.post(
    "",
    operation_id="createPaper",
    summary="Store a paper's answer key",
    status_code=201,
    response_model=PaperBody,
    responses=answers(400, 401, 403, 408, 413, 415, 422),
    openapi_extra=ANSWER_KEY_BODY,
)
async def create_paper(
    request: Request,
    parts: Parts,
    caller: Submitter,
    title: Annotated[
        Text | None, Query(max_length=300, description="Title, for CSV and xlsx.")
    ] = None,
) -> Response:
    """Take an answer key as JSON, or as CSV or xlsx with one question a row."""
    key = await _read_key(request, title)
    paper = await add_paper(parts, request, caller, key)
    return _answer(paper, 201, {"Location": f"{PREFIX}/papers/{paper.id}"})


@router.get(
    "",
    operation_id="listPapers",
    summary="List papers, newest first",
    responses=answers(400, 401, 403, 422),
)
async def list_papers(
    response: Response,
    parts: Parts,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Cursor = None,
) -> PaperList:
    """One page of the tenant's papers; Link names the next one."""
    after = None if cursor is None else decode_cursor(cursor)
    async with parts.database.transaction() as uow:
        found = await uow.papers.list(caller.tenant_id, limit=limit + 1, after=after)
    items, following = page_of(found, limit, response, f"{PREFIX}/papers")
    return PaperList(items=tuple(paper_summary(paper) for paper in items), next=following)


@router.get(
    "/{paper_id}",
    operation_id="getPaper",
    summary="A paper with its answer key",
    response_model=PaperBody,
    responses=answers(206, 304, 401, 403, 404, 416),
)
async def get_paper(paper_id: str, request: Request, parts: Parts, caller: Reader) -> Response:
    """The paper; its ETag goes into If-Match when the key is replaced."""
    async with parts.database.transaction() as uow:
        paper = await paper_of(uow, caller, paper_id)
        stale_exams = await uow.scorings.count_stale(paper.id, caller.tenant_id)
    content = paper_body(paper, stale_exams).model_dump_json().encode()
    return content_response(request, content, media_type="application/json", etag=paper_etag(paper))


@router.put(
    "/{paper_id}",
    operation_id="replacePaper",
    summary="Replace a paper's answer key",
    response_model=PaperBody,
    responses=answers(400, 401, 403, 404, 408, 412, 413, 415, 422),
    openapi_extra=ANSWER_KEY_BODY,
)
async def replace_paper(
    paper_id: str,
    request: Request,
    parts: Parts,
    caller: Submitter,
    title: Annotated[
        Text | None, Query(max_length=300, description="Title, for CSV and xlsx.")
    ] = None,
) -> Response:
    """Give the paper a new key. Exams that were scored keep their scores until `rescore`.

    `stale_exams` says how many there are.
    """
    key = await _read_key(request, title)
    wanted = request.headers.get("if-match")
    paper, stale_exams = await replace_key(parts, request, caller, paper_id, key, wanted)
    return _answer(paper, 200, {}, stale_exams)


async def _read_key(request: Request, title: str | None) -> AnswerKey:
    declared = content_type(request)
    body = await request.body()
    if declared == "application/json":
        return parse_answer_key(body)
    if declared in TABLE_TYPES:
        return parse_answer_key_table(await asyncio.to_thread(read_table, body, "csv"), title)
    raise Problem(ProblemCode.UNSUPPORTED_CONTENT_TYPE)


def _answer(paper: Paper, status: int, headers: dict[str, str], stale_exams: int = 0) -> Response:
    content = paper_body(paper, stale_exams).model_dump(mode="json")
    return JSONResponse(content, status_code=status, headers={"ETag": paper_etag(paper), **headers})
