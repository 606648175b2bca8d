"""Log records of libraries, told without a word of what they were given."""

import linecache
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Larger numbers may be somebody's: a student's number, a telephone.
_MOST_TOLD = 10_000_000
_MOST_A_MINUTE, _MINUTE_SECONDS = 20, 60.0


class LibraryRecords(logging.Filter):
    """Keeps of a library's record the words of its source code, small numbers and its place.

    Of one place only the first twenty records a minute are kept, and how many were not is told
    with the next: a library may repeat itself thousands of times a second.

    Libraries put messages, statements, addresses and errors into their records; each of these may
    quote a student's paper. Records of our own, which structlog marks, stay as they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self._minutes: dict[tuple[str, int], _Minute] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite ``record`` where a library made it; False when its place has said enough."""
        if isinstance(record.msg, dict):
            return True
        place = (record.pathname, record.lineno)
        minute = self._minutes.get(place)
        if minute is None or record.created - minute.began_at >= _MINUTE_SECONDS:
            unsaid = 0 if minute is None else max(minute.records - _MOST_A_MINUTE, 0)
            minute = self._minutes[place] = _Minute(record.created)
        else:
            unsaid = 0
        minute.records += 1
        if minute.records > _MOST_A_MINUTE:
            return False
        record.msg, record.args = _told(record) + (f" ({unsaid} more)" if unsaid else ""), ()
        record.stack_info = None
        return True


@dataclass
class _Minute:
    """How often a place has spoken in a minute."""

    began_at: float
    records: int = 0


def place_of(record: logging.LogRecord) -> str:
    """Where the record was made: ``file.py:line``."""
    return f"{record.filename}:{record.lineno}"


def _told(record: logging.LogRecord) -> str:
    text = str(record.msg).strip()
    if text not in _source(record.pathname):
        # Made up at run time, so that nobody knows what is in it.
        return f"a record of {record.name}"
    args: Any = record.args
    if not args:
        return text
    try:
        if isinstance(args, Mapping):
            return text % {name: _shown(value) for name, value in args.items()}
        return text % tuple(_shown(value) for value in args)
    except (TypeError, ValueError):
        return text


def _source(path: str) -> str:
    return "".join(linecache.getlines(path))


def _shown(value: object) -> object:
    if isinstance(value, (bool, int, float)) and abs(value) < _MOST_TOLD:
        return value
    return _kind(value) if isinstance(value, BaseException) else _Hidden()


def _kind(error: BaseException) -> str:
    """The error's type and code, and those of an error that it wraps: ``ChannelClosed 406``."""
    codes = (getattr(error, name, None) for name in ("errno", "reply_code", "sqlstate"))
    code = next((f" {code}" for code in codes if code is not None), "")
    inner = error.args[0] if error.args else None
    wrapped = f" ({_kind(inner)})" if isinstance(inner, BaseException) else ""
    return f"{type(error).__name__}{code}{wrapped}"


class _Hidden:
    """Stands where a value was."""

    def __repr__(self) -> str:
        return "…"
