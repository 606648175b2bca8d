"""A student's knowledge points over several papers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diagnose.domain.estimation.trend import mastery_trends
from shared.contract.documents import Direction, KnowledgePoint, Mastery, MasteryLevel
from shared.contract.history import PastDiagnosis

START = datetime(2026, 3, 1, tzinfo=UTC)


def mastery(share: float, *, point: str = "k1", items: int = 5, reach: float = 0.08) -> Mastery:
    return Mastery(
        knowledge_point=KnowledgePoint(id=point, name=point, path=(point,)),
        items=items,
        mastery=share,
        interval=(max(share - reach, 0.0), min(share + reach, 1.0)),
        level=MasteryLevel.ADEQUATE,
    )


def paper(day: int, *found: Mastery) -> PastDiagnosis:
    return PastDiagnosis(exam_id=f"exam-{day}", at=START + timedelta(days=day), mastery=found)


def test_a_first_paper_has_no_trend() -> None:
    assert mastery_trends(paper(1, mastery(0.5)), ()) == ()


def test_entries_are_in_the_order_of_their_time() -> None:
    now = paper(30, mastery(0.8))
    (trend,) = mastery_trends(now, (paper(20, mastery(0.5)), paper(10, mastery(0.4))))
    assert [entry.exam_id for entry in trend.entries] == ["exam-10", "exam-20", "exam-30"]
    assert trend.direction is Direction.BETTER


@pytest.mark.parametrize(
    ("before", "after", "reach", "expected"),
    [
        (0.4, 0.75, 0.08, Direction.BETTER),
        (0.8, 0.5, 0.08, Direction.WORSE),
        (0.6, 0.64, 0.08, Direction.UNCLEAR),
        # The same change is no change when the intervals are wide.
        (0.4, 0.75, 0.35, Direction.UNCLEAR),
    ],
)
def test_a_change_is_named_only_when_it_is_probable(
    before: float, after: float, reach: float, expected: Direction
) -> None:
    earlier = paper(1, mastery(before, reach=reach))
    (trend,) = mastery_trends(paper(2, mastery(after, reach=reach)), (earlier,))
    assert trend.direction is expected


def test_papers_with_too_few_items_say_nothing() -> None:
    thin, rich = mastery(0.2, items=1), mastery(0.8)
    assert mastery_trends(paper(2, rich), (paper(1, thin),)) == ()
    assert mastery_trends(paper(2, thin), (paper(1, rich),)) == ()
    (trend,) = mastery_trends(paper(3, rich), (paper(1, rich), paper(2, thin)))
    assert len(trend.entries) == 2


def test_only_points_of_this_paper_have_a_trend() -> None:
    earlier = paper(1, mastery(0.4), mastery(0.5, point="k2"))
    (trend,) = mastery_trends(paper(2, mastery(0.8), mastery(0.8, point="k3")), (earlier,))
    assert trend.knowledge_point.id == "k1"


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.5)), min_size=2, max_size=6))
def test_any_estimates_have_a_direction(shares: list[tuple[float, float]]) -> None:
    papers = [paper(day, mastery(share, reach=reach)) for day, (share, reach) in enumerate(shares)]
    (trend,) = mastery_trends(papers[-1], papers[:-1])
    assert trend.direction in Direction
    assert len(trend.entries) == len(shares)
