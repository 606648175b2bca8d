"""Trace ids (W3C Trace Context): taken from the caller, or made here."""

import re
import secrets
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16


@dataclass(frozen=True, slots=True)
class Trace:
    """What a request belongs to: ``traceparent`` is handed on to the work it causes."""

    trace_id: str
    traceparent: str


def trace_of(traceparent: str | None) -> Trace:
    """The trace in a traceparent header, or a new one when there is no valid one."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is not None and found[1] != _NO_TRACE and found[2] != _NO_SPAN:
        return Trace(found[1], found[0])
    trace_id = secrets.token_hex(16)
    return Trace(trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-01")
