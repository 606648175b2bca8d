"""One exam: how far it is, and when it is done what was found, beside the pages themselves."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from services.gateway.domain.pages.result import ResultView, undoable, view_result
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.validation import field_errors
from services.gateway.intake.corrections import Correcting, correct
from services.gateway.pages.exams import exam_rows
from services.gateway.pages.sharing import shared_addresses
from services.gateway.pages.visits import (
    CorrectingVisit,
    ReadingVisit,
    Visit,
    form_of,
    page,
    see,
    text_of,
)
from services.gateway.request.lookups import exam_of
from services.gateway.views.status import status_body
from shared.contract.api.exams import StatusBody
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.questions import CorrectionRequest
from shared.contract.corrections import Correction
from shared.contract.exams import Artefact, Exam
from shared.contract.stages import TERMINAL, Status
from shared.db.unit_of_work import UnitOfWork

router = APIRouter(prefix="/exams/{exam_id}", include_in_schema=False)

View = Literal["questions", "report", "files", "history"]


@dataclass(frozen=True, slots=True)
class ExamPage:
    """All that the page of an exam shows; ``result`` is None until its answers were scored."""

    exam: Exam
    status: StatusBody
    result: ResultView | None
    files: tuple[Artefact, ...]
    files_run: int | None
    corrections: tuple[Correction, ...]
    #: Ids of the corrections that hold and can be taken back: the last one of each question.
    undoable: frozenset[int]
    is_running: bool


@router.get("")
async def get_exam(
    exam_id: str,
    visit: ReadingVisit,
    view: Annotated[View, Query()] = "questions",
    is_model: Annotated[bool, Query(alias="model")] = False,
) -> Response:
    """The page; asked by htmx while the exam runs, the part that changes.

    A model paper goes on to the editor of answer keys once it was read.
    """
    is_part = visit.request.headers.get("hx-target") == "watch"
    async with visit.parts.database.transaction() as uow:
        exam = await exam_of(uow, visit.caller, exam_id)
        shown = await _exam_page(visit, uow, exam, with_result=not is_part)
        row = (await exam_rows(visit, uow, [exam]))[0]
        links = await uow.share_links.list(exam.id, visit.caller.tenant_id)
    if is_part and not shown.is_running:
        return Response("", media_type="text/html", headers={"HX-Refresh": "true"})
    if is_model and shown.result is not None and not shown.is_running:
        return see(f"/papers/new?exam_id={exam.id}")
    shared = await shared_addresses(visit.request, visit.parts, links)
    template = "part_watch.html.j2" if is_part else "exam.html.j2"
    return page(visit, template, shown=shown, row=row, view=view, exam=exam, shared=shared)


async def _exam_page(visit: Visit, uow: UnitOfWork, exam: Exam, *, with_result: bool) -> ExamPage:
    await visit.parts.forecasts.refresh()
    analysis = await uow.analyses.find(exam.id, exam.run) if with_result else None
    corrections = await uow.corrections.list(exam.id)
    files_run = await uow.artefacts.newest_run(exam.id, exam.run)
    result = None
    if analysis is not None and exam.status is not Status.DUPLICATE:
        pages = await uow.pages.list(exam.id, exam.run)
        read = await uow.read_papers.find(exam.id, exam.run)
        warnings = () if read is None else read.warnings
        result = view_result(analysis, pages, corrections, warnings)
    return ExamPage(
        exam=exam,
        status=await status_body(visit.parts, uow, exam, visit.language),
        result=result,
        files=() if files_run is None else await uow.artefacts.list(exam.id, files_run),
        files_run=files_run,
        corrections=corrections,
        undoable=undoable(corrections),
        is_running=exam.status not in TERMINAL,
    )


@router.post("/questions/{ordinal}")
async def correct_question(
    exam_id: str, ordinal: int, request: Request, visit: CorrectingVisit
) -> Response:
    """Put a question right, and show the exam again. Raises Problem."""
    form = await form_of(request)
    asked = correction_in(
        {name: text_of(form, name) for name in ("student_answer", "verdict", "score")},
        has_answer=text_of(form, "verdict") == "",
    )
    async with visit.parts.database.transaction() as uow:
        what = Correcting(exam_id, ordinal, asked, text_of(form, "etag", 100) or "*")
        exam = await correct(uow, request, visit.caller, what)
    return see(f"/exams/{exam.id}#q-{ordinal}")


def correction_in(fields: dict[str, str], *, has_answer: bool) -> CorrectionRequest:
    """The correction in a form: a grade, or with ``has_answer`` what the student wrote."""
    given: dict[str, object] = {}
    if has_answer:
        given["student_answer"] = fields["student_answer"]
    else:
        given["verdict"] = fields["verdict"]
        if fields["verdict"] == "partial":
            given["score"] = fields["score"]
    try:
        return CorrectionRequest.model_validate(given)
    except ValidationError as error:
        errors = field_errors(error.errors(), "form")
        raise Problem(ProblemCode.INVALID_REQUEST, errors=errors) from error
