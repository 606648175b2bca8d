"""How fast a stage works, from the spans of the tasks that it finished last."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean, median

#: Fewer finished tasks say nothing.
_MIN_SPANS = 3
#: Throughput is that of the last so many seconds.
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

    ``service_seconds`` one task takes, ``handover_seconds`` pass before an idle stage begins one,
    ``workers`` were seen at work at once, ``interval_seconds`` lie between two ends while tasks
    queue.
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
    # The quickest ones would promise too much where handing over takes now less, now more time;
    # the slowest ones waited for a worker.
    handover = min(waits[len(waits) // 4], service + 0.5)
    workers = _most_at_once(spans)
    interval = service / workers
    if len(recent) >= _MIN_QUEUED and median(s.wait_seconds for s in recent) > max(
        service / 2, 2 * handover
    ):
        # They queued, so what was finished is all that could be; from the first end until now,
        # which on average is half an interval after the last one. Their waits say nothing of
        # handing over.
        interval = max(span.ended for span in recent) / (len(recent) - 0.5)
        handover = 0.0
    return Pace(service, handover, workers, interval)


def mean_pages(known: Sequence[int], pages: Sequence[Span], papers: Sequence[Span]) -> float:
    """Pages of an exam whose pages are not made yet.

    From exams whose pages are ``known``; while those are few, from how many pages were read in
    the time in which so many papers were parsed.
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
