"""What nobody could grade: equal readings of a question are decided together, and undone."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from services.gateway.domain.pages.result import question_name
from services.gateway.domain.protocol.problems import Problem, invalid_field
from services.gateway.domain.protocol.validation import field_errors
from services.gateway.domain.review.groups import Reviewed, group_reviewed
from services.gateway.intake.corrections import Decision, decide, finish_review
from services.gateway.pages.visits import (
    EMPTY_IS_NONE,
    CorrectingVisit,
    ReadingVisit,
    Visit,
    form_of,
    local_address,
    page,
    see,
    text_of,
)
from services.gateway.request.lookups import checked_id
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.questions import CorrectionRequest
from shared.contract.model import Document

router = APIRouter(prefix="/review", include_in_schema=False)

#: How many of the last decisions are listed.
_RECENT = 30
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
        # Whoever looks at one student can go on to the others.
        students = {item.exam_id: item.student_ref for item in found}
        if exam is not None:
            found = await uow.runs.questions_to_review(
                visit.caller.tenant_id, limit=_MOST, paper_id=paper, exam_id=exam
            )
        papers = await uow.papers.list(visit.caller.tenant_id)
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
    return await _answer(request, visit, applied, len(places), "/review")


@router.get("/recent")
async def get_recent(visit: ReadingVisit) -> Response:
    """What was decided last, by anybody of the school, to be taken back."""
    async with visit.parts.database.transaction() as uow:
        recent = await uow.corrections.recent(visit.caller.tenant_id, _RECENT)
        runs = {made.exam_id: made.run for made in recent}
        names = {
            (exam_id, question.ordinal): question_name(question)
            for exam_id, run in runs.items()
            for question in (await uow.analyses.get(exam_id, run)).questions
        }
        papers = await uow.papers.list(visit.caller.tenant_id)
    return page(
        visit,
        "part_recent.html.j2",
        recent=recent,
        names=names,
        titles={known.id: known.title for known in papers},
    )


@router.post("/finish")
async def finish(request: Request, visit: CorrectingVisit) -> Response:
    """Score now what was decided; asked when nothing is left, or when the page is left."""
    form = await form_of(request)
    exam_ids = [checked_id(str(value)) for value in form.getlist("exam")[:_MOST]]
    await finish_review(visit.parts, visit.caller, exam_ids)
    return Response(status_code=204)


@router.post("/undo")
async def undo(request: Request, visit: CorrectingVisit) -> Response:
    """Take back what was decided about these questions. Raises Problem ``invalid_request``."""
    form = await form_of(request)
    places = _places([str(value) for value in form.getlist("place")])
    decision = Decision(
        places=tuple((place.exam_id, place.ordinal) for place in places), asked=None
    )
    applied = await decide(visit.parts, request, visit.caller, decision)
    following = local_address(text_of(form, "next", 200) or "/review")
    return await _answer(request, visit, applied, len(places), following)


def _places(values: list[str]) -> list[Place]:
    """The questions that a form names. Raises Problem ``invalid_request``."""
    if not 0 < len(values) <= _MOST:
        raise invalid_field("form.place", "missing")
    try:
        found = [Place.model_validate_json(value) for value in values]
    except ValidationError as error:
        raise invalid_field("form.place", "invalid") from error
    return [place.model_copy(update={"exam_id": checked_id(place.exam_id)}) for place in found]


async def _answer(
    request: Request,
    visit: Visit,
    applied: tuple[tuple[str, int], ...],
    asked: int,
    following: str,
) -> Response:
    """For the page's script what was done; for a plain form, which comes alone, another page."""
    if "application/json" not in request.headers.get("accept", ""):
        await finish_review(visit.parts, visit.caller, [exam_id for exam_id, _ in applied])
        return see(following)
    done = [json.dumps({"exam_id": exam_id, "ordinal": ordinal}) for exam_id, ordinal in applied]
    return JSONResponse({"applied": done, "skipped": asked - len(applied)})
