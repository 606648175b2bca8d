"""Submitting papers: one student's, or a class's, whose division is shown before it is sent.

What is submitted goes to the API itself, which the page's script calls with the session.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.bodies.multipart import boundary_of
from services.gateway.adapters.responses.problem_response import request_language
from services.gateway.intake.batch_actions import batch_of
from services.gateway.intake.batch_intake import BatchIntake
from services.gateway.intake.idempotency import answer_once
from services.gateway.pages.visits import SubmittingVisit, page
from services.gateway.views.batches import batch_body

#: Takes as much as a submission does.
DIVISION_PATH = "/submit/division"

router = APIRouter(include_in_schema=False)


@router.get("/submit")
async def get_submit(
    visit: SubmittingVisit,
    paper_id: str | None = None,
    is_model: Annotated[bool, Query(alias="model")] = False,
) -> Response:
    """The page on which files are dropped; ``paper_id`` is chosen in it.

    A model paper is one that the teacher has filled in, to make an answer key of.
    """
    async with visit.parts.database.transaction() as uow:
        papers = await uow.papers.list(visit.caller.tenant_id)
    return page(
        visit,
        "submit.html.j2",
        papers=papers,
        paper_id=paper_id,
        is_model=is_model,
        settings=visit.parts.settings,
    )


@router.post(DIVISION_PATH)
async def order_preview(request: Request, visit: SubmittingVisit) -> Response:
    """Have a worker tell which files or pages of a zip or PDF would be whose. Raises Problem."""
    boundary = boundary_of(request.headers.get("content-type"))
    intake = BatchIntake(request, visit.parts, visit.caller, boundary, is_preview=True)
    answer = await answer_once(visit.parts, visit.caller, None, intake)
    address = f"{DIVISION_PATH}/{answer.body['batch_id']}"
    return JSONResponse(answer.body, status_code=202, headers={"Location": address})


@router.get(f"{DIVISION_PATH}/{{batch_id}}")
async def get_preview(batch_id: str, request: Request, visit: SubmittingVisit) -> Response:
    """What the worker found: ``parts`` once it is divided, ``error`` where it cannot be."""
    async with visit.parts.database.transaction() as uow:
        batch = await batch_of(uow, visit.caller, batch_id, is_preview=True)
        body = await batch_body(uow, batch, request_language(request))
    parts = [part.model_dump() for part in batch.parts or ()]
    return JSONResponse({**body.model_dump(mode="json"), "parts": parts})
