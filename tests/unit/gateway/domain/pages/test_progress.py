"""How far an exam is shown to be."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.gateway.domain.pages.progress import shown_progress

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)


def exam(**values: Any) -> Any:
    given = {"created_at": BEGUN, "completed_at": None, "progress": 10, "run": 1}
    return SimpleNamespace(**{**given, **values})


@pytest.mark.parametrize(
    ("spent", "left", "shown"), [(0, 20, 10), (10, 10, 50), (18, 2, 90), (600, 1, 98)]
)
def test_it_moves_with_the_expected_time(spent: int, left: int, shown: int) -> None:
    assert shown_progress(exam(), left, BEGUN + timedelta(seconds=spent)) == shown


def test_it_is_never_behind_the_pipeline() -> None:
    assert shown_progress(exam(progress=70), 60, BEGUN) == 70


def test_a_further_run_shows_the_pipelines_own() -> None:
    late = BEGUN + timedelta(days=3)
    assert shown_progress(exam(run=2, progress=40), 5, late) == 40


def test_an_end_is_shown_as_it_is() -> None:
    assert shown_progress(exam(completed_at=BEGUN, progress=100), 0, BEGUN) == 100
