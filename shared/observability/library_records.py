"""Log records of libraries, told without a word of what they were given."""

import linecache
import logging
from collections.abc import Mapping
from typing import Any

#: Larger numbers may be somebody's: a student's number, a telephone.
_MOST_TOLD = 10_000_000


class LibraryRecords(logging.Filter):
    """Keeps of a library's record the words of its source code, small numbers and its place.

    Libraries put messages, statements, addresses and errors into their records; each of these may
    quote a student's paper. Records of our own, which structlog marks, stay as they are.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite ``record`` where a library made it; all records pass."""
        if not isinstance(record.msg, dict):
            record.msg, record.args = _told(record), ()
            record.stack_info = None
        return True


def place_of(record: logging.LogRecord) -> str:
    """Where the record was made: ``file.py:line``."""
    return f"{record.filename}:{record.lineno}"


def _told(record: logging.LogRecord) -> str:
    text = str(record.msg)
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
