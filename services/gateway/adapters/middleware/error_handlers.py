"""Every exception that a route or the framework raises becomes a problem document."""

from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from services.gateway.adapters.middleware.head_requests import is_head_of_get
from services.gateway.adapters.middleware.request_tracing import ProblemPage
from services.gateway.adapters.responses.problem_response import (
    problem_response as problem_document,
)
from services.gateway.domain.protocol.problem_kinds import KIND_OF_STATUS
from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.validation import field_errors
from shared.contract.api.problem_codes import ProblemCode
from shared.messaging.runs import RunConflict

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


def add_error_handlers(app: FastAPI, page: ProblemPage) -> None:
    """Make ``app`` answer its errors as problems: documents for programs, pages for people."""

    def problem_response(request: Request, problem: Problem) -> Response:
        return page(request, problem) or problem_document(request, problem)

    @app.exception_handler(Problem)
    async def _on_problem(request: Request, error: Problem) -> Response:
        return problem_response(request, error)

    @app.exception_handler(RunConflict)
    async def _on_conflict(request: Request, error: RunConflict) -> Response:
        return problem_response(request, Problem(ProblemCode(error.code)))

    @app.exception_handler(RequestValidationError)
    async def _on_invalid(request: Request, error: RequestValidationError) -> Response:
        return problem_response(request, _validation_problem(error))

    @app.exception_handler(HTTPException)
    async def _on_status(request: Request, error: HTTPException) -> Response:
        # The framework's own text is dropped: it may repeat what was sent.
        code = KIND_OF_STATUS.get(error.status_code, ProblemCode.BAD_REQUEST)
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # The framework names the methods of one route only; an address may have several.
            headers["Allow"] = ", ".join(_allowed_methods(app, request))
        return problem_response(request, Problem(code, headers=headers))


def _allowed_methods(app: FastAPI, request: Request) -> list[str]:
    return [method for method in _METHODS if _is_served(app, {**request.scope, "method": method})]


def _is_served(app: FastAPI, scope: Scope) -> bool:
    asked = {**scope, "method": "GET"} if is_head_of_get(scope) else scope
    return any(route.matches(asked)[0] is Match.FULL for route in app.routes)


def _validation_problem(error: RequestValidationError) -> Problem:
    return Problem(ProblemCode.INVALID_REQUEST, errors=field_errors(error.errors()))
