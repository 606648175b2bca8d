"""Who calls: authentication by key, session or stream token, scopes and rate limits."""

import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Query, Request

from services.gateway.adapters.access.key_ring import KeyRing
from services.gateway.domain.access.keys import Caller, Scope, parse_authorization
from services.gateway.domain.access.policies import Policy, policy_of
from services.gateway.domain.access.stream_tokens import parse_stream_token
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import gateway_of
from services.gateway.request.known_keys import known, unauthenticated
from services.gateway.request.sessions import refuse_forgery, signed_in
from shared.contract.api.problem_codes import ProblemCode
from shared.db.repositories.submissions import ApiKey


def _requires(scope: Scope, policy: Policy | None = None) -> Callable[..., Awaitable[Caller]]:
    """A dependency that lets callers with ``scope`` through and counts them.

    They are counted under ``policy`` or, without one, as what their route is.

    Raises Problem ``unauthenticated``, ``missing_scope`` or ``rate_limited``.
    """

    async def authenticate(request: Request) -> Caller:
        caller = await _caller_of(request)
        await count(request, policy or _policy(request), caller)
        require_scope(caller, scope)
        return caller

    return authenticate


async def _caller_of(request: Request) -> Caller:
    """Whose key the request brings or, without a key, whose session."""
    header = request.headers.get("authorization")
    if header is None:
        found = await signed_in(request)
        if found is None:
            raise unauthenticated()
        refuse_forgery(request, found)
        return found.caller
    credential = parse_authorization(header)
    if credential is None:
        raise unauthenticated()
    return await known(request, credential.key_id, lambda keys: keys.caller(credential))


def require_scope(caller: Caller, scope: Scope) -> None:
    """Raise Problem ``missing_scope`` when the caller's key has no such scope."""
    if scope not in caller.scopes:
        header = f'Bearer realm="examlens", error="insufficient_scope", scope="{scope}"'
        raise Problem(
            ProblemCode.MISSING_SCOPE, headers={"WWW-Authenticate": header}, scope=scope.value
        )


_authenticate_reader = _requires(Scope.READ)


async def _authenticate_listener(
    exam_id: str,
    request: Request,
    stream_token: Annotated[
        str | None,
        Query(max_length=200, description="From POST …/events/token, instead of the header."),
    ] = None,
) -> Caller:
    """Whoever may hear of one exam's events: a reader, or the bearer of a stream token."""
    if stream_token is None:
        return await _authenticate_reader(request)
    token = parse_stream_token(stream_token)
    if token is None:
        raise unauthenticated()

    async def find(keys: KeyRing) -> ApiKey | None:
        key = await keys.find(token.key_id)
        is_valid = key is not None and token.is_valid(exam_id.lower(), key.secret_hash, time.time())
        return key if is_valid else None

    key = await known(request, token.key_id, find)
    caller = Caller(key_id=key.id, tenant_id=key.tenant_id, scopes=frozenset({Scope.READ}))
    await count(request, Policy.POLLS, caller)
    return caller


def _policy(request: Request) -> Policy:
    return policy_of(request.method, request.scope["route"].path)


async def count(request: Request, policy: Policy, caller: Caller) -> None:
    """Count a request of ``caller``. Raises Problem ``rate_limited``."""
    quota = await gateway_of(request).limits.count(policy, caller.key_id)
    if quota is None:
        return
    if quota.is_exceeded:
        raise Problem(ProblemCode.RATE_LIMITED, headers=quota.headers)
    # The tracing middleware puts these on whatever the route answers.
    request.scope["state"]["response_headers"] = quota.headers


Submitter = Annotated[Caller, Depends(_requires(Scope.SUBMIT))]
#: Whoever submits exams. They are counted apart, because each exam makes work.
NewWork = Annotated[Caller, Depends(_requires(Scope.SUBMIT, Policy.SUBMISSIONS))]
Reader = Annotated[Caller, Depends(_requires(Scope.READ))]
Listener = Annotated[Caller, Depends(_authenticate_listener)]
Corrector = Annotated[Caller, Depends(_requires(Scope.CORRECT))]
Admin = Annotated[Caller, Depends(_requires(Scope.ADMIN))]
