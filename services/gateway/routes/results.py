"""What a finished exam offers: its result, reports and page images."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.adapters.responses.content_response import content_response
from services.gateway.adapters.responses.problem_response import request_language
from services.gateway.description.answers import answers, file_answer
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Parts
from services.gateway.request.callers import Reader
from services.gateway.request.lookups import exam_of, stored_file
from shared.contract.api.address import PREFIX
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.documents import ExamResult
from shared.contract.exams import Artefact, ArtefactKind, Exam, crop_key
from shared.contract.failures import ADVICE
from shared.contract.file_kinds import FileKind, kind_of
from shared.contract.result import build_result
from shared.contract.stages import RETRYABLE, Status
from shared.contract.versions import versions
from shared.db.unit_of_work import UnitOfWork

router = APIRouter(prefix=f"{PREFIX}/exams/{{exam_id}}", tags=["results"])

_FINISHED = frozenset({Status.REPORT_GENERATED, Status.COMPLETED})
Run = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="An older run; default: the newest.")
]
#: A report is one file without scripts; it may show its own styles, images and fonts only.
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


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
        exam = await _finished_exam(uow, caller, exam_id, run, request)
        content = (await _result(uow, exam)).model_dump_json().encode()
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
    async with parts.database.transaction() as uow:
        exam = await exam_of(uow, caller, exam_id)
        pages = await uow.pages.list(exam.id, _checked_run(exam, run))
    page = next((page for page in pages if page.number == number), None)
    if page is None:
        raise Problem(ProblemCode.NOT_FOUND)
    content = await stored_file(parts, page.blob_key)
    return content_response(request, content, media_type=kind_of(content) or FileKind.JPEG)


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
        newest = await uow.artefacts.newest_run(exam.id, _checked_run(exam, run))
    if newest is None:
        raise Problem(ProblemCode.NOT_FINISHED, headers={"Retry-After": "2"})
    content = await stored_file(parts, crop_key(exam.id, newest, ordinal))
    return content_response(request, content, media_type=FileKind.PNG)


def _serve_artefact(kind: ArtefactKind, operation_id: str, summary: str, about: str) -> None:
    """Add the route of one kind of file that every finished run has."""

    async def get_artefact(
        exam_id: str, request: Request, parts: Parts, caller: Reader, run: Run = None
    ) -> Response:
        return await _artefact(exam_id, request, parts, caller, run, kind)

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


async def _artefact(
    exam_id: str,
    request: Request,
    parts: Parts,
    caller: Caller,
    run: int | None,
    kind: ArtefactKind,
) -> Response:
    async with parts.database.transaction() as uow:
        exam = await _finished_exam(uow, caller, exam_id, run, request)
        made = await uow.artefacts.list(exam.id, exam.run)
    artefact = next((artefact for artefact in made if artefact.kind is kind), None)
    if artefact is None:
        raise Problem(ProblemCode.NOT_FOUND)
    content = await stored_file(parts, artefact.blob_key)
    return content_response(
        request,
        content,
        media_type=artefact.media_type,
        etag=f'"{artefact.sha256}"',
        headers=_artefact_headers(exam, artefact),
    )


def _artefact_headers(exam: Exam, artefact: Artefact) -> dict[str, str]:
    name = f"{exam.id}-{exam.run}-{artefact.kind.value}"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    if artefact.kind is ArtefactKind.REPORT_HTML:
        headers["Content-Security-Policy"] = _REPORT_POLICY
    return headers


async def _finished_exam(
    uow: UnitOfWork, caller: Caller, exam_id: str, run: int | None, request: Request
) -> Exam:
    """The exam as of ``run``.

    Raises Problem ``not_found``, ``not_finished``, ``exam_ended``, ``exam_is_duplicate``.
    """
    exam = await exam_of(uow, caller, exam_id)
    wanted = _checked_run(exam, run)
    if wanted != exam.run:
        if not await uow.artefacts.list(exam.id, wanted):
            raise Problem(ProblemCode.NOT_FINISHED)
        return exam.model_copy(update={"run": wanted})
    if exam.status in _FINISHED:
        return exam
    if exam.status in RETRYABLE:
        code = exam.error_code
        reason = None
        if code is not None:
            reason = ADVICE[code].in_language(request_language(request, exam.language))
        raise Problem(ProblemCode.EXAM_ENDED, error_code=code, error_message=reason)
    if exam.status is Status.DUPLICATE:
        found = exam.duplicate
        raise Problem(
            ProblemCode.EXAM_IS_DUPLICATE, duplicate=None if found is None else found.model_dump()
        )
    raise Problem(ProblemCode.NOT_FINISHED, headers={"Retry-After": "2"})


async def _result(uow: UnitOfWork, exam: Exam) -> ExamResult:
    readers = await uow.runs.readers(exam.id, exam.run)
    return build_result(
        exam,
        await uow.read_papers.get(exam.id, exam.run),
        await uow.analyses.get(exam.id, exam.run),
        await uow.diagnoses.get(exam.id, exam.run),
        await uow.stage_timings(exam.id, exam.run),
        {**versions(), "reader": ", ".join(readers)},
        await uow.duplicates.of(exam),
    )


def _checked_run(exam: Exam, run: int | None) -> int:
    if run is not None and run > exam.run:
        raise Problem(ProblemCode.NOT_FOUND)
    return exam.run if run is None else run
