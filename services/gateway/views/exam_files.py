"""Files of an exam as answers: its pages and what was made of them."""

from fastapi import Request, Response

from services.gateway.adapters.responses.content_response import content_response
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Gateway
from services.gateway.request.lookups import exam_of, stored_file
from services.gateway.views.results import checked_run, finished_exam
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.exams import Artefact, ArtefactKind, Exam
from shared.contract.file_kinds import FileKind, kind_of

#: A report is one file without scripts; it may show its own styles, images and fonts only.
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


async def page_response(
    exam_id: str,
    number: int,
    request: Request,
    parts: Gateway,
    caller: Caller,
    run: int | None = None,
) -> Response:
    """A page as it was read. Raises Problem ``not_found``."""
    async with parts.database.transaction() as uow:
        exam = await exam_of(uow, caller, exam_id)
        pages = await uow.pages.list(exam.id, checked_run(exam, run))
    page = next((page for page in pages if page.number == number), None)
    if page is None:
        raise Problem(ProblemCode.NOT_FOUND)
    content = await stored_file(parts, page.blob_key)
    return content_response(request, content, media_type=kind_of(content) or FileKind.JPEG)


async def artefact_response(
    exam_id: str,
    request: Request,
    parts: Gateway,
    caller: Caller,
    run: int | None,
    kind: ArtefactKind,
) -> Response:
    """A file that the run made. Raises Problem."""
    async with parts.database.transaction() as uow:
        exam = await finished_exam(uow, caller, exam_id, run, request)
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
        headers=_headers(exam, artefact),
    )


def _headers(exam: Exam, artefact: Artefact) -> dict[str, str]:
    name = f"{exam.id}-{exam.run}-{artefact.kind.value}"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    if artefact.kind is ArtefactKind.REPORT_HTML:
        headers["Content-Security-Policy"] = _REPORT_POLICY
    return headers
