"""What a request is counted as."""

import pytest

from services.gateway.domain.access.policies import Policy, policy_of


@pytest.mark.parametrize(
    ("method", "route", "policy"),
    [
        ("GET", "/api/v1/exams", Policy.REQUESTS),
        ("GET", "/api/v1/exams/{exam_id}/result", Policy.REQUESTS),
        ("GET", "/api/v1/exams/{exam_id}/status", Policy.POLLS),
        ("GET", "/api/v1/practice-papers/{practice_id}", Policy.POLLS),
        ("HEAD", "/api/v1/exams/{exam_id}/report.pdf", Policy.DOWNLOADS),
        ("GET", "/api/v1/exams/{exam_id}/questions/{ordinal}/crop", Policy.DOWNLOADS),
        ("GET", "/api/v1/papers/{paper_id}/class.csv", Policy.DOWNLOADS),
        ("PATCH", "/api/v1/exams/{exam_id}/questions/{ordinal}", Policy.CHANGES),
        ("POST", "/api/v1/exams/{exam_id}/events/token", Policy.CHANGES),
    ],
)
def test_a_route_belongs_to_one_group(method: str, route: str, policy: Policy) -> None:
    assert policy_of(method, route) is policy
