"""Percentile intervals of figures."""

import numpy as np
import pytest

from examlens.evaluate.intervals import bootstrap_intervals


def test_an_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, 400)
    found = bootstrap_intervals(lambda places: {"mean": float(values[places].mean())}, 400)
    low, high = found["mean_interval"]
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * 0.1, rel=0.25)


def test_nothing_measured_has_no_interval() -> None:
    assert bootstrap_intervals(lambda _: {"mean": 0.0}, 0) == {}
