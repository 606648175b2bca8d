"""What the system warns of while a story is told; nothing is printed."""

import logging
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, NoReturn

import structlog

#: Warnings of errors that somebody has to explain: what a stage raised, and a loop of the relay.
_OF_ERRORS = frozenset({"stage.failed", "relay.round_failed"})


@contextmanager
def caught_warnings() -> Iterator[list[str]]:
    """The errors that were warned of, by type and place, as they come."""
    found: list[str] = []

    def catch(_: Any, __: str, event: MutableMapping[str, Any]) -> NoReturn:
        if event["event"] in _OF_ERRORS:
            found.append(event["error"])
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[catch], wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING)
    )
    try:
        yield found
    finally:
        structlog.configure(**before)
