"""Estimates against what then happens, in virtual time."""

from itertools import pairwise
from statistics import median

import pytest

from tests.unit.gateway.pipeline_simulation import Simulation


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("seconds", [5, 30, 100])
def test_the_median_error_stays_below_a_third_at_every_load(seed: int, seconds: float) -> None:
    simulation = Simulation(seed)
    simulation.run(20, seconds / 5)
    exams = simulation.run(100, seconds)
    errors = [
        abs(estimate - (exam.ended - when)) / (exam.ended - when)
        for exam in exams
        for when, estimate in exam.told
        if exam.ended is not None
    ]
    rises = [new / old - 1 for exam in exams for (_, old), (_, new) in pairwise(exam.told)]
    assert median(errors) <= 0.3
    assert max(rises) <= 1 / 3 + 1e-9
