"""What the report says of remarks, whatever their section is called."""

from services.report.domain.views.report import view_report
from tests.unit.report.exam_results import SUBMITTED_AT, make_result


def test_a_section_whose_label_has_a_colon_is_named_as_it_is() -> None:
    result = make_result("en", notes=("section_mismatch:Part A: Listening:8:10",))
    assert view_report(result, (), SUBMITTED_AT, {}).notes == (
        (
            "In section Part A: Listening the written score is 8, but its questions add up to 10; "
            "please check."
        ),
    )
