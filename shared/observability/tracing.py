"""One OpenTelemetry trace per submission; spans cost nothing unless somebody asked for them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.observability.log_setup import error_site

#: Ids, counts and codes only: a span leaves the machine, so nothing of a person may be in it.
Attributes = Mapping[str, str | int | float | bool]

_W3C = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("examlens")


def configure_tracing(
    service: str, *, otlp_endpoint: str | None = None, trace_file: Path | None = None
) -> None:
    """Send the spans of this process to a collector, or into a file; without either record none.

    Call it once, in ``main``. ``otlp_endpoint`` takes OTLP over HTTP; the SDK's own
    variables (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER …) apply. ``trace_file`` gets one
    JSON object per span as soon as it ends; any number of processes may append to one file.
    """
    # Compose hands an unset variable on as an empty one.
    if not otlp_endpoint and trace_file is None:
        return
    # Loaded only when asked for: they would slow every start down.
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import (  # noqa: PLC0415
        BatchSpanProcessor,
        SimpleSpanProcessor,
    )

    provider = TracerProvider(resource=Resource.create({"service.name": f"examlens-{service}"}))
    if otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )

        exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
    if trace_file is not None:
        from shared.observability.trace_file import TraceFile  # noqa: PLC0415

        provider.add_span_processor(SimpleSpanProcessor(TraceFile(trace_file)))
    trace.set_tracer_provider(provider)


@contextmanager
def span(
    name: str,
    attributes: Attributes | None = None,
    *,
    traceparent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    follows: Sequence[str | None] = (),
    begun_at: datetime | None = None,
) -> Iterator[Span]:
    """A span around the block: under ``traceparent`` when given, else under the current span.

    ``follows`` links to spans that caused this one from the side. What the block raises marks the
    span as failed with the exception's type and place; its text may quote a paper and stays out.
    """
    links = [Link(_context(header)) for header in follows if header is not None]
    started = _tracer.start_span(
        name,
        context=None if traceparent is None else _parent(traceparent),
        kind=kind,
        attributes=attributes,
        links=links,
        start_time=None if begun_at is None else int(begun_at.timestamp() * 1e9),
    )
    # Not start_as_current_span: without a provider it hides the trace that it was given.
    with trace.use_span(
        started, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ):
        try:
            yield started
        except BaseException as error:
            started.set_status(StatusCode.ERROR, error_site(error))
            raise


def annotate(attributes: Attributes) -> None:
    """Add ``attributes`` to the current span."""
    trace.get_current_span().set_attributes(attributes)


def current_traceparent() -> str | None:
    """The W3C header that puts other work under the current span; None outside of any trace."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


def trace_id_of(traceparent: str | None) -> str | None:
    """The trace id in a W3C header that this project made or has checked."""
    return None if traceparent is None else traceparent[3:35]


def _parent(traceparent: str) -> Context:
    # An empty context, so that an invalid header begins a trace and joins none by accident.
    return _W3C.extract({"traceparent": traceparent}, Context())


def _context(traceparent: str) -> trace.SpanContext:
    return trace.get_current_span(_parent(traceparent)).get_span_context()
