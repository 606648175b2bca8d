"""The state machine lets every exam end, and none come back from the dead."""

from hypothesis import given
from hypothesis import strategies as st

from shared.contract.stages import (
    COLD_START_REMAINING_SECONDS,
    PROGRESS,
    SPECS,
    TERMINAL,
    Stage,
    Status,
    is_transition_allowed,
    status_before,
)

statuses = st.sampled_from(Status)


@given(st.sampled_from(sorted(TERMINAL)), statuses)
def test_a_terminal_status_is_never_left(old: Status, new: Status) -> None:
    assert not is_transition_allowed(old, new)


@given(st.lists(statuses, max_size=40))
def test_progress_never_falls_on_the_way_to_completion(attempts: list[Status]) -> None:
    status = Status.UPLOADED
    for attempt in attempts:
        if attempt in PROGRESS and is_transition_allowed(status, attempt):
            assert PROGRESS[attempt] >= PROGRESS[status]
            status = attempt


@given(st.sampled_from([status for status in Status if status not in TERMINAL]))
def test_from_every_live_status_completion_can_be_reached(start: Status) -> None:
    reached, frontier = {start}, [start]
    while frontier:
        status = frontier.pop()
        for other in Status:
            if other not in reached and is_transition_allowed(status, other):
                reached.add(other)
                frontier.append(other)
    assert Status.COMPLETED in reached


@given(st.sampled_from([status for status in Status if status not in TERMINAL]))
def test_every_live_status_can_fail_and_be_cancelled(status: Status) -> None:
    assert is_transition_allowed(status, Status.FAILED)
    assert is_transition_allowed(status, Status.CANCELLED)


@given(st.sampled_from(Stage))
def test_a_stage_may_start_where_a_retry_puts_the_exam(stage: Stage) -> None:
    assert status_before(stage) in SPECS[stage].claimable_from


@given(st.sampled_from(Stage))
def test_a_stage_can_be_claimed_again_after_its_worker_vanished(stage: Stage) -> None:
    assert SPECS[stage].working in SPECS[stage].claimable_from


def test_the_stages_form_one_chain_that_ends() -> None:
    seen, stage = [], Stage.INGEST
    while stage is not None:
        assert stage not in seen
        seen.append(stage)
        stage = SPECS[stage].successor
    assert seen == list(Stage)
    assert SPECS[seen[-1]].done is Status.COMPLETED


def test_every_status_on_the_way_has_a_progress_and_a_first_estimate() -> None:
    assert (
        set(PROGRESS)
        == set(COLD_START_REMAINING_SECONDS)
        == set(Status)
        - {
            Status.FAILED,
            Status.CANCELLED,
            Status.DUPLICATE,
        }
    )
    assert list(PROGRESS.values()) == sorted(PROGRESS.values())
    estimates = list(COLD_START_REMAINING_SECONDS.values())
    assert estimates == sorted(estimates, reverse=True)
