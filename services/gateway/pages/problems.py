"""Problems as people meet them: a page, not a document."""

from urllib.parse import quote

from fastapi import Request, Response

from services.gateway.domain.protocol.problems import Problem
from services.gateway.pages.visits import HTML, open_page, page_language, see
from services.gateway.request.sessions import close_session
from shared.contract.api.address import PREFIX
from shared.contract.api.problem_codes import ProblemCode

_OF_PROGRAMS = (f"{PREFIX}/", "/livez", "/readyz")


def problem_page(request: Request, problem: Problem) -> Response | None:
    """The page that says so; None where a program asks, which gets the document."""
    is_part = request.headers.get("hx-request") == "true"
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.url.path.startswith(_OF_PROGRAMS) or not (is_part or wants_page):
        return None
    if problem.code is ProblemCode.UNAUTHENTICATED:
        return _to_sign_in(request, is_part=is_part)
    language = page_language(request)
    shown = {
        "title": problem.kind.title.in_language(language),
        "detail": problem.kind.detail.in_language(language),
        "code": problem.code,
        "status_code": int(problem.kind.status),
    }
    status = int(problem.kind.status)
    if is_part:
        response = open_page(request, "part_problem.html.j2", status=status, **shown)
        response.headers["HX-Retarget"] = "#notice"
        response.headers["HX-Reswap"] = "innerHTML show:#notice:top"
        return response
    response = open_page(request, "problem.html.j2", status=status, **shown)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def _to_sign_in(request: Request, *, is_part: bool) -> Response:
    here = request.headers.get("hx-current-url", "") if is_part else str(request.url)
    path = "/" + here.partition("://")[2].partition("/")[2]
    address = f"/sign-in?next={quote(path, safe='/')}" if request.method == "GET" else "/sign-in"
    if is_part:
        response = Response(status_code=200, media_type=HTML, headers={"HX-Redirect": address})
    else:
        response = see(address)
    close_session(response)
    return response
