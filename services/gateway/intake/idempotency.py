"""Answering a repeated request like the first one (draft-ietf-httpapi-idempotency-key-header)."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from starlette.requests import Request

from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Gateway
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.model import Document
from shared.db.database import DATABASE_ERRORS
from shared.db.unit_of_work import UnitOfWork
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TRY_AGAIN = {"Retry-After": "2"}
_FORGET_AT_ONCE = 20
#: A key whose process died can be used again after this time. It is prolonged three times within
#: it, so one prolongation may meet a statement's limit of 20 seconds.
_HOLD_SECONDS = 60.0


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
        """Undo ``receive``, unless ``commit`` has, or may have, taken effect."""
        ...

    async def is_void(self, answer: Answer) -> bool:
        """Whether ``answer``, kept from an earlier time, promises what can never be."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    """The answer of an earlier request, and what that request was."""

    fingerprint: str
    answer: Answer


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
        await uow.idempotency.forget_old(_FORGET_AT_ONCE)
    holder = await _take(parts, tenant_id, key)
    if holder is None:
        kept = await _kept(parts, tenant_id, key)
        if not await request.is_void(kept.answer):
            return await _replay(kept, request)
        async with parts.database.transaction() as uow:
            await uow.idempotency.forget(tenant_id, key, kept.fingerprint)
        holder = await _take(parts, tenant_id, key)
        if holder is None:
            raise Problem(ProblemCode.IDEMPOTENCY_IN_PROGRESS, headers=_TRY_AGAIN)

    def keeper(fingerprint: str) -> KeepAnswer:
        async def keep(uow: UnitOfWork, answer: Answer) -> None:
            kept = answer.model_dump(mode="json")
            if not await uow.idempotency.finish(tenant_id, key, holder, fingerprint, kept):
                raise Problem(ProblemCode.IDEMPOTENCY_IN_PROGRESS, headers=_TRY_AGAIN)

        return keep

    holding = asyncio.create_task(_hold(parts, tenant_id, key, holder), name="idempotency-key")
    try:
        return await _serve(request, keeper)
    except BaseException:
        try:
            async with parts.database.transaction() as uow:
                await uow.idempotency.release(tenant_id, key, holder)
        except DATABASE_ERRORS as error:
            # It lapses by itself. What the request raised says more.
            log.warning("idempotency.not_released", error=error_site(error))
        raise
    finally:
        holding.cancel()


async def _take(parts: Gateway, tenant_id: str, key: str) -> str | None:
    async with parts.database.transaction() as uow:
        return await uow.idempotency.take(tenant_id, key, _HOLD_SECONDS)


async def _hold(parts: Gateway, tenant_id: str, key: str, holder: str) -> None:
    """Hold ``key`` for as long as this process serves its request, and not much longer."""
    while True:
        await asyncio.sleep(_HOLD_SECONDS / 3)
        try:
            async with parts.database.transaction() as uow:
                await uow.idempotency.hold(tenant_id, key, holder, _HOLD_SECONDS)
        except DATABASE_ERRORS as error:
            log.warning("idempotency.not_held", error=error_site(error))


async def _kept(parts: Gateway, tenant_id: str, key: str) -> _Kept:
    async with parts.database.transaction() as uow:
        kept = await uow.idempotency.find(tenant_id, key)
    if kept is None or kept.fingerprint is None or kept.answer is None:
        raise Problem(ProblemCode.IDEMPOTENCY_IN_PROGRESS, headers=_TRY_AGAIN)
    return _Kept(kept.fingerprint, Answer.model_validate(kept.answer))


async def _replay(kept: _Kept, request: RepeatableRequest) -> Answer:
    try:
        fingerprint = await request.receive()
    finally:
        await request.erase()
    if fingerprint != kept.fingerprint:
        raise Problem(ProblemCode.IDEMPOTENCY_MISMATCH)
    answer = kept.answer
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
