"""The session of a browser: a cookie that scripts cannot read, and what it may do."""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

from services.gateway.adapters.access.key_ring import KeyRing, caller_with
from services.gateway.domain.access.keys import Caller
from services.gateway.domain.access.sessions import (
    Session,
    is_right_token,
    new_session,
    parse_session,
)
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import gateway_of
from services.gateway.request.known_keys import known
from shared.contract.api.problem_codes import ProblemCode
from shared.db.repositories.submissions import ApiKey

SESSION_COOKIE = "examlens_session"
#: Where a script of ours puts the session's token; forms have a field for it.
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
_SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that holds, and what it stands for."""

    session: Session
    key: ApiKey

    @property
    def caller(self) -> Caller:
        """What the key of the session may do."""
        return caller_with(self.key)

    @property
    def csrf_token(self) -> str:
        """What a request that changes something has to bring."""
        return self.session.csrf_token(self.key.secret_hash)


async def signed_in(request: Request) -> SignedIn | None:
    """Who the request's cookie stands for; None without one, or with one that has ended.

    Raises Problem ``rate_limited``: a cookie that is none of ours counts as a wrong key.
    """
    session = parse_session(request.cookies.get(SESSION_COOKIE, ""))
    if session is None or session.expires_at <= time.time():
        return None

    async def find(keys: KeyRing) -> ApiKey | None:
        key = await keys.find(session.key_id)
        is_valid = key is not None and session.is_valid(key.secret_hash, time.time())
        return key if is_valid else None

    try:
        return SignedIn(session, await known(request, session.key_id, find))
    except Problem as problem:
        if problem.code is not ProblemCode.UNAUTHENTICATED:
            raise
        return None


def refuse_forgery(request: Request, found: SignedIn, token: str | None = None) -> None:
    """Raise Problem ``forged_request`` where another site may have made the browser send this.

    ``token`` is the one of a form; otherwise it stands in the header. Reading needs none.
    """
    if request.method in _SAFE_METHODS:
        return
    given = token if token is not None else request.headers.get(CSRF_HEADER, "")
    if not is_same_origin(request) or not is_right_token(given, found.csrf_token):
        raise Problem(ProblemCode.FORGED_REQUEST)


def is_same_origin(request: Request) -> bool:
    """Whether a browser says that a page of ours sent this; what is no browser says nothing."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def open_session(request: Request, response: Response, key: ApiKey) -> None:
    """Give the browser a session of ``key``."""
    seconds = round(gateway_of(request).settings.session_hours * 3600)
    session = new_session(key.id, key.secret_hash, int(time.time()) + seconds)
    response.set_cookie(
        SESSION_COOKIE,
        session.cookie,
        max_age=seconds,
        path="/",
        # Over http there is no network in between: this machine, or a school's own decision.
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def close_session(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")
