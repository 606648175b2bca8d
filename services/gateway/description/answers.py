"""The answers of routes in the API's description."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.gateway.domain.protocol.problem_kinds import KIND_OF_STATUS, KINDS
from services.gateway.domain.protocol.problems import Problem
from shared.contract.failures import Language

Answers = dict[int | str, dict[str, Any]]


_TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


_PROBLEM_REF = {"$ref": "#/components/schemas/ProblemDocument"}


_NOT_PROBLEMS: dict[int, str] = {206: "The asked part of it", 304: "It has not changed"}


_ANYWHERE = (500, 503)


def answers(*statuses: int) -> Answers:
    """The error answers of a route, and those that every route can give."""
    found: Answers = {}
    # A route that needs a key counts its callers.
    counted = (429,) if 401 in statuses else ()
    for status in sorted({*statuses, *counted, *_ANYWHERE}):
        if status in _NOT_PROBLEMS:
            found[status] = {"description": _NOT_PROBLEMS[status]}
        else:
            found[status] = problem_answer(status)
    return found


def file_answer(media_types: Sequence[str], *statuses: int) -> Answers:
    """Like ``answers``, for a route whose success is a file, of which a part can be asked for."""
    file = {"schema": {"type": "string", "format": "binary"}}
    content = {"content": dict.fromkeys(media_types, file)}
    found: Answers = {200: {"description": "The file", **content}, **answers(206, *statuses)}
    found[206] |= content
    return found


def example_answer(example: Mapping[str, Any]) -> Answers:
    """The success of a route that answers JSON, with an example of it."""
    return {200: {"content": {"application/json": {"example": dict(example)}}}}


def problem_answer(status: int) -> dict[str, Any]:
    """The problem documents that a route can answer with ``status``."""
    kinds = {code: kind for code, kind in KINDS.items() if kind.status == status}
    code = KIND_OF_STATUS.get(status) or next(iter(kinds))
    examples = {name: {"value": Problem(name).document(Language.EN, _TRACE_ID)} for name in kinds}
    return {
        "description": kinds[code].title.en,
        "content": {"application/problem+json": {"schema": _PROBLEM_REF, "examples": examples}},
    }
