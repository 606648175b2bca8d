"""Spans as lines of a file, for whoever has no collector at hand."""

import os
from collections.abc import Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult


class TraceFile(SpanExporter):
    """Appends the SDK's own JSON form of each span as one line.

    Not for load: it writes once for every span.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append ``spans``. Where the file cannot be written to, only the spans are lost."""
        data = "".join(f"{span.to_json(indent=None)}\n" for span in spans).encode()
        try:
            # One write in append mode, so that lines of several processes do not mix.
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError:
            return SpanExportResult.FAILURE
        try:
            os.write(handle, data)
        finally:
            os.close(handle)
        return SpanExportResult.SUCCESS
