"""What goes wrong when talking to a gateway."""

from collections.abc import Mapping
from typing import Any


class ExamLensError(Exception):
    """The gateway answered with a problem document (RFC 9457).

    ``code`` is stable and meant for programs, ``detail`` says to a person what to do.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code = str(problem.get("code", "unknown"))
        self.title = str(problem.get("title", f"HTTP {status}"))
        self.detail = str(problem.get("detail", ""))
        self.trace_id = str(problem.get("trace_id", ""))
        super().__init__(f"{self.title} ({status} {self.code}). {self.detail}".strip())


class GatewayUnreachable(Exception):
    """The gateway did not answer: it is away, or the connection broke."""


class WaitTimeout(Exception):
    """The exam had not ended within the timeout."""
