"""Rosters: whose each part of a batch is."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.intake.csv_text import csv_table
from services.gateway.domain.intake.forms import parse_submission
from services.gateway.domain.intake.rosters import RosterRow, assign_students
from services.gateway.domain.intake.rosters import parse_roster as parse_table
from services.gateway.domain.protocol.problems import Problem


def parse_roster(body: bytes) -> tuple[RosterRow, ...]:
    return parse_table(csv_table(body, "roster"))


def test_a_roster_may_go_by_position_or_by_file() -> None:
    by_position = parse_roster("student_ref\ns-1\ns-2\n".encode("utf-8-sig"))
    assert assign_students([None, None], by_position) == ("s-1", "s-2")
    by_file = parse_roster(b"student_ref,file\ns-1,b.pdf\ns-2,a\n")
    assert assign_students(["a.pdf", "b.pdf"], by_file) == ("s-2", "s-1")


def test_a_roster_from_a_chinese_spreadsheet_is_read() -> None:
    rows = parse_roster("student_ref,file\r\n七-1,张三.pdf\r\n".encode("gb18030"))
    assert rows == (RosterRow(student_ref="七-1", file="张三.pdf"),)


@pytest.mark.parametrize(
    "rows",
    [
        b"student_ref\ns-1\n",
        b"student_ref,file\ns-1,a.pdf\ns-2,a.pdf\n",
        b"student_ref,file\ns-1,a.pdf\ns-2,c.pdf\n",
        b"student_ref,file\ns-1,a.pdf\ns-2,\n",
    ],
)
def test_a_roster_that_leaves_a_doubt_is_refused(rows: bytes) -> None:
    with pytest.raises(Problem) as caught:
        assign_students(["a.pdf", "b.pdf"], parse_roster(rows))
    assert caught.value.code == "roster_mismatch"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_roster_or_a_problem(body: bytes) -> None:
    with contextlib.suppress(Problem):
        assert all(row.student_ref for row in parse_roster(body))


@pytest.mark.parametrize("rows", ["s-1\ns-1\n", "s-1\n s-1 \n", "Zo\u00e9\nZoe\u0301\n"])
def test_a_roster_with_one_student_twice_is_refused(rows: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_roster(f"student_ref\n{rows}".encode())
    assert caught.value.extensions["errors"] == [{"field": "roster", "rule": "duplicate_student"}]


def test_a_student_is_named_in_one_normal_form_in_rosters_and_forms() -> None:
    roster = parse_roster("student_ref\nZoe\u0301\n".encode())
    form = parse_submission({"student_ref": "Zoe\u0301", "subject": "Franc\u0327ais"})
    assert roster[0].student_ref == form.student_ref == "Zo\u00e9"
    assert form.subject == "Fran\u00e7ais"
    # U+0958 is two characters in NFC: the limit counts what is kept.
    with pytest.raises(Problem):
        parse_submission({"student_ref": "\u0958" * 150})


def test_a_file_may_be_named_without_its_folder_ending_or_capitals() -> None:
    roster = parse_roster("student_ref,file\ns-1,张三\ns-2,二班/李四.pdf\ns-3,WANG.pdf\n".encode())
    assert assign_students(["一班/张三.pdf", "二班/李四.pdf", "二班/wang.PDF"], roster) == (
        *("s-1", "s-2", "s-3"),
    )


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["一班/张三.pdf", "二班/张三.pdf"], ["张三", "李四"]),
        (["A.jpg", "a.jpg"], ["A.jpg", "b.jpg"]),
        (["a.jpg", "b.jpg"], ["A.jpg", "A.JPG"]),
    ],
)
def test_a_row_that_fits_two_files_is_a_mismatch(names: list[str], files: list[str]) -> None:
    rows = "".join(f"s-{n},{file}\n" for n, file in enumerate(files))
    with pytest.raises(Problem) as caught:
        assign_students(names, parse_roster(f"student_ref,file\n{rows}".encode()))
    assert caught.value.code == "roster_mismatch"


def test_files_whose_names_differ_in_case_alone_are_told_apart() -> None:
    roster = parse_roster(b"student_ref,file\ns-1,a.jpg\ns-2,A.jpg\n")
    assert assign_students(["A.jpg", "a.jpg"], roster) == ("s-2", "s-1")
