"""Remaining time: a line of stations served in order."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.forecast.estimates import (
    ExamState,
    Line,
    cold_start_seconds,
    current_stage,
    published_seconds,
    turns,
)
from services.gateway.domain.forecast.pace import Pace, Span, mean_pages, pace_of
from shared.contract.stages import SPECS, TERMINAL, Stage, Status

STATUSES = st.sampled_from([status for status in Status if status not in TERMINAL])
PACES = {stage: Pace(1.0, 0.0, 1, 1.0) for stage in Stage}


def state(place: int, status: Status = Status.UPLOADED, pages: int = 1, done: int = 0) -> ExamState:
    return ExamState(str(place), 1, (place, float(place)), status, pages, done)


@st.composite
def states(draw: st.DrawFn) -> list[ExamState]:
    return [
        state(place, draw(STATUSES), draw(st.integers(0, 5)), 0)
        for place in range(draw(st.integers(1, 30)))
    ]


def test_a_lone_exam_takes_its_own_path() -> None:
    forecast = Line(PACES, 1.0).forecast(state(0, pages=0))
    assert forecast.seconds == pytest.approx(len(Stage))
    assert forecast.tasks_ahead == 0


def test_pages_are_shared_among_workers() -> None:
    paces = {**PACES, Stage.OCR: Pace(10.0, 0.0, 2, 5.0)}
    seconds = [Line(paces, 1.0).forecast(state(0, pages=pages)).seconds for pages in (1, 2, 3, 4)]
    assert seconds == [pytest.approx(value) for value in (15.0, 15.0, 25.0, 25.0)]


def test_the_slowest_station_decides_how_long_a_queue_takes() -> None:
    paces = {**PACES, Stage.PARSING: Pace(10.0, 0.0, 1, 10.0)}
    line = Line(paces, 1.0, [state(place) for place in range(9)])
    # Nine papers are parsed before it, then it is parsed, and four more stages follow.
    assert line.forecast(state(9)).seconds == pytest.approx(9 * 10 + 10 + 4)


def test_an_unmeasured_pipeline_answers_with_the_prior() -> None:
    assert Line({}, 1.0).forecast(state(0, pages=0)).seconds == 45
    assert cold_start_seconds(Status.UPLOADED, 2, 0) == 50


@given(states())
def test_who_stands_further_back_never_ends_sooner(found: list[ExamState]) -> None:
    line = Line(PACES, 2.0, found)
    fresh = [line.forecast(state(place, pages=2)).seconds for place in range(len(found) + 1)]
    assert fresh == sorted(fresh)


@given(states(), STATUSES, st.integers(1, 5))
def test_progress_never_makes_it_longer(found: list[ExamState], status: Status, pages: int) -> None:
    line = Line(PACES, 2.0, found)
    before = line.forecast(state(3, status, pages)).seconds
    stage = current_stage(state(3, status, pages))
    assert stage is not None
    after = line.forecast(state(3, SPECS[stage].done, pages)).seconds
    assert after <= before + 1e-9


@given(st.lists(st.floats(0, 1e5), min_size=2, max_size=50))
def test_a_published_estimate_never_rises_by_more_than_a_third(raw: list[float]) -> None:
    told: list[int] = []
    for estimate in raw:
        told.append(published_seconds(estimate, told[-1] if told else None))
    assert min(told) >= 1
    assert all(new <= old * 4 / 3 + 1e-9 for old, new in itertools.pairwise(told))


def test_a_stage_that_queues_is_as_fast_as_what_it_finishes() -> None:
    # Four workers, each task 2 s with 0.4 s between two: one ends every 0.6 s.
    spans = [Span(due=60 + n * 0.6, started=n * 0.6 + 2.0, ended=n * 0.6) for n in range(40)]
    pace = pace_of(spans)
    assert pace is not None
    assert pace.workers == 4
    assert pace.service_seconds == pytest.approx(2.0)
    assert pace.interval_seconds == pytest.approx(0.6, rel=0.15)


def test_a_stage_that_idles_is_as_fast_as_its_workers_allow() -> None:
    spans = [Span(due=n * 10 + 1.1, started=n * 10 + 1.0, ended=n * 10.0) for n in range(10)]
    pace = pace_of(spans)
    assert pace is not None
    assert (pace.workers, pace.interval_seconds) == (1, pytest.approx(1.0))
    assert pace.handover_seconds == pytest.approx(0.1)
    assert pace_of(spans[:2]) is None


def test_pages_of_unknown_exams_follow_those_that_were_read() -> None:
    read = [Span(1.0, 1.0, float(n)) for n in range(30)]
    parsed = [Span(1.0, 1.0, float(n * 3)) for n in range(10)]
    assert mean_pages([], read, parsed) == pytest.approx(2.8, abs=0.3)
    assert mean_pages([4, 4, 4, 4, 4], read, parsed) == 4
    assert mean_pages([], [], []) == 1


def test_tenants_of_one_priority_take_turns() -> None:
    assert turns([("a", 1), ("a", 1), ("b", 1), ("a", 2), ("b", 1)]) == [0, 1, 0, 0, 1]
