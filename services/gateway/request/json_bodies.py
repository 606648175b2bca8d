"""A request's JSON body, read by the route itself."""

from typing import TypeVar

from fastapi import Request
from pydantic import ValidationError

from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.protocol.validation import field_errors
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.model import Document

DocumentT = TypeVar("DocumentT", bound=Document)


def content_type(request: Request) -> str:
    """The media type of the request's body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, model: type[DocumentT]) -> DocumentT:
    """The body as ``model``. An absent body counts as an empty object.

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
        errors = field_errors(error.errors(), "body")
        raise Problem(ProblemCode.INVALID_REQUEST, errors=errors) from error
