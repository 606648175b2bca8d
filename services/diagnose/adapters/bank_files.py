"""Reads files of bank items record by record, so that a file of any length needs little memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from services.diagnose.domain.bank.layouts import BankFormat, RecordError

_CHUNK = 1 << 16
#: A single record longer than this is no question.
_LONGEST_RECORD = 1 << 20


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record and the line it begins on. ``fields`` is a RecordError when it cannot be read."""

    line: int
    fields: Any


def read_records(file: Path, layout: BankFormat) -> Iterator[RawRecord]:
    """All records of ``file`` in order. Raises OSError, and ValueError when it is not UTF-8."""
    with file.open(encoding="utf-8-sig") as source:
        if layout is BankFormat.GAOKAO:
            yield from _examples(source)
        else:
            yield from _lines(source)


def _lines(source: TextIO) -> Iterator[RawRecord]:
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        try:
            yield RawRecord(number, json.loads(line))
        except (ValueError, RecursionError):
            yield RawRecord(number, RecordError("not_json"))


def _examples(source: TextIO) -> Iterator[RawRecord]:
    """The objects of the list ``example``, each with the file's ``keywords`` among its fields."""
    window = _Window(source)
    keywords = ""
    while True:
        # Only a few names and values come before the list.
        found = window.find(('"keywords"', '"example"'))
        if found is None:
            yield RawRecord(window.line, RecordError("not_json"))
            return
        window.skip(found)
        if found == '"example"':
            break
        window.skip(":")
        keywords = str(window.value())
    window.skip(":")
    window.skip("[")
    while window.peek() not in {"]", ""}:
        line = window.line
        try:
            fields = window.value()
        except (ValueError, RecursionError):
            # The end of a broken record is unknown, and so is the start of the next one.
            yield RawRecord(line, RecordError("not_json"))
            return
        yield RawRecord(
            line, {**fields, "keywords": keywords} if isinstance(fields, dict) else fields
        )
        if window.peek() == ",":
            window.skip(",")


class _Window:
    """The part of a JSON text that is being read."""

    def __init__(self, source: TextIO) -> None:
        self._source, self._text, self._decoder = source, "", json.JSONDecoder()
        self.line = 1

    def peek(self) -> str:
        """The next character that is no white space, "" at the end."""
        while True:
            stripped = self._text.lstrip()
            self._drop(len(self._text) - len(stripped))
            if self._text or not self._fill():
                return self._text[:1]

    def find(self, words: tuple[str, ...]) -> str | None:
        """Move to the first of ``words``; None when there is none in a record's length."""
        while True:
            places = [(self._text.find(word), word) for word in words if word in self._text]
            if places:
                place, word = min(places)
                self._drop(place)
                return word
            if len(self._text) > _LONGEST_RECORD or not self._fill():
                return None

    def skip(self, expected: str) -> None:
        """Step over ``expected`` if it comes next."""
        self.peek()
        while len(self._text) < len(expected) and self._fill():
            pass
        if self._text.startswith(expected):
            self._drop(len(expected))

    def value(self) -> Any:
        """The next JSON value. Raises ValueError."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text)
            except ValueError:
                if len(self._text) > _LONGEST_RECORD or not self._fill():
                    raise
                continue
            self._drop(end)
            return value

    def _drop(self, size: int) -> None:
        self.line += self._text.count("\n", 0, size)
        self._text = self._text[size:]

    def _fill(self) -> bool:
        more = self._source.read(_CHUNK)
        self._text += more
        return bool(more)
