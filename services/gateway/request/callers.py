"""What routes share: the process's parts, who calls, and how ids and bodies are read."""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request
from pydantic import ValidationError

from services.gateway.adapters.access.key_ring import KeyRing
from services.gateway.adapters.access.rate_limits import REQUESTS, SUBMISSIONS, RateLimits
from services.gateway.adapters.division.divider import Divider
from services.gateway.adapters.live.backlog import Backlog
from services.gateway.adapters.live.exam_changes import ExamChanges
from services.gateway.adapters.live.forecasts import Forecasts
from services.gateway.adapters.live.readiness import Readiness
from services.gateway.adapters.responses.problem_response import request_trace
from services.gateway.domain.access.keys import Caller, Scope, parse_authorization
from services.gateway.domain.access.stream_tokens import parse_stream_token
from services.gateway.domain.protocol.cursors import CURSOR_PATTERN
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.validation import field_errors
from services.gateway.settings import GatewaySettings
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.exams import Exam
from shared.contract.model import Document
from shared.contract.stages import SPECS
from shared.db.database import Database
from shared.db.repositories.audit import Action
from shared.db.status_reader import StatusReader
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore

PREFIX = "/api/v1"
#: After this time no worker is still at a task that nobody wants any more.
LONGEST_WORK_SECONDS = 2.0 * max(spec.time_limit_seconds for spec in SPECS.values())
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DocumentT = TypeVar("DocumentT", bound=Document)


@dataclass(frozen=True, slots=True)
class Gateway:
    """What this process consists of, built once in the composition root."""

    settings: GatewaySettings
    database: Database
    blobs: BlobStore
    keys: KeyRing
    changes: ExamChanges
    readiness: Readiness
    limits: RateLimits
    backlog: Backlog
    divider: Divider
    forecasts: Forecasts
    statuses: StatusReader


def gateway_of(request: Request) -> Gateway:
    """The parts of the process that serves ``request``."""
    gateway: Gateway = request.app.state.gateway
    return gateway


def requires(scope: Scope, policy: str = REQUESTS) -> Callable[..., Awaitable[Caller]]:
    """A dependency that lets callers with ``scope`` through and counts them under ``policy``.

    Raises Problem ``unauthenticated``, ``missing_scope`` or ``rate_limited``.
    """

    async def authenticate(request: Request) -> Caller:
        credential = parse_authorization(request.headers.get("authorization"))
        caller = None
        if credential is not None:
            caller = await gateway_of(request).keys.caller(credential)
        if caller is None:
            raise _unauthenticated()
        await _count(request, policy, caller)
        if scope not in caller.scopes:
            header = f'Bearer realm="examlens", error="insufficient_scope", scope="{scope}"'
            raise Problem(
                ProblemCode.MISSING_SCOPE, headers={"WWW-Authenticate": header}, scope=scope.value
            )
        return caller

    return authenticate


def _unauthenticated() -> Problem:
    return Problem(
        ProblemCode.UNAUTHENTICATED, headers={"WWW-Authenticate": 'Bearer realm="examlens"'}
    )


_authenticate_reader = requires(Scope.READ)


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
    key = None if token is None else await gateway_of(request).keys.find(token.key_id)
    if token is None or key is None:
        raise _unauthenticated()
    if not token.is_valid(exam_id.lower(), key.secret_hash, time.time()):
        raise _unauthenticated()
    caller = Caller(key_id=key.id, tenant_id=key.tenant_id, scopes=frozenset({Scope.READ}))
    await _count(request, REQUESTS, caller)
    return caller


async def _count(request: Request, policy: str, caller: Caller) -> None:
    quota = await gateway_of(request).limits.count(policy, caller.key_id)
    if quota is None:
        return
    if quota.is_exceeded:
        raise Problem(ProblemCode.RATE_LIMITED, headers=quota.headers)
    # The tracing middleware puts these on whatever the route answers.
    request.scope["state"]["response_headers"] = quota.headers


async def _parts_of(request: Request) -> Gateway:
    """The parts again: what is not async is run in a thread, which costs more than all of it."""
    return gateway_of(request)


Parts = Annotated[Gateway, Depends(_parts_of)]
Submitter = Annotated[Caller, Depends(requires(Scope.SUBMIT))]
#: Whoever submits exams: counted apart, because each one makes work.
NewWork = Annotated[Caller, Depends(requires(Scope.SUBMIT, SUBMISSIONS))]
Reader = Annotated[Caller, Depends(requires(Scope.READ))]
Listener = Annotated[Caller, Depends(_authenticate_listener)]
Corrector = Annotated[Caller, Depends(requires(Scope.CORRECT))]
Admin = Annotated[Caller, Depends(requires(Scope.ADMIN))]
Cursor = Annotated[
    str | None,
    Query(description="`next` of the page before.", json_schema_extra={"pattern": CURSOR_PATTERN}),
]


def checked_id(text: str) -> str:
    """``text`` as a UUID in canonical form. What is none cannot exist: Problem ``not_found``."""
    if _UUID.fullmatch(text) is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return text.lower()


async def exam_of(uow: UnitOfWork, caller: Caller, exam_id: str) -> Exam:
    """The caller's exam. Raises Problem ``not_found``, for another tenant's exam as well."""
    exam = await uow.exams.find(checked_id(exam_id), tenant_id=caller.tenant_id)
    if exam is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return exam


async def locked_exam_of(uow: UnitOfWork, caller: Caller, exam_id: str) -> Exam:
    """Like ``exam_of``, with its row locked until the transaction ends."""
    await exam_of(uow, caller, exam_id)
    exam = await uow.exams.lock(checked_id(exam_id))
    if exam is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return exam


async def note(
    uow: UnitOfWork, request: Request, caller: Caller, action: Action, subject_id: str
) -> None:
    """Write into the audit trail what ``caller`` does in this transaction."""
    trace_id = request_trace(request).trace_id
    await uow.audit.add(caller.tenant_id, caller.key_id, action, subject_id, trace_id)


def content_type(request: Request) -> str:
    """The media type of the request's body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, model: type[DocumentT]) -> DocumentT:
    """The body as ``model``; an absent body counts as an empty object.

    Raises Problem ``unsupported_content_type`` or ``invalid_request``.
    """
    body = await request.body()
    if not body:
        body = b"{}"
    elif content_type(request) != "application/json":
        raise Problem(ProblemCode.UNSUPPORTED_CONTENT_TYPE)
    try:
        # Strict: the API's description promises types, and a number is no text.
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise Problem(
            ProblemCode.INVALID_REQUEST, errors=field_errors(error.errors(), "body")
        ) from error


async def stored_file(parts: Gateway, key: str) -> bytes:
    """A file's bytes. Raises Problem ``not_found`` for one that retention has removed."""
    try:
        return await parts.blobs.read(key)
    except LookupError as error:
        raise Problem(ProblemCode.NOT_FOUND) from error
