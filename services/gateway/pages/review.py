"""What nobody could grade: equal readings of a question are decided together, and undone."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from services.gateway.domain.protocol.problems import Problem, invalid_field
from services.gateway.domain.protocol.validation import field_errors
from services.gateway.domain.review.groups import Reviewed, group_reviewed
from services.gateway.intake.corrections import Decision, decide
from services.gateway.pages.visits import (
    EMPTY_IS_NONE,
    CorrectingVisit,
    ReadingVisit,
    form_of,
    page,
    see,
    text_of,
)
from services.gateway.request.lookups import checked_id
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.questions import CorrectionRequest
from shared.contract.model import Document

router = APIRouter(prefix="/review", include_in_schema=False)

#: Of one page: more is decided before anybody comes to the end of it.
_MOST = 400


class Place(Document):
    """One question of one exam, as the page names it, and what was read there."""

    exam_id: str
    ordinal: int
    reading: str | None = None


@router.get("")
async def get_review(
    visit: ReadingVisit,
    paper_id: Annotated[UUID | None, EMPTY_IS_NONE, Query()] = None,
    exam_id: Annotated[UUID | None, EMPTY_IS_NONE, Query()] = None,
) -> Response:
    """Groups of answers, of one paper or one exam if asked."""
    paper = None if paper_id is None else str(paper_id)
    exam = None if exam_id is None else str(exam_id)
    async with visit.parts.database.transaction() as uow:
        found = await uow.runs.questions_to_review(
            visit.caller.tenant_id, limit=_MOST, paper_id=paper
        )
        papers = await uow.papers.list(visit.caller.tenant_id)
    students = {item.exam_id: item.student_ref for item in found}
    if exam is not None:
        found = tuple(item for item in found if item.exam_id == exam)
    groups = group_reviewed(
        Reviewed(
            exam_id=item.exam_id,
            paper_id=item.paper_id,
            student=item.student_ref,
            question=item.question,
        )
        for item in found
    )
    return page(
        visit,
        "review.html.j2",
        groups=groups,
        count=len(found),
        is_cut=len(found) == _MOST,
        papers=papers,
        titles={known.id: known.title for known in papers},
        paper_id=paper,
        exam_id=exam,
        students=sorted(students.items(), key=lambda item: item[1] or ""),
    )


@router.post("")
async def decide_group(request: Request, visit: CorrectingVisit) -> Response:
    """One decision about the questions that are ticked. Raises Problem ``invalid_request``."""
    form = await form_of(request)
    verdict = text_of(form, "verdict", 20)
    given: dict[str, object] = {"verdict": verdict} if verdict else {}
    if verdict == "partial":
        given["score"] = text_of(form, "score", 20)
    if not verdict:
        given["student_answer"] = text_of(form, "student_answer")
    places = _places([str(value) for value in form.getlist("place")])
    try:
        asked = CorrectionRequest.model_validate(given)
    except ValidationError as error:
        errors = field_errors(error.errors(), "form")
        raise Problem(ProblemCode.INVALID_REQUEST, errors=errors) from error
    decision = Decision(
        places=tuple((place.exam_id, place.ordinal) for place in places),
        asked=asked,
        readings=tuple(place.reading for place in places),
    )
    applied = await decide(visit.parts, request, visit.caller, decision)
    return _answer(request, applied, len(places))


@router.post("/undo")
async def undo(request: Request, visit: CorrectingVisit) -> Response:
    """Take back what was decided about these questions. Raises Problem ``invalid_request``."""
    form = await form_of(request)
    places = _places([str(value) for value in form.getlist("place")])
    decision = Decision(
        places=tuple((place.exam_id, place.ordinal) for place in places), asked=None
    )
    applied = await decide(visit.parts, request, visit.caller, decision)
    return _answer(request, applied, len(places))


def _places(values: list[str]) -> list[Place]:
    """The questions that a form names. Raises Problem ``invalid_request``."""
    if not 0 < len(values) <= _MOST:
        raise invalid_field("form.place", "missing")
    try:
        found = [Place.model_validate_json(value) for value in values]
    except ValidationError as error:
        raise invalid_field("form.place", "invalid") from error
    return [place.model_copy(update={"exam_id": checked_id(place.exam_id)}) for place in found]


def _answer(request: Request, applied: tuple[tuple[str, int], ...], asked: int) -> Response:
    """For the page's script what was done; for a plain form the page again."""
    if "application/json" not in request.headers.get("accept", ""):
        return see("/review")
    done = [json.dumps({"exam_id": exam_id, "ordinal": ordinal}) for exam_id, ordinal in applied]
    return JSONResponse({"applied": done, "skipped": asked - len(applied)})
