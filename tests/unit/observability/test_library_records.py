"""Whatever a library logs, nothing that it was given is in our log."""

import asyncio
import gc
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import dramatiq
import pika.exceptions
import pytest
import structlog

from shared.observability.log_setup import configure_logging

SECRET = "柳絮池塘13812345678"
Said = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[Said]:
    """What a process that logs as ours do has said so far, as records."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook, sys.unraisablehook)
    handlers, level = root.handlers[:], root.level
    configure_logging("DEBUG", "json", "test")
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    assert SECRET not in out.getvalue()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "name", ["dramatiq.worker", "pika.channel", "uvicorn.error", "asyncpg", "sqlalchemy.pool",
             "urllib3.connectionpool", "asyncio", "PIL.PngImagePlugin", "aiohttp.client"],
)  # fmt: skip
@pytest.mark.parametrize("argument", [SECRET, {"task": SECRET}, ValueError(SECRET), 13812345678])
def test_values_in_a_librarys_record_are_left_out(said: Said, name: str, argument: object) -> None:
    logging.getLogger(name).warning("Failed to process message %s after %d tries.", argument, 3)
    (record,) = said()
    assert record["event"].startswith("Failed to process message ")
    assert record["event"].endswith(" after 3 tries.")
    assert record["logger"] == name
    assert record["place"].startswith("test_library_records.py:")


def test_a_message_put_together_at_run_time_is_left_out(said: Said) -> None:
    logging.getLogger("asyncpg").error(f"row {SECRET} is too long")  # noqa: G004 -- the point
    logging.getLogger("asyncpg").error("lost " + SECRET + "%s", SECRET)  # noqa: G003 -- the point
    logging.getLogger("asyncpg").error("row %(row)s", {"row": SECRET})
    assert [r["event"] for r in said()] == [*["a record of asyncpg"] * 2, "row …"]


def test_an_errors_code_is_told(said: Said) -> None:
    refused = dramatiq.ConnectionClosed(pika.exceptions.ChannelClosedByBroker(406, SECRET))
    for error in (refused, OSError(28, SECRET)):
        logging.getLogger("dramatiq.worker").critical("Consumer encountered: %s", error)
    assert [record["event"].partition(": ")[2] for record in said()] == [
        "ConnectionClosed (ChannelClosedByBroker 406)",
        "OSError 28",
    ]


def test_a_library_that_repeats_itself_is_cut_short_and_others_are_not(said: Said) -> None:
    for number in range(2000):
        logging.getLogger("asyncio").error("socket.accept() out of system resource")
        if number % 200 == 0:
            logging.getLogger("asyncio").error("another thing")
            structlog.get_logger("own").warning("own.said")
    events = [record["event"] for record in said()]
    assert events.count("socket.accept() out of system resource") == 20
    assert events.count("another thing") == events.count("own.said") == 10


def _fail() -> None:
    try:
        {}[SECRET]
    except KeyError as error:
        raise ValueError(f"cannot read {SECRET}") from error


def test_an_error_is_told_by_kind_and_place(said: Said) -> None:
    try:
        _fail()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
        structlog.get_logger("own").exception("own.failed")
    for record in said():
        assert record["error"].startswith("ValueError at test_library_records.py:")
        assert record["caused_by"][0].startswith("KeyError at test_library_records.py:")
        assert record["frames"][-1].endswith(" _fail")


def test_an_error_that_nobody_catches_is_told_so_too(said: Said) -> None:
    thread = threading.Thread(target=_fail, name="worker")
    thread.start()
    thread.join()
    try:
        _fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    events = [record["event"] for record in said()]
    assert events == ["thread.failed", "process.failed"]


def test_an_error_in_a_finaliser_and_a_warning_are_told_so_too(said: Said) -> None:
    class Closing:
        def __del__(self) -> None:
            _fail()

    Closing()
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"Expected `str` but got {SECRET!r}", UserWarning, stacklevel=1)
    assert [record["logger"] for record in said()] == ["uncaught", "py.warnings"]


def test_a_task_whose_error_nobody_looked_at_is_told_so_too(said: Said) -> None:
    async def lose() -> None:
        async def fail() -> None:
            _fail()

        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        del task
        gc.collect()

    asyncio.run(lose())
    records = [record for record in said() if "error" in record]
    assert [record["error"].split()[0] for record in records] == ["ValueError"]
