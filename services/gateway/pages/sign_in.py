"""Signing in with an API key, and out again; on the machine that serves itself without one."""

import ipaddress
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access.keys import parse_authorization
from services.gateway.domain.access.networks import client_network
from services.gateway.domain.access.policies import Policy
from services.gateway.domain.protocol.problems import Problem
from services.gateway.pages.visits import form_of, local_address, open_page, see, text_of
from services.gateway.parts import Gateway, Parts
from services.gateway.request.audit import note
from services.gateway.request.known_keys import known
from services.gateway.request.sessions import (
    CSRF_FIELD,
    close_session,
    is_same_origin,
    open_session,
    refuse_forgery,
    signed_in,
)
from shared.contract.api.problem_codes import ProblemCode
from shared.db.repositories.audit import Action
from shared.db.repositories.submissions import ApiKey

router = APIRouter(include_in_schema=False)

#: Kept by whoever signed out on the serving machine, so that the first page lets them be out.
_OUT_COOKIE = "examlens_signed_out"
_REFUSED = frozenset({ProblemCode.UNAUTHENTICATED, ProblemCode.RATE_LIMITED})


@router.get("/")
async def get_first_page(request: Request, parts: Parts) -> Response:
    """The list of exams, or the way in. The serving machine's own browser is let in."""
    if await signed_in(request) is not None:
        return see("/exams")
    key = await _local_key(request, parts)
    if key is None or _OUT_COOKIE in request.cookies:
        return see("/sign-in")
    response = see("/exams")
    open_session(request, response, key)
    return response


@router.get("/sign-in")
async def get_sign_in(request: Request, parts: Parts, next: str | None = None) -> Response:  # noqa: A002 -- the parameter's name in the address
    """The form for a key."""
    is_local = await _local_key(request, parts) is not None
    return open_page(request, "sign_in.html.j2", next=local_address(next), is_local=is_local)


@router.post("/sign-in")
async def sign_in(request: Request, parts: Parts) -> Response:
    """Open a session for the key in the form, or for this machine's own."""
    if not is_same_origin(request):
        raise Problem(ProblemCode.FORGED_REQUEST)
    form = await form_of(request)
    address = local_address(text_of(form, "next", 2000))
    is_local = await _local_key(request, parts) is not None
    try:
        key = await _key_in(request, parts, text_of(form, "key", 200), has_local="local" in form)
    except Problem as problem:
        if problem.code not in _REFUSED:
            raise
        return open_page(
            request,
            "sign_in.html.j2",
            status=int(problem.kind.status),
            next=address,
            is_local=is_local,
            refusal=problem.code.value,
        )
    response = see(address)
    open_session(request, response, key)
    response.delete_cookie(_OUT_COOKIE, path="/")
    return response


async def _key_in(request: Request, parts: Gateway, given: str, *, has_local: bool) -> ApiKey:
    """The key that signs in. Raises Problem ``unauthenticated`` or ``rate_limited``."""
    address = client_network(request.client.host if request.client else "")
    quota = await parts.limits.count(Policy.SIGN_INS, address)
    if quota is not None and quota.is_exceeded:
        raise Problem(ProblemCode.RATE_LIMITED, headers=quota.headers)
    if has_local and (local := await _local_key(request, parts)) is not None:
        return local
    credential = parse_authorization(f"Bearer {given}")
    if credential is None:
        raise Problem(ProblemCode.UNAUTHENTICATED)
    caller = await known(request, credential.key_id, lambda keys: keys.caller(credential))
    key = await parts.keys.find(credential.key_id)
    if key is None:
        raise Problem(ProblemCode.UNAUTHENTICATED)
    async with parts.database.transaction() as uow:
        await note(uow, request, caller, Action.SIGNED_IN, key.id)
    return key


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session of this browser."""
    found = await signed_in(request)
    if found is not None:
        refuse_forgery(request, found, text_of(await form_of(request), CSRF_FIELD, 100))
    response = see("/sign-in")
    close_session(response)
    response.set_cookie(_OUT_COOKIE, "1", path="/", httponly=True, samesite="lax")
    return response


async def _local_key(request: Request, parts: Gateway) -> ApiKey | None:
    """The key of this installation for a browser on the machine that serves it; None elsewhere.

    A page of another site that had its name lead here would still say its own name as Host, and
    what a proxy passes on says so.
    """
    token = parts.local_key()
    credential = None if token is None else parse_authorization(f"Bearer {token}")
    if credential is None or not _is_from_here(request):
        return None
    caller = await parts.keys.caller(credential)
    return None if caller is None else await parts.keys.find(credential.key_id)


def _is_from_here(request: Request) -> bool:
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via")):
        return False
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    peer = request.client.host if request.client else ""
    return _is_loopback(peer) and (host == "localhost" or _is_loopback(host))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
