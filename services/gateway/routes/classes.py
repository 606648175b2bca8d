"""What a class made of one paper: as JSON, as a page, as tables."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from services.gateway.adapters.pages.class_page import class_page
from services.gateway.adapters.responses.content_response import content_response
from services.gateway.adapters.responses.problem_response import request_language
from services.gateway.description.answers import answers, example_answer, file_answer
from services.gateway.description.examples import CLASS_EXAMPLE
from services.gateway.domain.classes.tables import class_csv
from services.gateway.domain.classes.view import view_class
from services.gateway.parts import Parts
from services.gateway.request.callers import Reader
from services.gateway.views.classes import class_body
from shared.contract.api.address import PREFIX
from shared.contract.api.papers import ClassBody, ClassTable
from shared.contract.failures import Language

router = APIRouter(prefix=f"{PREFIX}/papers/{{paper_id}}", tags=["papers"])

#: One file without scripts; it may show its own styles only.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


@router.get(
    "/class",
    operation_id="getClassReport",
    summary="The class report as JSON",
    response_model=ClassBody,
    responses=example_answer(CLASS_EXAMPLE) | answers(206, 304, 401, 403, 404, 416),
)
async def get_class(paper_id: str, request: Request, parts: Parts, caller: Reader) -> Response:
    """Distribution, items, knowledge points and students of all completed exams of the paper.

    It is computed when exams complete, not when it is asked for: ``is_current`` is false for
    the moment in between, and while exams stand that were scored by an earlier key. Of a student
    who sat the paper again only the newest exam counts.
    """
    content = (await class_body(parts, caller, paper_id)).model_dump_json().encode()
    return _answer(request, content, "application/json")


@router.get(
    "/class.html",
    operation_id="getClassPage",
    summary="The class report as one HTML file",
    response_class=Response,
    responses=file_answer(("text/html",), 304, 401, 403, 404, 416),
)
async def get_class_page(paper_id: str, request: Request, parts: Parts, caller: Reader) -> Response:
    """The page in the language of Accept-Language, Chinese where it names none."""
    body = await class_body(parts, caller, paper_id)
    async with parts.database.transaction() as uow:
        own = await uow.tenants.time_zone(caller.tenant_id)
    if body.computed_at is not None:
        zone = own or ZoneInfo(parts.settings.time_zone)
        body = body.model_copy(update={"computed_at": body.computed_at.astimezone(zone)})
    language = request_language(request, Language.ZH)
    headers = {
        "Content-Security-Policy": _POLICY,
        "Content-Language": language.value,
        "Vary": "Accept-Language",
    }
    content = class_page(view_class(body, language))
    return _answer(request, content, "text/html; charset=utf-8", headers)


@router.get(
    "/class.csv",
    operation_id="getClassTable",
    summary="The class report as CSV",
    response_class=Response,
    responses=file_answer(("text/csv",), 304, 401, 403, 404, 416, 422),
)
async def get_class_table(
    paper_id: str,
    request: Request,
    parts: Parts,
    caller: Reader,
    table: Annotated[
        ClassTable, Query(description="One row per student, or one per question.")
    ] = ClassTable.STUDENTS,
) -> Response:
    """A table for spreadsheets: UTF-8, and no cell that would be calculated."""
    body = await class_body(parts, caller, paper_id)
    headers = {"Content-Disposition": f'attachment; filename="class-{table.value}.csv"'}
    return _answer(request, class_csv(body.report, table), "text/csv; charset=utf-8", headers)


def _answer(
    request: Request, content: bytes, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    return content_response(request, content, media_type=media_type, headers=headers)
