"""Structured logs: one JSON object a line, carrying ids and never content."""

import logging
import sys
from functools import partial

import structlog


def configure_logging(level: str, log_format: str, service: str) -> None:
    """Send structlog and the standard library's records through one formatter to stderr."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared_steps: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        partial(_add_service, service),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Both speak of every reconnect at length; our own records say what matters.
    for noisy in ("pika", "dramatiq", "alembic"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared_steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _add_service(
    service: str, _: structlog.typing.WrappedLogger, __: str, record: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    # No context variable: threads do not inherit those.
    record["service"] = service
    return record


def error_site(error: BaseException) -> str:
    """The exception's type and the place that raised it: all that may be kept of it.

    Its text is left out on purpose, because it may quote a student's paper. Of a group the first
    one speaks.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    step = error.__traceback__
    if step is None:
        return type(error).__name__
    while step.tb_next is not None:
        step = step.tb_next
    file_name = step.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
    return f"{type(error).__name__} at {file_name}:{step.tb_lineno}"
