"""Answering a repeated request like the first one (draft-ietf-httpapi-idempotency-key-header)."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.requests import Request

from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Gateway
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.model import Document
from shared.db.unit_of_work import UnitOfWork

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TRY_AGAIN = {"Retry-After": "2"}
_FORGET_AT_ONCE = 20


class Answer(Document):
    """What a request is answered, in a form that can be kept."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


#: Keeps an answer in the transaction that makes it true.
KeepAnswer = Callable[[UnitOfWork, Answer], Awaitable[None]]


class RepeatableRequest(Protocol):
    """A request in two halves: first its content becomes known, then it takes effect."""

    async def receive(self) -> str:
        """Take the body. Returns its fingerprint."""
        ...

    async def commit(self, keep: KeepAnswer) -> Answer:
        """Do what is asked, and keep the answer in the same transaction."""
        ...

    async def erase(self) -> None:
        """Undo ``receive``."""
        ...


def idempotency_key(request: Request) -> str | None:
    """The request's key, if it has one. Raises Problem ``invalid_idempotency_key``."""
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or _KEY.fullmatch(keys[0]) is None:
        raise Problem(ProblemCode.INVALID_IDEMPOTENCY_KEY)
    return keys[0]


async def answer_once(
    parts: Gateway, caller: Caller, key: str | None, request: RepeatableRequest
) -> Answer:
    """Serve ``request``, or answer it like the earlier one with the same ``key``.

    A request that is refused gives its key back, so that it can be corrected. Raises Problem:
    ``idempotency_in_progress``, ``idempotency_mismatch``, and whatever the request raises.
    """
    if key is None:
        return await _serve(request, lambda _: _keep_nothing)
    tenant_id = caller.tenant_id
    async with parts.database.transaction() as uow:
        holder = await uow.idempotency.take(tenant_id, key, parts.settings.body_total_seconds + 60)
        await uow.idempotency.forget_old(_FORGET_AT_ONCE)
    if holder is None:
        return await _replay(parts, tenant_id, key, request)

    def keeper(fingerprint: str) -> KeepAnswer:
        async def keep(uow: UnitOfWork, answer: Answer) -> None:
            kept = answer.model_dump(mode="json")
            if not await uow.idempotency.finish(tenant_id, key, holder, fingerprint, kept):
                raise Problem(ProblemCode.IDEMPOTENCY_IN_PROGRESS, headers=_TRY_AGAIN)

        return keep

    try:
        return await _serve(request, keeper)
    except BaseException:
        async with parts.database.transaction() as uow:
            await uow.idempotency.release(tenant_id, key, holder)
        raise


async def _replay(parts: Gateway, tenant_id: str, key: str, request: RepeatableRequest) -> Answer:
    async with parts.database.transaction() as uow:
        kept = await uow.idempotency.find(tenant_id, key)
    if kept is None or kept.fingerprint is None or kept.answer is None:
        raise Problem(ProblemCode.IDEMPOTENCY_IN_PROGRESS, headers=_TRY_AGAIN)
    try:
        fingerprint = await request.receive()
    finally:
        await request.erase()
    if fingerprint != kept.fingerprint:
        raise Problem(ProblemCode.IDEMPOTENCY_MISMATCH)
    answer = Answer.model_validate(kept.answer)
    return answer.model_copy(update={"headers": {**answer.headers, "Idempotency-Replayed": "true"}})


async def _serve(request: RepeatableRequest, keeper: Callable[[str], KeepAnswer]) -> Answer:
    try:
        fingerprint = await request.receive()
        return await request.commit(keeper(fingerprint))
    except BaseException:
        # Whatever went wrong, a closed connection included.
        await request.erase()
        raise


async def _keep_nothing(_: UnitOfWork, __: Answer) -> None:
    """Without a key nothing is kept."""
