"""Structured logs: one JSON object a line, carrying ids and never content."""

import logging
import sys
import threading
from functools import partial
from types import TracebackType

import structlog

from shared.observability.library_records import LibraryRecords, place_of

#: Frames that are told of an error, the innermost ones.
_MOST_FRAMES = 12
_uncaught = structlog.get_logger("uncaught")


def configure_logging(level: str, log_format: str, service: str) -> None:
    """Send structlog and the standard library's records through one formatter to stderr.

    Of errors and of libraries' records only kind and place are told, wherever they come from:
    warnings, threads and the interpreter's last words included.
    """
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
        _add_place,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(LibraryRecords())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _tell_error,
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
    logging.captureWarnings(capture=True)
    _catch_the_uncaught()
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


def _add_place(
    _: structlog.typing.WrappedLogger, __: str, record: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    source = record.get("_record")
    if source is not None:
        record["place"] = place_of(source)
    return record


def _tell_error(
    _: structlog.typing.WrappedLogger, __: str, record: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Kind and places of the record's error, instead of a traceback with its text."""
    record.pop("stack_info", None)
    given = record.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        record.setdefault("error", error_site(error))
        record["frames"] = _frames(error)
        causes: list[str] = []
        while (error := error.__cause__ or error.__context__) and len(causes) < _MOST_FRAMES:
            causes.append(error_site(error))
        if causes:
            record["caused_by"] = causes
    return record


def _frames(error: BaseException) -> list[str]:
    frames, step = [], error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return frames[-_MOST_FRAMES:]


def _catch_the_uncaught() -> None:
    """Errors that nobody catches are records too: the interpreter would print their text."""

    def of_process(
        kind: type[BaseException], error: BaseException, _: TracebackType | None
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            _uncaught.critical("process.failed", exc_info=error)

    def of_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            name = args.thread.name if args.thread else ""
            _uncaught.error("thread.failed", thread=name, exc_info=args.exc_value)

    def unraisable(args: "sys.UnraisableHookArgs") -> None:
        _uncaught.error("error.ignored", exc_info=args.exc_value)

    sys.excepthook = of_process
    threading.excepthook = of_thread
    sys.unraisablehook = unraisable


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
