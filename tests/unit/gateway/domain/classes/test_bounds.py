"""What review can still change about a class."""

import pytest

from services.gateway.domain.classes.bounds import review_bounds
from shared.contract.class_report import ClassItem, ClassReport, ClassStudent
from shared.contract.questions import QuestionType


def item(address: str, points: float | None) -> ClassItem:
    return ClassItem(
        address=address,
        type=QuestionType.FILL_IN,
        full_score=points,
        knowledge_points=(),
        graded=1,
        score_rate=None,
        difficulty=None,
        discrimination=None,
        answers=(),
    )


def student(name: str, earned: float, full: float, **shares: float | None) -> ClassStudent:
    return ClassStudent(
        exam_id=name,
        student_ref=name,
        earned=earned,
        full=full,
        rate=earned / full if full else None,
        ungraded=sum(share is None for share in shares.values()),
        shares=shares,
    )


def test_the_bounds_take_what_is_open_as_wrong_and_as_right() -> None:
    report = ClassReport(
        students=(student("a", 4, 5, x=0.8, y=None), student("b", 10, 10, x=1.0, y=1.0)),
        items=(item("x", 5), item("y", 5)),
    )
    bounds = review_bounds(report)
    assert (bounds.answers, bounds.students) == (1, 1)
    assert bounds.lowest == pytest.approx((0.4 + 1.0) / 2)
    assert bounds.highest == pytest.approx((0.9 + 1.0) / 2)


def test_with_nothing_open_both_are_the_mean() -> None:
    report = ClassReport(students=(student("a", 3, 4, x=0.75),), items=(item("x", 4),))
    bounds = review_bounds(report)
    assert bounds.lowest == bounds.highest == 0.75


def test_an_empty_class_has_none() -> None:
    assert review_bounds(ClassReport()).lowest is None
