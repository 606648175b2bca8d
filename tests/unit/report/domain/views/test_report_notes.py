"""What the report says of remarks, whatever their section is called."""

from services.report.domain.views.error_book import view_error_book
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


def test_a_report_lists_a_thousand_questions_counts_all_and_says_so() -> None:
    result = make_result("en", count=1100)
    report = view_report(result, (), SUBMITTED_AT, {})
    assert sum(len(group.rows) for group in report.groups) == 1000
    assert "1100 questions" in report.score.remarks
    assert sum(entry.count for entry in report.score.verdicts) == 1100
    assert "the first 1000" in report.notes[-1]
    book = view_error_book(result, (), SUBMITTED_AT, {})
    assert len(book.items) < 1000
    assert "the first 1000" in book.intro
