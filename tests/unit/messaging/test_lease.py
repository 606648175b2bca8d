"""By which rules work is tried again and given up."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.attempt.lease import MAX_BACKOFF_SECONDS, AttemptRules

RULES = AttemptRules(max_attempts=4, max_crashes=3, backoff_seconds=5.0)


@dataclass(frozen=True)
class Counts:
    attempt: int
    crashes: int = 0


def test_work_that_failed_as_often_as_allowed_is_exhausted() -> None:
    assert [RULES.is_exhausted(Counts(attempt)) for attempt in (1, 3, 4)] == [False, False, True]


def test_a_crash_is_no_attempt_that_failed() -> None:
    assert not RULES.is_exhausted(Counts(attempt=5, crashes=2))
    assert RULES.is_exhausted(Counts(attempt=6, crashes=2))


def test_the_rest_while_something_is_in_the_way_does_not_grow() -> None:
    assert 10.0 <= RULES.hindrance_seconds() <= 20.0


@given(st.integers(1, 60))
def test_the_rest_doubles_with_every_attempt_up_to_a_limit_and_is_spread(attempt: int) -> None:
    ceiling = min(5.0 * 2 ** (attempt - 1), MAX_BACKOFF_SECONDS)
    assert ceiling / 2 <= RULES.rest_seconds(Counts(attempt)) <= ceiling


@given(st.integers(1, 12))
def test_rests_of_their_own_follow_each_other_with_little_jitter(attempt: int) -> None:
    rules = AttemptRules(4, 3, 5.0, rests_seconds=(5.0, 300.0, 1800.0))
    rest = (5.0, 300.0, 1800.0)[min(attempt, 3) - 1]
    assert 0.9 * rest <= rules.rest_seconds(Counts(attempt)) <= 1.1 * rest
    # Crashes are no attempts that failed.
    assert rules.rest_seconds(Counts(attempt + 9, crashes=9 + attempt)) <= 5.5
