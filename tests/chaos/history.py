"""What clients were told, in the order in which they were told it."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

Request = Literal["submit", "status", "cancel", "retry", "correct", "delete", "replay"]


@dataclass(frozen=True, slots=True)
class Told:
    """A request of the customer ``who``, and what came back.

    ``answer`` is the HTTP status, or None when no answer came: nobody knows then whether the
    request took effect.
    """

    who: str
    request: Request
    answer: int | None
    at: float = field(default_factory=time.time)
    exam_id: str | None = None
    #: Of the bytes that a submission brought.
    sha256: str | None = None
    key: str | None = None
    is_replay: bool = False
    duplicate_of: str | None = None
    status: str | None = None
    run: int | None = None
    progress: int | None = None
    #: The answer of question 1 that a correction gave.
    correction: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether what was asked was promised."""
        return self.answer is not None and self.answer < 300

    @property
    def is_unknown(self) -> bool:
        """Whether it may have been done all the same: no answer, or an error of a server."""
        return self.answer is None or self.answer >= 500


class History:
    """Every answer of a run. Customers may write from any thread."""

    def __init__(self, told: list[Told] | None = None) -> None:
        self._told = told if told is not None else []
        self._lock = threading.Lock()

    def note(self, told: Told) -> Told:
        """Add an answer."""
        with self._lock:
            self._told.append(told)
        return told

    def __iter__(self) -> Iterator[Told]:
        """All answers, in order."""
        with self._lock:
            return iter(list(self._told))

    def of(self, who: str) -> list[Told]:
        """What one customer was told."""
        return [told for told in self if told.who == who]

    def save(self, path: Path) -> None:
        """Write a line of JSON per answer."""
        with path.open("w") as file:
            for told in self:
                file.write(json.dumps(asdict(told)) + "\n")
