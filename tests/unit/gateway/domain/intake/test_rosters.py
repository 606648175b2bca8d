"""Rosters: whose each part of a batch is."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.intake.csv_text import csv_table
from services.gateway.domain.intake.forms import parse_submission
from services.gateway.domain.intake.rosters import parse_roster as parse_table
from services.gateway.domain.protocol.problems import Problem
from shared.contract.batches import RosterRow


def parse_roster(body: bytes) -> tuple[RosterRow, ...]:
    return parse_table(csv_table(body, "roster"))


def test_a_roster_from_a_chinese_spreadsheet_is_read() -> None:
    rows = parse_roster("student_ref,file\r\n七-1,张三.pdf\r\n".encode("gb18030"))
    assert rows == (RosterRow(student_ref="七-1", file="张三.pdf"),)


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
