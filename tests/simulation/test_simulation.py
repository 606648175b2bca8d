"""Runner, relay and gateway keep their promises in thousands of stories; here are a few of them."""

import os
import subprocess
import sys

import pytest

from tests.simulation.__main__ import simulate
from tests.simulation.mutations import MUTATIONS

#: `python -m tests.simulation` tells thousands.
SEEDS = range(60)
#: Where the search for each missing protection begins; it goes on for ``PATIENCE`` seeds.
FIRST = {
    "fence off": 16,
    "lease not renewed": 8,
    "outbox row marked before confirm": 130,
    "compare-and-set of the claim dropped": 30,
    "re-drive lost": 30,
    "expired leases kept": 6,
    "idempotency key held by everybody": 20,
    "cancel forgotten": 0,
}
PATIENCE = 60


def test_in_no_story_is_anything_lost_repeated_or_left_over() -> None:
    told = [simulate(seed) for seed in SEEDS]
    assert [(found.seed, found.findings) for found in told if found.findings] == []
    # Otherwise there would have been nothing to find.
    kinds = {kind for found in told for _, kind in found.faults}
    assert len(kinds) > 10
    assert sum(found.exams for found in told) > len(SEEDS)


def test_a_story_is_told_again_exactly_also_by_another_process() -> None:
    seed = 16
    first = simulate(seed)
    assert simulate(seed) == first
    assert first.faults
    # Sets have another order there.
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", str(seed)],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert first.digest in told.stdout


@pytest.mark.parametrize("protection", MUTATIONS)
def test_a_protection_that_is_missing_is_found(protection: str) -> None:
    seeds = range(FIRST[protection], FIRST[protection] + PATIENCE)
    assert any(simulate(seed, without=protection).findings for seed in seeds)
