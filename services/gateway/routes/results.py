"""What a finished exam offers: its result, reports and page images."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.adapters.responses.content_response import content_response
from services.gateway.description.answers import answers, file_answer
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Parts
from services.gateway.request.callers import Reader
from services.gateway.request.lookups import exam_of, stored_file
from services.gateway.views.exam_files import artefact_response, page_response
from services.gateway.views.results import checked_run, finished_exam, result_of
from shared.contract.api.address import PREFIX
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.documents import ExamResult
from shared.contract.exams import ArtefactKind, crop_key
from shared.contract.file_kinds import FileKind

router = APIRouter(prefix=f"{PREFIX}/exams/{{exam_id}}", tags=["results"])

Run = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="An older run; default: the newest.")
]


@router.get(
    "/result",
    operation_id="getExamResult",
    summary="The whole result as JSON",
    response_model=ExamResult,
    responses=answers(206, 304, 401, 403, 404, 409, 416, 422),
)
async def get_result(
    exam_id: str, request: Request, parts: Parts, caller: Reader, run: Run = None
) -> Response:
    """Scores, questions, mastery and advice, with the evidence for each."""
    async with parts.database.transaction() as uow:
        exam = await finished_exam(uow, caller, exam_id, run, request)
        content = (await result_of(uow, exam)).model_dump_json().encode()
    return content_response(request, content, media_type="application/json")


@router.get(
    "/pages/{number}",
    operation_id="getPage",
    summary="A normalised page image",
    response_class=Response,
    responses=file_answer((FileKind.PNG, FileKind.JPEG), 304, 401, 403, 404, 416, 422),
)
async def get_page(
    exam_id: str,
    number: Annotated[int, Path(ge=1, le=100_000)],
    request: Request,
    parts: Parts,
    caller: Reader,
    run: Run = None,
) -> Response:
    """The page as it was read: upright, and with the coordinates that evidence refers to."""
    return await page_response(exam_id, number, request, parts, caller, run)


@router.get(
    "/questions/{ordinal}/crop",
    operation_id="getQuestionCrop",
    summary="A question's part of the page",
    response_class=Response,
    responses=file_answer((FileKind.PNG,), 304, 401, 403, 404, 409, 416, 422),
)
async def get_question_crop(
    exam_id: str,
    ordinal: Annotated[int, Path(ge=0, le=100_000)],
    request: Request,
    parts: Parts,
    caller: Reader,
    run: Run = None,
) -> Response:
    """The question with its answer, cut from the page; 404 where its place is not known.

    While a correction is being applied it is the picture of the run before.
    """
    async with parts.database.transaction() as uow:
        exam = await exam_of(uow, caller, exam_id)
        newest = await uow.artefacts.newest_run(exam.id, checked_run(exam, run))
    if newest is None:
        raise Problem(ProblemCode.NOT_FINISHED, headers={"Retry-After": "2"})
    content = await stored_file(parts, crop_key(exam.id, newest, ordinal))
    return content_response(request, content, media_type=FileKind.PNG)


def _serve_artefact(kind: ArtefactKind, operation_id: str, summary: str, about: str) -> None:
    """Add the route of one kind of file that every finished run has."""

    async def get_artefact(
        exam_id: str, request: Request, parts: Parts, caller: Reader, run: Run = None
    ) -> Response:
        return await artefact_response(exam_id, request, parts, caller, run, kind)

    media_type = "text/html" if kind is ArtefactKind.REPORT_HTML else "application/pdf"
    router.add_api_route(
        f"/{kind.value}",
        get_artefact,
        operation_id=operation_id,
        summary=summary,
        description=about,
        response_class=Response,
        responses=file_answer((media_type,), 304, 401, 403, 404, 409, 416, 422),
    )


for _kind, *_told in (
    (
        ArtefactKind.REPORT_HTML,
        "getReportHtml",
        "The report as one HTML file",
        "The report for a browser.",
    ),
    (ArtefactKind.REPORT_PDF, "getReportPdf", "The report as PDF", "The report for printing."),
    (
        ArtefactKind.PRACTICE_PDF,
        "getPracticePdf",
        "A practice paper for the weak points",
        "The practice paper.",
    ),
    (
        ArtefactKind.ERROR_BOOK_PDF,
        "getErrorBookPdf",
        "The questions that went wrong",
        "The error book.",
    ),
):
    _serve_artefact(_kind, *_told)
