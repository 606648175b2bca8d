"""What an order is told of its place and its remaining time."""

from dataclasses import replace

from services.gateway.domain.forecast.orders import OrderLine
from shared.contract.jobs import JobKind

PACE = {JobKind.PRACTICE_SELECTION: 4.0, JobKind.PRACTICE_DRAWING: 6.0}
FIRST = OrderLine(
    kind=JobKind.PRACTICE_SELECTION,
    ahead=0,
    running=0,
    worked_seconds=None,
    rest_seconds=0.0,
    pace=PACE,
)


def test_a_waiting_order_counts_from_one_and_one_that_is_worked_on_is_at_none() -> None:
    assert [replace(FIRST, ahead=n).position for n in (0, 3)] == [1, 4]
    assert replace(FIRST, worked_seconds=1.0).position == 0


def test_the_drawing_follows_the_selection() -> None:
    assert FIRST.remaining_seconds == 4.0 + 6.0
    assert replace(FIRST, kind=JobKind.PRACTICE_DRAWING).remaining_seconds == 6.0


def test_those_ahead_are_shared_by_those_at_work() -> None:
    behind = replace(FIRST, ahead=6)
    assert replace(behind, running=3).remaining_seconds == 4.0 * (1 + 2) + 6.0
    assert behind.remaining_seconds == 4.0 * (1 + 6) + 6.0


def test_a_job_that_takes_longer_than_usual_still_takes_a_while() -> None:
    assert replace(FIRST, worked_seconds=1.0).remaining_seconds == 3.0 + 6.0
    assert replace(FIRST, worked_seconds=60.0).remaining_seconds == 1.0 + 6.0


def test_a_rest_before_the_next_attempt_is_waited_for() -> None:
    assert replace(FIRST, rest_seconds=20.0).remaining_seconds == 20.0 + 4.0 + 6.0


def test_before_anything_was_measured_there_is_an_estimate() -> None:
    assert replace(FIRST, pace={}).remaining_seconds == 4.0
