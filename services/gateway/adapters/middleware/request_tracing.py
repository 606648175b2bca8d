"""The outermost middleware: every request has a trace id, and no exception leaves it."""

from collections.abc import Callable

import structlog
from opentelemetry.trace import SpanKind
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.adapters.responses.problem_response import problem_response
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.tracing import Trace, trace_of
from shared.contract.api.problem_codes import ProblemCode
from shared.db.trouble import is_server_trouble
from shared.observability.log_setup import error_site
from shared.observability.tracing import current_traceparent, span
from shared.storage.failure import BlobStoreError

log = structlog.get_logger(__name__)

#: Draws a problem as a page, where a person asked for one.
ProblemPage = Callable[[Request, Problem], Response | None]

_RETRY_AFTER_SECONDS = "5"
#: A person has to make room.
_FULL_RETRY_AFTER_SECONDS = "60"
#: nginx's code for a client that did not wait for the answer.
_CLIENT_CLOSED_REQUEST = 499
#: Probes ask these every few seconds; they get no span.
_PROBES = frozenset({"/livez", "/readyz"})


class RequestTracing:
    """Binds the trace id to logs and answers. Turns an exception that nobody caught into a problem.

    The web server below would log an exception with its text, which may quote what was sent.
    """

    def __init__(self, app: ASGIApp, page: ProblemPage) -> None:
        self._app, self._page = app, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if scope["path"] in _PROBES:
            await self._serve(request, trace_of(None), receive, send)
            return
        given = request.headers.get("traceparent")
        with span(scope["method"], traceparent=given or "", kind=SpanKind.SERVER) as server_span:
            status = await self._serve(request, trace_of(current_traceparent()), receive, send)
            # The route is known only now. Its template holds no ids. It is absent when nothing
            # matched.
            route = getattr(scope.get("route"), "path", None)
            if route is not None:
                server_span.update_name(f"{scope['method']} {route}")
                server_span.set_attribute("http.route", route)
            server_span.set_attribute("http.response.status_code", status)

    async def _serve(self, request: Request, trace: Trace, receive: Receive, send: Send) -> int:
        """Answer within ``trace``; returns the status code, 499 when the client went away."""
        scope = request.scope
        scope.setdefault("state", {})["trace"] = trace
        status = 0

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = scope["state"].get("response_headers", {})
                own = message["headers"]
                if not any(name == b"cache-control" for name, _ in own):
                    # Answers are about people. What a cache may keep says so itself.
                    own = [*own, (b"cache-control", b"no-store")]
                message["headers"] = [
                    *own,
                    *((name.lower().encode(), value.encode()) for name, value in added.items()),
                    (b"x-trace-id", trace.trace_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=trace.trace_id):
            try:
                await self._app(scope, receive, send_traced)
            except ClientDisconnect:
                log.info("request.abandoned")
            except Exception as error:  # noqa: BLE001 -- the edge of the process
                problem = _problem_of(error)
                # Without the traceback on purpose: its text may quote what was sent.
                log.error("request.failed", error=error_site(error), code=problem.code)  # noqa: TRY400
                if not status:
                    answer = self._page(request, problem) or problem_response(request, problem)
                    await answer(scope, receive, send_traced)
        return status or _CLIENT_CLOSED_REQUEST


def _problem_of(error: Exception) -> Problem:
    """``unavailable`` for trouble of the database or the blob store, ``internal`` otherwise."""
    if isinstance(error, BlobStoreError) and error.is_full:
        return Problem(ProblemCode.UNAVAILABLE, headers={"Retry-After": _FULL_RETRY_AFTER_SECONDS})
    if isinstance(error, OSError | BlobStoreError) or is_server_trouble(error):
        return Problem(ProblemCode.UNAVAILABLE, headers={"Retry-After": _RETRY_AFTER_SECONDS})
    return Problem(ProblemCode.INTERNAL)
