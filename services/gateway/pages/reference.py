"""The API's description for people: drawn from the same document that programs read."""

from fastapi import APIRouter, Request, Response

from services.gateway.domain.pages.reference import view_reference
from services.gateway.pages.visits import open_page

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def get_reference(request: Request) -> Response:
    """Every operation with its parameters, bodies and answers; no key is needed to read it."""
    document = request.app.openapi()
    return open_page(
        request,
        "reference.html.j2",
        title=document["info"]["title"],
        version=document["info"]["version"],
        about=document["info"].get("description", ""),
        groups=view_reference(document),
    )
