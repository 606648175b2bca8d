"""Papers and their answer keys: listed, typed, pasted, uploaded, changed, scored by anew."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData, UploadFile

from services.gateway.adapters.tables.workbook import read_table
from services.gateway.domain.intake.answer_keys import MAX_QUESTIONS, parse_answer_key_table
from services.gateway.domain.intake.key_lines import UnreadableLine, parse_key_lines
from services.gateway.domain.pages.key_form import (
    COLUMNS,
    FieldError,
    InvalidKey,
    KeyRow,
    key_of,
    read_rows,
    row_of,
    rows_of,
)
from services.gateway.domain.protocol.problems import Problem
from services.gateway.intake.exam_actions import erase_one
from services.gateway.intake.paper_keys import add_paper, paper_etag, replace_key, rescore
from services.gateway.pages.visits import (
    EMPTY_IS_NONE,
    ReadingVisit,
    SubmittingVisit,
    Visit,
    form_of,
    page,
    see,
    text_of,
)
from services.gateway.request.lookups import exam_of, paper_of
from shared.contract.answer_key import AnswerKey
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.questions import QuestionType
from shared.db.repositories.submissions import Paper

router = APIRouter(prefix="/papers", include_in_schema=False)

_EMPTY_ROWS = 5
_TEMPLATE = (
    "\ufefftitle,subject,grade,section,section_title,number,type,answer,points,knowledge_points\r\n"
    "期中测验,数学,七年级,一,选择题,1,single_choice,C,3,有理数\r\n"
    ",,,,,2,multiple_choice,AC,4,整式; 合并同类项\r\n"
    ",,,二,填空题,3,fill_in,x=3,5,一元一次方程\r\n"
)


@router.get("")
async def list_papers(visit: ReadingVisit) -> Response:
    """All papers, newest first, with how many exams stand scored by an earlier key."""
    tenant_id = visit.caller.tenant_id
    async with visit.parts.database.transaction() as uow:
        papers = await uow.papers.list(tenant_id)
        stale = {paper.id: await uow.scorings.count_stale(paper.id, tenant_id) for paper in papers}
    return page(visit, "papers.html.j2", papers=papers, stale=stale)


@router.get("/template.csv")
async def get_template(_: ReadingVisit) -> Response:
    """A table to fill in, with an example of each kind of question."""
    headers = {"Content-Disposition": 'attachment; filename="answer-key.csv"'}
    return Response(_TEMPLATE.encode(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/new")
async def get_new_paper(
    visit: SubmittingVisit, exam_id: Annotated[UUID | None, EMPTY_IS_NONE, Query()] = None
) -> Response:
    """An empty editor, or with ``exam_id`` what was read on that filled-in model paper."""
    if exam_id is None:
        return _editor(visit, {}, [])
    async with visit.parts.database.transaction() as uow:
        exam = await exam_of(uow, visit.caller, str(exam_id))
        analysis = await uow.analyses.find(exam.id, exam.run)
        read = await uow.read_papers.find(exam.id, exam.run)
    if analysis is None:
        raise Problem(ProblemCode.NOT_FINISHED)
    described = {
        "title": ("" if read is None else read.metadata.title or "")[:300],
        "subject": exam.subject or "",
        "grade": exam.grade or "",
    }
    return _editor(visit, described, read_rows(analysis.questions), exam_id=exam.id)


@router.post("/new")
async def create_paper(request: Request, visit: SubmittingVisit) -> Response:
    """Store what was typed, or read what was pasted or uploaded into the editor."""
    form = await form_of(request)
    rows = _rows(form)
    described = {name: text_of(form, name, 300) for name in ("title", "subject", "grade")}
    if "add" in form:
        return await _added(visit, form, described, rows, None)
    exam_id = text_of(form, "exam_id", 40)
    if exam_id:
        async with visit.parts.database.transaction() as uow:
            await exam_of(uow, visit.caller, exam_id)
    errors = (FieldError(0, "confirmed", "missing"),) if exam_id and "confirmed" not in form else ()
    try:
        key = key_of(described, rows)
    except InvalidKey as invalid:
        errors = (*invalid.errors, *errors)
    if errors:
        return _editor(visit, described, rows, errors=errors, exam_id=exam_id or None, status=422)
    paper = await add_paper(visit.parts, request, visit.caller, key)
    if exam_id and "erase" in form:
        await erase_one(visit.parts, request, visit.caller, exam_id)
    return see(f"/papers/{paper.id}?saved=1")


@router.get("/{paper_id}")
async def get_paper(paper_id: str, visit: ReadingVisit, saved: bool = False) -> Response:
    """The editor with the paper's present key, and what stands scored by an earlier one."""
    async with visit.parts.database.transaction() as uow:
        paper = await paper_of(uow, visit.caller, paper_id)
    described = {"title": paper.title, "subject": paper.subject or "", "grade": paper.grade or ""}
    return await _editor_of(visit, paper, described, rows_of(paper.answer_key), saved=saved)


@router.post("/{paper_id}")
async def change_paper(paper_id: str, request: Request, visit: SubmittingVisit) -> Response:
    """Give the paper the key that was typed; exams keep their scores until they are scored anew."""
    form = await form_of(request)
    rows = _rows(form)
    described = {name: text_of(form, name, 300) for name in ("title", "subject", "grade")}
    async with visit.parts.database.transaction() as uow:
        paper = await paper_of(uow, visit.caller, paper_id)
    if "add" in form:
        return await _added(visit, form, described, rows, paper)
    try:
        key = key_of(described, rows, paper.answer_key)
        seen = text_of(form, "etag", 100)
        await replace_key(visit.parts, request, visit.caller, paper_id, key, seen or None)
    except InvalidKey as invalid:
        return await _editor_of(visit, paper, described, rows, errors=invalid.errors, status=422)
    except Problem as problem:
        if problem.code is not ProblemCode.PRECONDITION_FAILED:
            raise
        changed = (FieldError(0, "version", "changed"),)
        return await _editor_of(visit, paper, described, rows, errors=changed, status=409)
    return see(f"/papers/{paper_id}?saved=1")


@router.get("/{paper_id}/scores")
async def get_scores(paper_id: str, visit: ReadingVisit) -> Response:
    """What each exam was given, and what the earlier key gave it."""
    tenant_id = visit.caller.tenant_id
    async with visit.parts.database.transaction() as uow:
        paper = await paper_of(uow, visit.caller, paper_id)
        scored = await uow.scorings.list(paper.id, tenant_id, limit=200)
        stale = await uow.scorings.count_stale(paper.id, tenant_id)
    is_part = visit.request.headers.get("hx-target") == "scores"
    template = "part_scores.html.j2" if is_part else "scores.html.j2"
    return page(visit, template, paper=paper, scored=scored, stale=stale)


@router.post("/{paper_id}/rescore")
async def rescore_paper(paper_id: str, request: Request, visit: SubmittingVisit) -> Response:
    """Score by the present key what was scored by an earlier one."""
    await rescore(visit.parts, request, visit.caller, paper_id)
    return see(f"/papers/{paper_id}/scores")


async def _added(
    visit: Visit,
    form: FormData,
    described: dict[str, str],
    rows: list[KeyRow],
    paper: Paper | None,
) -> Response:
    """The editor with what was pasted or uploaded in it, for a person to look at first."""
    unreadable: UnreadableLine | None = None
    problem: Problem | None = None
    filled = [row for row in rows if not row.is_empty]
    try:
        table = form.get("table")
        if isinstance(table, UploadFile) and table.size:
            key = await _key_in(table, described["title"])
            filled = rows_of(key)
            described = {
                "title": key.title,
                "subject": key.subject or described["subject"],
                "grade": key.grade or described["grade"],
            }
        points = float(text_of(form, "points_each", 10) or 1)
        typed = parse_key_lines(text_of(form, "lines", 20_000), points)
        section = text_of(form, "lines_section", 20)
        filled += [row_of(question, section) for question in typed]
    except UnreadableLine as error:
        unreadable = error
    except ValueError:
        unreadable = UnreadableLine(0, "points")
    except Problem as error:
        problem = error
    is_wrong = unreadable is not None or problem is not None
    context: dict[str, Any] = {
        "unreadable": unreadable,
        "problem": problem,
        "lines": text_of(form, "lines", 20_000) if is_wrong else "",
        "status": 422 if is_wrong else 200,
        "is_added": not is_wrong,
        "exam_id": text_of(form, "exam_id", 40) or None,
    }
    if paper is None:
        return _editor(visit, described, filled, **context)
    return await _editor_of(visit, paper, described, filled, **context)


async def _key_in(table: UploadFile, title: str) -> AnswerKey:
    body = await table.read()
    rows = await asyncio.to_thread(read_table, body, "csv")
    try:
        return parse_answer_key_table(rows, title or None)
    except Problem as problem:
        errors = problem.extensions.get("errors", ())
        if title or not any(error["field"] == "body.title" for error in errors):
            raise
        return parse_answer_key_table(rows, stem_of(table.filename))


def stem_of(filename: str | None) -> str:
    """A title for a table that has none: its file's name without the ending."""
    return ((filename or "").rpartition(".")[0] or "?")[:300]


async def _editor_of(
    visit: Visit, paper: Paper, described: dict[str, str], rows: list[KeyRow], **context: Any
) -> Response:
    tenant_id = visit.caller.tenant_id
    async with visit.parts.database.transaction() as uow:
        stale = await uow.scorings.count_stale(paper.id, tenant_id)
    return _editor(
        visit, described, rows, paper=paper, stale=stale, etag=paper_etag(paper), **context
    )


def _editor(
    visit: Visit, described: dict[str, str], rows: list[KeyRow], **context: Any
) -> Response:
    shown: dict[str, Any] = {
        "paper": None,
        "stale": 0,
        "etag": "",
        "errors": (),
        "unreadable": None,
        "problem": None,
        "lines": "",
        "saved": False,
        "is_added": False,
        "exam_id": None,
        **context,
    }
    spare = [KeyRow(section=rows[-1].section if rows else "")] * _EMPTY_ROWS
    titled = {"title": "", "subject": "", "grade": "", **described}
    return page(
        visit,
        "paper.html.j2",
        described=titled,
        rows=[*rows, *spare],
        types=tuple(QuestionType),
        **shown,
    )


def _rows(form: FormData) -> list[KeyRow]:
    """The rows of the editor. Raises Problem ``too_many_questions``."""
    columns = {name: [str(value).strip() for value in form.getlist(name)] for name in COLUMNS}
    count = len(columns["number"])
    if count > MAX_QUESTIONS:
        raise Problem(ProblemCode.TOO_MANY_QUESTIONS, max_questions=MAX_QUESTIONS)
    if any(len(values) != count for values in columns.values()):
        raise Problem(ProblemCode.MALFORMED_FORM)
    # These two lead to pictures only, and only rows that were read on a photo have them.
    places, unsure = form.getlist("ordinal"), form.getlist("unsure")
    return [
        KeyRow(
            **{name: columns[name][at] for name in COLUMNS},
            ordinal=str(places[at]) if at < len(places) and str(places[at]).isdecimal() else "",
            is_unsure=at < len(unsure) and unsure[at] == "1",
        )
        for at in range(count)
    ]
