"""The remaining time of an order that is a line of jobs."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contract.jobs import JOB_SPECS, JobKind

#: Before any job of a kind was measured.
_COLD_START_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Where an order's present job stands; None for ``worked_seconds`` while it waits.

    ``pace`` are the mean seconds of the kinds of jobs. ``rest_seconds`` pass before it is due.
    """

    kind: JobKind
    ahead: int
    running: int
    worked_seconds: float | None
    rest_seconds: float
    pace: Mapping[JobKind, float]

    @property
    def position(self) -> int:
        """Counted from 1 while it waits; 0 while it is worked on."""
        return self.ahead + 1 if self.worked_seconds is None else 0

    @property
    def remaining_seconds(self) -> float:
        """The wait, the present job and its successors."""
        own = self._seconds(self.kind)
        if self.worked_seconds is None:
            present = self.rest_seconds + own * (1 + self.ahead / max(self.running, 1))
        else:
            present = max(own - self.worked_seconds, own / 4)
        following, successor = 0.0, JOB_SPECS[self.kind].successor
        while successor is not None:
            following += self._seconds(successor)
            successor = JOB_SPECS[successor].successor
        return present + following

    def _seconds(self, kind: JobKind) -> float:
        return self.pace.get(kind, _COLD_START_SECONDS)
