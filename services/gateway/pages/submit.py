"""Submitting papers: one student's, or a class's, whose division is shown before it is sent.

What is submitted goes to the API itself, which the page's script calls with the session.
"""

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.adapters.bodies.multipart import boundary_of
from services.gateway.intake.batch_intake import BatchIntake
from services.gateway.pages.visits import SubmittingVisit, page

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
async def preview_division(request: Request, visit: SubmittingVisit) -> Response:
    """Which files or pages of a zip or PDF would be whose; nothing is kept. Raises Problem."""
    boundary = boundary_of(request.headers.get("content-type"))
    with tempfile.TemporaryDirectory(prefix="examlens-preview-") as folder:
        intake = BatchIntake(request, visit.parts, visit.caller, boundary, Path(folder))
        await intake.receive()
        parts = await intake.divide()
    return JSONResponse([{"name": part.name, "files": len(part.files)} for part in parts])
