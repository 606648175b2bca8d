"""Spans go to a collector when one is named, and nowhere otherwise."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

PROGRAM = """
from shared.observability.tracing import configure_tracing, current_traceparent, span
from shared.settings import ServiceSettings
settings = ServiceSettings()
configure_tracing(
    "ocr", otlp_endpoint=settings.otlp_endpoint, trace_file=settings.trace_file
)
with span("stage ocr", {"examlens.page": 3}, traceparent="00-%s-b7ad6b7169203331-01"):
    print(current_traceparent())
"""
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


class Collector(BaseHTTPRequestHandler):
    """Takes whatever is posted."""

    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- same
        """Quiet."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    received: list[tuple[str, bytes]] = []
    handler = type("Handler", (Collector,), {"received": received})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", received
    server.shutdown()
    server.server_close()


def run_program(**settings: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM % TRACE_ID],
        env=os.environ | {"DATABASE_URL": "postgresql:///none"} | settings,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ended.stdout.strip()


def test_a_named_collector_gets_the_spans_before_the_process_ends(
    collector: tuple[str, list[tuple[str, bytes]]],
) -> None:
    address, received = collector
    traceparent = run_program(OTEL_EXPORTER_OTLP_ENDPOINT=address)
    assert traceparent.split("-")[1] == TRACE_ID
    assert traceparent.split("-")[2] != "b7ad6b7169203331"
    ((path, body),) = received
    assert path == "/v1/traces"
    assert bytes.fromhex(TRACE_ID) in body
    assert b"stage ocr" in body
    assert b"examlens-ocr" in body


@pytest.mark.parametrize("settings", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}])
def test_without_a_collector_the_callers_trace_is_handed_on_and_nothing_sent(
    settings: dict[str, str], collector: tuple[str, list[tuple[str, bytes]]]
) -> None:
    assert run_program(**settings) == f"00-{TRACE_ID}-b7ad6b7169203331-01"
    assert collector[1] == []
