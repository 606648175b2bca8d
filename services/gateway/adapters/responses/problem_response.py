"""Problem documents as answers, for routes and for the middleware around them."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.protocol.languages import preferred_language
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.tracing import Trace, trace_of
from shared.contract.failures import Language

_FALLBACK_LANGUAGE = Language.EN


def request_language(request: Request, fallback: Language = _FALLBACK_LANGUAGE) -> Language:
    """The language that the client of ``request`` asked for."""
    return preferred_language(request.headers.get("accept-language"), fallback)


def request_trace(request: Request) -> Trace:
    """The trace of ``request``, set by the tracing middleware."""
    trace = request.scope.get("state", {}).get("trace")
    return trace if isinstance(trace, Trace) else trace_of(None)


def problem_response(request: Request, problem: Problem) -> Response:
    """``problem`` as application/problem+json in the client's language."""
    language = request_language(request)
    document = problem.document(language, request_trace(request).trace_id)
    return Response(
        json.dumps(document, ensure_ascii=False).encode(),
        status_code=problem.kind.status,
        media_type="application/problem+json",
        headers=_headers(problem, language),
    )


def _headers(problem: Problem, language: Language) -> Mapping[str, Any]:
    return {
        "Cache-Control": "no-store",
        "Content-Language": language.value,
        "Vary": "Accept-Language",
        **problem.headers,
    }
