"""Whose each part of a batch is: by its place, or by what its file is called."""

import pytest

from services.ingest.domain.division.assignment import assign_students
from services.ingest.domain.division.refusal import Refused
from shared.contract.batches import RosterRow


def rows(*found: tuple[str, str | None]) -> tuple[RosterRow, ...]:
    return tuple(RosterRow(student_ref=student, file=file) for student, file in found)


def test_a_roster_may_go_by_position_or_by_file() -> None:
    assert assign_students([None, None], rows(("s-1", None), ("s-2", None))) == ("s-1", "s-2")
    by_file = rows(("s-1", "b.pdf"), ("s-2", "a"))
    assert assign_students(["a.pdf", "b.pdf"], by_file) == ("s-2", "s-1")


@pytest.mark.parametrize(
    "roster",
    [
        rows(("s-1", None)),
        rows(("s-1", "a.pdf"), ("s-2", "a.pdf")),
        rows(("s-1", "a.pdf"), ("s-2", "c.pdf")),
        rows(("s-1", "a.pdf"), ("s-2", None)),
    ],
)
def test_a_roster_that_leaves_a_doubt_is_refused(roster: tuple[RosterRow, ...]) -> None:
    with pytest.raises(Refused) as caught:
        assign_students(["a.pdf", "b.pdf"], roster)
    assert caught.value.code == "roster_mismatch"
    assert caught.value.extensions == {"students": 2, "rows": len(roster)}


def test_a_file_may_be_named_without_its_folder_ending_or_capitals() -> None:
    roster = rows(("s-1", "张三"), ("s-2", "二班/李四.pdf"), ("s-3", "WANG.pdf"))
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
    with pytest.raises(Refused) as caught:
        assign_students(names, rows(*((f"s-{n}", file) for n, file in enumerate(files))))
    assert caught.value.code == "roster_mismatch"


def test_files_whose_names_differ_in_case_alone_are_told_apart() -> None:
    roster = rows(("s-1", "a.jpg"), ("s-2", "A.jpg"))
    assert assign_students(["A.jpg", "a.jpg"], roster) == ("s-2", "s-1")
