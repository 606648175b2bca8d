"""Who looks at a page: their session, language and time zone; and how a page is answered."""

import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response
from pydantic import BeforeValidator
from starlette.datastructures import FormData, UploadFile

from services.gateway.adapters.pages.rendering import draw, policy
from services.gateway.adapters.responses.problem_response import request_language
from services.gateway.domain.access.keys import Caller, Scope
from services.gateway.domain.access.policies import Policy
from services.gateway.domain.protocol.problems import Problem, invalid_field
from services.gateway.parts import Gateway, gateway_of
from services.gateway.request.callers import count, require_scope
from services.gateway.request.known_keys import unauthenticated
from services.gateway.request.sessions import (
    CSRF_FIELD,
    CSRF_HEADER,
    SignedIn,
    open_session,
    refuse_forgery,
    signed_in,
)
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.failures import Language

LANGUAGE_COOKIE = "examlens_language"
HTML = "text/html; charset=utf-8"
#: The editor of an answer key has eight for each of its thousand questions.
_MOST_FIELDS = 8500


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in person's request for a page."""

    request: Request
    parts: Gateway
    found: SignedIn
    language: Language
    zone: ZoneInfo

    @property
    def caller(self) -> Caller:
        """Whose key the session stands for."""
        return self.found.caller

    def may(self, scope: str) -> bool:
        """Whether the key has this scope, so that a page offers only what works."""
        return Scope(scope) in self.caller.scopes


def page_language(request: Request) -> Language:
    """What the reader chose, or what the browser prefers; Chinese where neither says."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return Language(chosen) if chosen in set(Language) else request_language(request, Language.ZH)


def _visit(scope: Scope) -> Callable[..., AsyncIterator[Visit]]:
    """A dependency that lets people through whose key has ``scope``.

    Raises Problem ``unauthenticated``, ``missing_scope``, ``rate_limited``, ``forged_request``.
    """

    async def visit(request: Request) -> AsyncIterator[Visit]:
        found = await signed_in(request)
        if found is None:
            raise unauthenticated()
        refuse_forgery(request, found, await _form_token(request))
        await count(request, Policy.REQUESTS, found.caller)
        require_scope(found.caller, scope)
        parts = gateway_of(request)
        async with parts.database.transaction() as uow:
            zone = await uow.tenants.time_zone(found.caller.tenant_id)
        try:
            yield Visit(
                request=request,
                parts=parts,
                found=found,
                language=page_language(request),
                zone=zone or ZoneInfo(parts.settings.time_zone),
            )
        finally:
            # A form's files are open until somebody says that they were read.
            await request.close()

    return visit


async def _form_token(request: Request) -> str | None:
    """The token in a form's field; None where the request is no form of ours."""
    declared = request.headers.get("content-type", "")
    is_form = declared.startswith(("application/x-www-form-urlencoded", "multipart/form-data"))
    if request.method == "POST" and is_form and CSRF_HEADER not in request.headers:
        given = (await form_of(request)).get(CSRF_FIELD)
        return given if isinstance(given, str) else None
    return None


#: Before a parameter's type: a form sends an empty text for what was not chosen.
EMPTY_IS_NONE = BeforeValidator(lambda given: given or None)
ReadingVisit = Annotated[Visit, Depends(_visit(Scope.READ))]
SubmittingVisit = Annotated[Visit, Depends(_visit(Scope.SUBMIT))]
CorrectingVisit = Annotated[Visit, Depends(_visit(Scope.CORRECT))]
AdminVisit = Annotated[Visit, Depends(_visit(Scope.ADMIN))]


def page(visit: Visit, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page, or a part of one, for a person who is signed in; it prolongs their session."""
    nonce = secrets.token_urlsafe(16)
    shown = {"visit": visit, "zone": visit.zone, "csrf": visit.found.csrf_token, "nonce": nonce}
    response = _answer(draw(template, visit.language, shown | context), nonce, status)
    left = visit.found.session.expires_at - time.time()
    if left < visit.parts.settings.session_hours * 1800:
        open_session(visit.request, response, visit.found.key)
    return response


def open_page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page for anybody."""
    nonce = secrets.token_urlsafe(16)
    zone = ZoneInfo(gateway_of(request).settings.time_zone)
    shown = {"visit": None, "zone": zone, "csrf": "", "nonce": nonce, "request": request}
    return _answer(draw(template, page_language(request), shown | context), nonce, status)


def _answer(text: str, nonce: str, status: int) -> Response:
    headers = {
        "Content-Security-Policy": policy(nonce),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Language, Cookie, HX-Request",
    }
    return Response(text.encode(), status_code=status, media_type=HTML, headers=headers)


def see(address: str) -> Response:
    """Send the browser to another page of ours."""
    return Response(status_code=303, headers={"Location": address, "Cache-Control": "no-store"})


async def form_of(request: Request) -> FormData:
    """The fields of a form. Raises Problem ``malformed_form``."""
    try:
        return await request.form(max_files=1, max_fields=_MOST_FIELDS)
    except Exception as error:
        raise Problem(ProblemCode.MALFORMED_FORM) from error


def text_of(form: FormData, name: str, longest: int = 4000) -> str:
    """A text field, trimmed; empty where it is absent. Raises Problem ``invalid_request``."""
    given = form.get(name, "")
    if isinstance(given, UploadFile) or len(given) > longest or "\x00" in given:
        raise invalid_field(f"form.{name}", "field_too_long")
    return given.strip()


def local_address(text: str | None) -> str:
    """``text`` if it leads to a page of ours, otherwise the first page: never another site."""
    is_local = text is not None and text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_local and text and text.isprintable() else "/exams"
