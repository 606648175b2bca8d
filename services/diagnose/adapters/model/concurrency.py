"""How many calls an endpoint is asked at once, and for how long they may wait behind each other."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

#: Tokens that a call costs besides those it answers with: reading the prompt, the way there.
_BASE_TOKENS = 50
#: Answers of a hosted model differ in pace by less than 1.5, behind each other by 2, 3, 4 …
_STEADY, _QUEUEING, _CROWDED = 1.5, 1.9, 2.5


@dataclass(slots=True)
class Concurrency:
    """A limit that adapts to the pace of answers, as TCP's window does (AIMD).

    A hosted model answers hundreds of calls as fast as one. A local one takes them one after the
    other: the second answer takes twice as long as the first. The limit then falls to what is
    answered side by side, and rises again by one with each answer that comes as fast as the best.
    """

    most: int
    limit: int = 0
    _busy: int = 0
    _best_pace: float = 0.0
    _is_queueing: bool = False
    _fell_at: float = 0.0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _attempts: set["Attempt"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.limit = self.limit or self.most

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """A place among the calls that are under way."""
        while self._busy >= self.limit:
            await self._changed.wait()
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            self._tell()

    def begin(self, attempt: "Attempt") -> None:
        """``attempt`` waits for its answer from now on."""
        self._attempts.add(attempt)

    def end(self, attempt: "Attempt") -> None:
        """``attempt`` waits no more."""
        self._attempts.discard(attempt)

    def answered(self, seconds: float, tokens: int) -> None:
        """An answer of ``tokens`` took ``seconds``."""
        pace = seconds / (tokens + _BASE_TOKENS)
        # The best is forgotten slowly, because a model may become slower for good.
        self._best_pace = min(pace, self._best_pace * 1.02) if self._best_pace else pace
        ratio = pace / self._best_pace
        self._is_queueing = ratio >= _QUEUEING
        if ratio >= _CROWDED:
            self.limit = max(1, min(self.limit, round(self._busy / ratio)))
        elif ratio <= _STEADY and self.limit < self.most:
            self.limit += 1
        if self._is_queueing:
            # The endpoint works its way through what it was given: nobody's time begins before.
            for attempt in self._attempts:
                attempt.prolong()
        self._tell()

    def overloaded(self, began_at: float) -> None:
        """A call that ``began_at`` was not answered in time, or refused as one too many."""
        # Calls of one moment fail together: they halve the limit once.
        if began_at >= self._fell_at:
            self.limit = max(1, min(self.limit, self._busy + 1) // 2)
            self._fell_at = time.monotonic()

    def _tell(self) -> None:
        told, self._changed = self._changed, asyncio.Event()
        told.set()


class Attempt:
    """The time limit of one call, which never passes the ``deadline`` (time.monotonic())."""

    def __init__(self, limit: asyncio.Timeout, seconds: float, deadline: float) -> None:
        self._limit, self._seconds, self._deadline = limit, seconds, deadline
        self._offset = asyncio.get_running_loop().time() - time.monotonic()
        self.began_at: float | None = None

    def begin(self) -> None:
        """The call has left our own queue."""
        if self.began_at is None:
            self.began_at = time.monotonic()
            self.prolong()

    def prolong(self) -> None:
        """Allow its whole time from now on."""
        if self.began_at is not None and not self._limit.expired():
            last = min(self._deadline, time.monotonic() + self._seconds)
            self._limit.reschedule(last + self._offset)
