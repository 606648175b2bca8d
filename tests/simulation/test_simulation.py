"""Runner, relay and gateway keep their promises in thousands of stories; here are a few of them."""

import os
import subprocess
import sys
from typing import Any, NoReturn

import pytest
import structlog

from shared.messaging.attempt import ending
from tests.simulation.__main__ import simulate
from tests.simulation.mutations import MUTATIONS
from tests.simulation.warnings import caught_warnings

#: `python -m tests.simulation` tells thousands. In the last one a relay waited to note a message
#: while the exam of the next one was cancelled.
SEEDS = (*range(60), 3462)
#: Where the search for each missing protection begins; it goes on for ``PATIENCE`` seeds.
FIRST = {
    "fence off": 691,
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


def test_errors_are_heard_whatever_the_process_has_logged_before() -> None:
    """Loggers that a configuration had cached would go on to use it."""
    before = structlog.get_config()
    structlog.configure(processors=[_drop], cache_logger_on_first_use=True)
    try:
        ending.log.warning("anything")
        with caught_warnings() as heard:
            ending.log.warning("stage.failed", error="ours")
            ending.log.warning("stage.other", error="not an error")
    finally:
        structlog.configure(**before)
        vars(ending.log).pop("bind", None)
    assert heard == ["ours"]


def _drop(*_: Any) -> NoReturn:
    raise structlog.DropEvent


@pytest.mark.parametrize("protection", MUTATIONS)
def test_a_protection_that_is_missing_is_found(protection: str) -> None:
    seeds = range(FIRST[protection], FIRST[protection] + PATIENCE)
    assert any(simulate(seed, without=protection).findings for seed in seeds)
