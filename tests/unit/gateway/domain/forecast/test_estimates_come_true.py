"""Estimates against what then happens, in virtual time."""

from itertools import pairwise
from statistics import median

import pytest

from shared.contract.stages import Status
from tests.unit.gateway.domain.forecast.pipeline_simulation import (
    SLOW_HANDOVERS,
    SimulatedExam,
    Simulation,
)


def shares(exams: list[SimulatedExam], status: Status | None = None) -> list[float]:
    """What was estimated, as a share of what it then took; ``status`` is the exam's at the time."""
    return [
        estimate / (exam.ended - when)
        for exam in exams
        for (when, estimate), seen in zip(exam.told, exam.seen, strict=True)
        if exam.ended is not None and status in {None, seen}
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("seconds", [5, 30, 100])
def test_the_median_error_stays_below_a_third_at_every_load(seed: int, seconds: float) -> None:
    simulation = Simulation(seed)
    simulation.run(20, seconds / 5)
    exams = simulation.run(100, seconds)
    rises = [new / old - 1 for exam in exams for (_, old), (_, new) in pairwise(exam.told)]
    assert median(abs(share - 1) for share in shares(exams)) <= 0.3
    assert max(rises) <= 1 / 3 + 1e-9


@pytest.mark.parametrize("seconds", [30, 100])
def test_pages_that_are_being_read_are_partly_done(seconds: float) -> None:
    """Counted as untouched they made estimates 30 to 40 % too long while an exam was read."""
    found = []
    for seed in range(1, 6):
        simulation = Simulation(seed)
        simulation.run(20, seconds / 5)
        found += shares(simulation.run(100, seconds), Status.OCR_PROCESSING)
    assert 0.85 <= median(found) <= 1.15


@pytest.mark.parametrize("seconds", [100, 200])
def test_estimates_are_not_too_short_where_handing_over_takes_time(seconds: float) -> None:
    """The quickest handovers stood for all of them: estimates were 16 % too short."""
    found = []
    for seed in range(1, 6):
        simulation = Simulation(seed, SLOW_HANDOVERS)
        simulation.run(20, seconds / 5)
        found += shares(simulation.run(100, seconds))
    assert 0.87 <= median(found) <= 1.13
    assert median(abs(share - 1) for share in found) <= 0.2
