"""Problem documents (RFC 9457): one exception, one way to write it out."""

from collections.abc import Mapping
from typing import Any

from services.gateway.domain.protocol.problem_kinds import KINDS
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.failures import Language


class Problem(Exception):
    """The request cannot be served; ``code`` says why."""

    def __init__(
        self, code: ProblemCode, *, headers: Mapping[str, str] | None = None, **extensions: Any
    ) -> None:
        super().__init__(code)
        self.kind = KINDS[code]
        self.code = code
        self.headers = dict(headers or {})
        self.extensions = extensions

    def document(self, language: Language, trace_id: str) -> dict[str, Any]:
        """The problem as JSON-ready members, extensions last."""
        return {
            "type": f"urn:examlens:problem:{self.code}",
            "title": self.kind.title.in_language(language),
            "status": int(self.kind.status),
            "code": self.code,
            "detail": self.kind.detail.in_language(language),
            "instance": f"urn:examlens:trace:{trace_id}",
            "trace_id": trace_id,
            **self.extensions,
        }


def invalid_field(field: str, rule: str) -> Problem:
    """Problem ``invalid_request`` of one field that breaks one rule."""
    return Problem(ProblemCode.INVALID_REQUEST, errors=[{"field": field, "rule": rule}])
