"""Whether the endless loops of a process still go round, and whether their rounds succeed."""

import time
from collections.abc import Callable, Mapping

from shared.observability import metrics

#: Readiness ends when a loop has not succeeded for so long: several rounds of the slowest loop that
#: reports, and longer than a restart of PostgreSQL takes.
FAILING_AFTER_SECONDS = 90.0


class Progress:
    """When each loop last ended a round, and when a round last succeeded.

    A round that failed is no reason to end the process, because the next one meets the same
    PostgreSQL; a round that never ends is.
    """

    def __init__(
        self,
        patience_seconds: Mapping[str, float],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience_seconds, self._clock = dict(patience_seconds), clock
        self._ended_at = dict.fromkeys(patience_seconds, clock())
        self._succeeded_at = dict(self._ended_at)

    def failed(self, loop: str) -> None:
        """A round of ``loop`` ended with an error."""
        self._ended_at[loop] = self._clock()

    def succeeded(self, loop: str) -> None:
        """A round of ``loop`` did what it is for; long rounds may say so in between."""
        self._ended_at[loop] = self._succeeded_at[loop] = self._clock()
        metrics.LOOP_SUCCEEDED.labels(loop).set_to_current_time()

    def stuck(self) -> list[str]:
        """Loops whose round has not ended in their patience: only a new process helps."""
        now = self._clock()
        return [
            f"{loop} has not gone round for {now - ended_at:.0f} s"
            for loop, ended_at in self._ended_at.items()
            if now - ended_at > self._patience_seconds[loop]
        ]

    def failing(self) -> list[str]:
        """Loops that have not succeeded lately."""
        now = self._clock()
        return [
            f"{loop} has not succeeded for {now - succeeded_at:.0f} s"
            for loop, succeeded_at in self._succeeded_at.items()
            if now - succeeded_at > max(FAILING_AFTER_SECONDS, self._patience_seconds[loop] / 2)
        ]
