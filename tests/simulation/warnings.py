"""What the system warns of while a story is told; nothing is printed."""

import logging
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn
from unittest.mock import patch

import structlog

from shared.messaging.attempt import ending
from shared.messaging.relay import relay

#: Whose warnings of errors somebody has to explain: what a stage raised, and a loop of the relay.
_SPEAKERS = (ending, relay)
_OF_ERRORS = frozenset({"stage.failed", "relay.round_failed"})


@contextmanager
def caught_warnings() -> Iterator[list[str]]:
    """The errors that were warned of, by type and place, as they come."""
    found: list[str] = []

    def catch(_: Any, __: str, event: MutableMapping[str, Any]) -> NoReturn:
        if event["event"] in _OF_ERRORS:
            found.append(event["error"])
        raise structlog.DropEvent

    # A logger that was used under a configuration that caches keeps to that one for ever. So the
    # loggers are replaced, and not the configuration alone.
    ear = structlog.wrap_logger(
        None,
        processors=[catch],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=False,
    )
    before = structlog.get_config()
    structlog.configure(
        processors=[_drop],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=False,
    )
    try:
        with ExitStack() as replaced:
            for speaker in _SPEAKERS:
                replaced.enter_context(patch.object(speaker, "log", ear))
            yield found
    finally:
        structlog.configure(**before)


def _drop(*_: Any) -> NoReturn:
    raise structlog.DropEvent
