"""How fast a stage works, from the spans of the tasks that it finished last."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean, median

#: Fewer finished tasks give no pace.
_MIN_SPANS = 3
#: Throughput is measured over this many last seconds.
_WINDOW_SECONDS = 30.0
_MIN_QUEUED = 5


@dataclass(frozen=True, slots=True)
class Span:
    """One finished task, in seconds before now: when it was due, begun and ended."""

    due: float
    started: float
    ended: float

    @property
    def service_seconds(self) -> float:
        """How long it was worked on."""
        return max(self.started - self.ended, 0.0)

    @property
    def wait_seconds(self) -> float:
        """How long it waited."""
        return max(self.due - self.started, 0.0)


@dataclass(frozen=True, slots=True)
class Pace:
    """A stage's speed.

    One task takes ``service_seconds``. An idle stage begins one after ``handover_seconds``.
    ``workers`` were seen at work at once. While tasks queue, ``interval_seconds`` lie between two
    ends.
    """

    service_seconds: float
    handover_seconds: float
    workers: int
    interval_seconds: float

    def own_seconds(self, tasks: float) -> float:
        """How long ``tasks`` of one exam take when nothing stands before them."""
        rounds = max(ceil(tasks / self.workers - 1e-9), tasks / self.workers)
        return self.handover_seconds + rounds * self.service_seconds


def pace_of(spans: Sequence[Span]) -> Pace | None:
    """The pace behind ``spans``; None when there are too few."""
    if len(spans) < _MIN_SPANS:
        return None
    recent = [span for span in spans if span.ended <= _WINDOW_SECONDS]
    # What was finished just now tells more of how fast the machines are at present.
    telling = recent if len(recent) >= _MIN_QUEUED else spans
    service = fmean(span.service_seconds for span in telling)
    waits = sorted(span.wait_seconds for span in telling)
    # The lower quartile: handing over takes now less, now more time, so the shortest waits would
    # promise too much. The longest ones waited for a worker.
    handover = min(waits[len(waits) // 4], service + 0.5)
    workers = _most_at_once(spans)
    interval = service / workers
    if len(recent) >= _MIN_QUEUED and median(s.wait_seconds for s in recent) > max(
        service / 2, 2 * handover
    ):
        # Tasks queued, so the stage finished as many as it could. Time counts from the first end
        # until now, which on average is half an interval after the last end. Waits in a queue say
        # nothing about handing over.
        interval = max(span.ended for span in recent) / (len(recent) - 0.5)
        handover = 0.0
    return Pace(service, handover, workers, interval)


def mean_pages(known: Sequence[int], pages: Sequence[Span], papers: Sequence[Span]) -> float:
    """The expected pages of an exam whose pages are not made yet.

    It is the mean of the ``known`` ones. While those are few, it is the number of pages read for
    each paper parsed in the same time.
    """
    if len(known) >= _MIN_QUEUED:
        return fmean(known)
    if len(pages) < _MIN_SPANS or len(papers) < _MIN_SPANS:
        return fmean(known) if known else 1.0
    since = min(max(span.ended for span in pages), max(span.ended for span in papers))
    read = sum(span.ended <= since for span in pages)
    parsed = sum(span.ended <= since for span in papers)
    return max(read / max(parsed, 1), 1.0)


def _most_at_once(spans: Sequence[Span]) -> int:
    changes = sorted(
        [(-span.started, 1) for span in spans] + [(-span.ended, -1) for span in spans],
        # Of two changes at one moment the end comes first.
    )
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return max(most, 1)
