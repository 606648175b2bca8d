"""Trace ids."""

from services.gateway.domain.protocol.tracing import trace_of


def test_a_valid_trace_is_kept_and_anything_else_replaced() -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert trace_of(parent).trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    for other in (None, "", "x" * 500, "00-" + "0" * 32 + "-00f067aa0ba902b7-01"):
        made = trace_of(other)
        assert trace_of(made.traceparent) == made
