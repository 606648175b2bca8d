"""What belongs to every page: its files, the choice of a language, the way in."""

from fastapi import APIRouter, Request, Response

from services.gateway.adapters.pages.static_files import static_files
from services.gateway.domain.protocol.problems import Problem
from services.gateway.pages.visits import LANGUAGE_COOKIE, local_address, see
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.failures import Language

router = APIRouter(include_in_schema=False)

_A_YEAR = 31_536_000


@router.get("/static/{name}")
async def get_static_file(name: str, request: Request) -> Response:
    """A file; one that is asked for by its version never changes."""
    file = static_files().get(name)
    if file is None:
        raise Problem(ProblemCode.NOT_FOUND)
    is_versioned = request.query_params.get("v") == file.version
    caching = f"public, max-age={_A_YEAR}, immutable" if is_versioned else "no-cache"
    return Response(file.content, media_type=file.media_type, headers={"Cache-Control": caching})


@router.get("/favicon.ico")
async def get_icon(request: Request) -> Response:
    """Where browsers look for it by themselves."""
    return await get_static_file("mark.svg", request)


@router.get("/language/{language}")
async def choose_language(language: Language, next: str | None = None) -> Response:  # noqa: A002 -- the parameter's name in the address
    """Remember the reader's language, and go on where they were."""
    response = see(local_address(next))
    response.set_cookie(
        LANGUAGE_COOKIE, language.value, max_age=_A_YEAR, httponly=True, samesite="lax"
    )
    return response
