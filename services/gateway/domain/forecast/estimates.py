"""How long an exam will still take, and how many stand before it.

The pipeline is a line of stations served in order. An exam leaves a station when everything before
it has passed and its own work is done. That is the recursion of tandem queues:
D(n, k) = max(D(n-1, k), D(n, k-1)) + S. So what remains is the longest of these: the exam's own
path; and, for each station, the work before it there followed by its own path from there on.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from services.gateway.domain.forecast.pace import Pace
from shared.contract.stages import (
    COLD_START_REMAINING_SECONDS,
    SPECS,
    TERMINAL,
    Stage,
    Status,
    status_before,
)

#: The prior holds for one page; every further page adds the reading time of one.
_SECONDS_PER_PAGE = (
    COLD_START_REMAINING_SECONDS[Status.OCR_PROCESSING]
    - COLD_START_REMAINING_SECONDS[Status.OCR_COMPLETED]
)
_BEFORE_READING_ENDS = frozenset({Status.UPLOADED, Status.OCR_PROCESSING})
_ORDER: tuple[Stage, ...] = tuple(SPECS)
#: A published estimate never rises by more than this share of itself.
_MAX_RISE = 1 / 3


@dataclass(frozen=True, slots=True)
class ExamState:
    """What an exam's row tells of the work that is left. ``turn`` orders within a priority."""

    exam_id: str
    priority: int
    #: Its place among the unfinished exams of its tenant, and seconds since the epoch.
    turn: tuple[int, float]
    status: Status
    pages_total: int
    pages_done: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """``seconds`` until the end; ``tasks_ahead`` wait for the same stage and go first."""

    seconds: float
    tasks_ahead: int


def cold_start_seconds(status: Status, pages_total: int, pages_done: int) -> int:
    """Seconds from the table of fixed times; 0 when the exam has ended."""
    if status in TERMINAL:
        return 0
    seconds = COLD_START_REMAINING_SECONDS[status]
    if status in _BEFORE_READING_ENDS and pages_total:
        # The table counts one page. That page is taken out before the pages that are left are
        # added.
        seconds += (pages_total - pages_done - 1) * _SECONDS_PER_PAGE
    return seconds


def _tasks_left(state: ExamState, mean_pages: float) -> dict[Stage, float]:
    """Tasks of each stage that have not been recorded, from the status alone."""
    left: dict[Stage, float] = {}
    current = current_stage(state)
    if current is None:
        return left
    pages = state.pages_total or mean_pages
    for stage in _ORDER[_ORDER.index(current) :]:
        left[stage] = 1.0
        if SPECS[stage].is_per_page:
            left[stage] = max(pages - (state.pages_done if state.pages_total else 0), 1.0)
    return left


def current_stage(state: ExamState) -> Stage | None:
    """The first stage that is not done; None when the exam has ended."""
    if state.status in TERMINAL:
        return None
    for stage in reversed(_ORDER):
        spec = SPECS[stage]
        is_here = state.status is status_before(stage) or state.status is spec.working
        if stage is Stage.INGEST:
            return stage
        if stage is Stage.OCR:
            # Ingest leaves the status alone; the number of pages tells that it is done.
            is_here = state.pages_total > 0 and state.status in spec.claimable_from
        if is_here:
            return stage
    return None


@dataclass(frozen=True)
class Line:
    """All unfinished exams in the order in which they are served."""

    paces: Mapping[Stage, Pace]
    mean_pages: float
    states: Sequence[ExamState] = ()
    #: Tasks that are being worked on: they count as half done, and as no longer waiting.
    running: Mapping[Stage, int] = field(default_factory=dict)
    _keys: list[tuple[int, tuple[int, float]]] = field(init=False, repr=False)
    _ahead: dict[Stage, list[float]] = field(init=False, repr=False)
    _waiting: dict[Stage, list[float]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.states, key=_key)
        # Ten thousand exams share a few states, so each state is worked out once.
        known = {_progress(state): state for state in ordered}
        left_of = {at: _tasks_left(state, self.mean_pages) for at, state in known.items()}
        here_of = {at: current_stage(state) for at, state in known.items()}
        left = [left_of[_progress(state)] for state in ordered]
        here = [here_of[_progress(state)] for state in ordered]
        object.__setattr__(self, "_keys", [_key(state) for state in ordered])
        ahead = {stage: _sums(tasks.get(stage, 0.0) for tasks in left) for stage in _ORDER}
        object.__setattr__(self, "_ahead", ahead)
        waiting = {
            stage: _sums(
                tasks.get(stage, 0.0) if at is stage else 0.0
                for tasks, at in zip(left, here, strict=True)
            )
            for stage in _ORDER
        }
        object.__setattr__(self, "_waiting", waiting)

    def forecast(
        self, state: ExamState, worked_seconds: float = 0.0, newcomers: int = 0
    ) -> Forecast:
        """The forecast of an exam that may be newer than the line.

        ``worked_seconds`` is how long its present task has been worked on; ``newcomers`` came
        before it and are not in the line either. Without paces the seconds are those of the cold
        start.
        """
        stage = current_stage(state)
        if stage is None:
            return Forecast(0.0, 0)
        place = bisect_left(self._keys, _key(state))
        waiting = self._waiting[stage][place] - self.running.get(stage, 0)
        ahead = max(round(waiting), 0) + newcomers
        if any(known not in self.paces for known in _ORDER):
            prior = cold_start_seconds(state.status, state.pages_total, state.pages_done)
            return Forecast(float(prior), ahead)
        return Forecast(self._remaining(state, place, worked_seconds, newcomers), ahead)

    def _remaining(
        self, state: ExamState, place: int, worked_seconds: float, newcomers: int
    ) -> float:
        own = {
            left: self.paces[left].own_seconds(tasks)
            for left, tasks in _tasks_left(state, self.mean_pages).items()
        }
        stage = next(iter(own))
        if SPECS[stage].is_per_page and state.status is SPECS[stage].working:
            # Pages are being read. Which, and since when, is not known: on average half a page is
            # done.
            worked_seconds = max(worked_seconds, self.paces[stage].service_seconds / 2)
        # However long a task has taken, it takes a little longer.
        own[stage] = max(own[stage] - worked_seconds, 0.1 * own[stage])
        tails = dict(zip(own, reversed(list(accumulate(reversed(own.values())))), strict=True))
        waits = [
            self._tasks_ahead(station, place, newcomers) * self.paces[station].interval_seconds
            + tail
            for station, tail in tails.items()
        ]
        return max(tails[stage], *waits)

    def _tasks_ahead(self, station: Stage, place: int, newcomers: int) -> float:
        each = self.mean_pages if SPECS[station].is_per_page else 1.0
        ahead = self._ahead[station][place] + newcomers * each
        return max(ahead - self.running.get(station, 0) / 2, 0.0)


def published_seconds(estimate: float, last: int | None) -> int:
    """Whole seconds to tell a client: at least 1, and at most a third above the ``last`` told."""
    seconds = max(round(estimate), 1)
    if last is None:
        return seconds
    return min(seconds, int(last * (1 + _MAX_RISE) + 1e-9)) or 1


def turns(exams: Iterable[tuple[str, int]]) -> list[int]:
    """The turns of ``exams``, which are (tenant, priority), oldest first.

    Tenants of one priority take turns.
    """
    taken: dict[tuple[str, int], int] = {}
    places = []
    for key in exams:
        places.append(taken.get(key, 0))
        taken[key] = places[-1] + 1
    return places


def _progress(state: ExamState) -> tuple[Status, int, int]:
    return state.status, state.pages_total, state.pages_done


def _key(state: ExamState) -> tuple[int, tuple[int, float]]:
    return -state.priority, state.turn


def _sums(values: Iterable[float]) -> list[float]:
    """Sums of the values before each place, and of all of them."""
    return [0.0, *accumulate(values)]
