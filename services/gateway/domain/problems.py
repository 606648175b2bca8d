"""Problem documents (RFC 9457): one exception, one way to write it out."""

import re
from collections.abc import Mapping
from typing import Any

from services.gateway.domain.problem_kinds import KINDS
from shared.contract.failures import Language
from shared.contract.model import Document

_LANGUAGE_RANGE = re.compile(
    r"^\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*$"
)


class FieldError(Document):
    """A field that is wrong: where it stands and the rule it breaks, never its value."""

    field: str
    rule: str


class ProblemDocument(Document):
    """What every error answers (RFC 9457). ``code`` is stable; texts follow Accept-Language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    trace_id: str
    errors: tuple[FieldError, ...] | None = None


class Problem(Exception):
    """The request cannot be served; ``code`` is one of KINDS and says why."""

    def __init__(
        self, code: str, *, headers: Mapping[str, str] | None = None, **extensions: Any
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


def preferred_language(accept_language: str | None, fallback: Language) -> Language:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4)."""
    best, best_quality = fallback, 0.0
    for part in (accept_language or "")[:1000].split(","):
        found = _LANGUAGE_RANGE.match(part)
        if found is None:
            continue
        tag, quality = found[1].lower(), float(found[2] or 1.0)
        if tag in {language.value for language in Language} and quality > best_quality:
            best, best_quality = Language(tag), quality
    return best
