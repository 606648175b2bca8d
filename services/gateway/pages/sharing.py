"""Links for parents: one exam, to read, for some days or until the link is revoked."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response

from services.gateway.domain.access.keys import Caller, Scope
from services.gateway.domain.access.share_links import parse_share_token, share_token
from services.gateway.domain.pages.result import view_result
from services.gateway.domain.protocol.problems import Problem
from services.gateway.pages.visits import SubmittingVisit, form_of, open_page, see, text_of
from services.gateway.parts import Gateway, Parts
from services.gateway.request.audit import note
from services.gateway.request.known_keys import count_wrong_key
from services.gateway.request.lookups import checked_id, exam_of
from services.gateway.views.exam_files import artefact_response, page_response
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.exams import ArtefactKind
from shared.db.repositories.audit import Action
from shared.db.repositories.share_links import ShareLink

router = APIRouter(include_in_schema=False)

_DAYS = {"7": 7, "30": 30, "90": 90}


@router.post("/exams/{exam_id}/share")
async def share_exam(exam_id: str, request: Request, visit: SubmittingVisit) -> Response:
    """Make a link to the exam."""
    days = _DAYS.get(text_of(await form_of(request), "days"), 30)
    async with visit.parts.database.transaction() as uow:
        exam = await exam_of(uow, visit.caller, exam_id)
        await uow.share_links.add(visit.caller.tenant_id, exam.id, visit.caller.key_id, days)
        await note(uow, request, visit.caller, Action.EXAM_SHARED, exam.id)
    return see(f"/exams/{exam.id}?view=files#sharing")


@router.post("/exams/{exam_id}/share/{link_id}/revoke")
async def revoke_link(
    exam_id: str, link_id: str, request: Request, visit: SubmittingVisit
) -> Response:
    """End a link at once."""
    async with visit.parts.database.transaction() as uow:
        exam = await exam_of(uow, visit.caller, exam_id)
        link = checked_id(link_id)
        if not await uow.share_links.revoke(link, exam.id, visit.caller.tenant_id):
            raise Problem(ProblemCode.NOT_FOUND)
        await note(uow, request, visit.caller, Action.SHARE_REVOKED, link)
    return see(f"/exams/{exam.id}?view=files#sharing")


@dataclass(frozen=True, slots=True)
class SharedAddress:
    """A link as it is shown to whoever may hand it on."""

    link: ShareLink
    address: str


async def shared_addresses(
    request: Request, parts: Gateway, links: tuple[ShareLink, ...]
) -> list[SharedAddress]:
    """The links whose keys are in force, with their addresses."""
    found = []
    for link in links:
        key = await parts.keys.find(link.key_id)
        if key is not None:
            address = f"{request.base_url}s/{share_token(link.id, key.secret_hash)}"
            found.append(SharedAddress(link, address))
    return found


@router.get("/s/{token}")
async def get_shared(token: str, request: Request, parts: Parts) -> Response:
    """The exam behind a link, to read."""
    link = await _link(request, parts, token)
    async with parts.database.transaction() as uow:
        exam = await uow.exams.get(link.exam_id)
        analysis = await uow.analyses.find(exam.id, exam.run)
        run = await uow.artefacts.newest_run(exam.id, exam.run)
        paper = None
        if exam.paper_id is not None:
            paper = await uow.papers.find(exam.paper_id, link.tenant_id)
        if analysis is None or run is None:
            raise Problem(ProblemCode.NOT_FOUND)
        result = view_result(
            analysis, await uow.pages.list(exam.id, exam.run), await uow.corrections.list(exam.id)
        )
    return _apart(
        open_page(
            request,
            "shared.html.j2",
            exam=exam,
            result=result,
            link=link,
            token=token,
            paper_title=None if paper is None else paper.title,
            page_address=f"/s/{token}/pages/",
        )
    )


@router.get("/s/{token}/pages/{number}")
async def get_shared_page(
    token: str,
    number: Annotated[int, Path(ge=1, le=100_000)],
    request: Request,
    parts: Parts,
) -> Response:
    """A page's picture."""
    link = await _link(request, parts, token)
    return _apart(await page_response(link.exam_id, number, request, parts, _bearer(link)))


@router.get("/s/{token}/{name}")
async def get_shared_file(
    token: str,
    name: Literal["report.html", "report.pdf"],
    request: Request,
    parts: Parts,
) -> Response:
    """The report."""
    link = await _link(request, parts, token)
    async with parts.database.transaction() as uow:
        exam = await uow.exams.get(link.exam_id)
        run = await uow.artefacts.newest_run(exam.id, exam.run)
    return _apart(
        await artefact_response(
            link.exam_id, request, parts, _bearer(link), run, ArtefactKind(name)
        )
    )


async def _link(request: Request, parts: Gateway, token: str) -> ShareLink:
    """The link, if it holds. Raises Problem ``not_found`` and, for guesses, ``rate_limited``."""
    given = parse_share_token(token)
    if given is None:
        raise Problem(ProblemCode.NOT_FOUND)
    async with parts.database.transaction() as uow:
        link = await uow.share_links.find_open(given.link_id)
    key = None if link is None else await parts.keys.find(link.key_id)
    if link is None or key is None or not given.is_valid(key.secret_hash):
        await count_wrong_key(request)
        raise Problem(ProblemCode.NOT_FOUND)
    return link


def _bearer(link: ShareLink) -> Caller:
    """Whoever has a link: its tenant's reader, asked for nothing but the link's own exam."""
    return Caller(key_id=link.key_id, tenant_id=link.tenant_id, scopes=frozenset({Scope.READ}))


def _apart(response: Response) -> Response:
    """Keep the address, which is the secret, out of logs of other sites and of search engines."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
