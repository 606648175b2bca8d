"""How a batch is divided among students."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.intake.division import PagesDoNotDivide, divide_members, page_ranges


def names_of(members: list[str], pages_per_student: int | None = None) -> list[tuple[str, ...]]:
    return [part.members for part in divide_members(members, pages_per_student)]


def test_a_folder_is_one_student_and_its_pages_are_in_natural_order() -> None:
    members = ["s10/1.png", "s2/page10.png", "s2/page9.png"]
    assert names_of(members) == [("s2/page9.png", "s2/page10.png"), ("s10/1.png",)]


def test_a_lone_file_is_one_student() -> None:
    assert names_of(["b.pdf", "a.pdf"]) == [("a.pdf",), ("b.pdf",)]


def test_a_folder_around_everything_is_looked_through() -> None:
    assert names_of(["class/2.png", "class/1.png"]) == [("class/1.png",), ("class/2.png",)]
    nested = ["class/a/1.png", "class/b/1.png", "class/b/2.png"]
    assert [len(files) for files in names_of(nested)] == [1, 2]


def test_files_outside_folders_are_dealt_out_by_pages_per_student() -> None:
    scans = [f"scan{n}.png" for n in range(1, 13)]
    assert names_of(scans, 4)[2] == ("scan9.png", "scan10.png", "scan11.png", "scan12.png")
    with pytest.raises(PagesDoNotDivide):
        names_of(scans, 5)


def test_clutter_of_archivers_is_no_student() -> None:
    assert names_of(["__MACOSX/a/._1.png", "a/.DS_Store", "Thumbs.db", "b.png"]) == [("b.png",)]


@given(st.lists(st.text(max_size=12), unique=True, max_size=20), st.none() | st.integers(1, 4))
def test_every_member_goes_to_one_student_at_most(names: list[str], pages: int | None) -> None:
    try:
        parts = divide_members(names, pages)
    except PagesDoNotDivide:
        return
    dealt = [member for part in parts for member in part.members]
    assert len(dealt) == len(set(dealt))
    assert set(dealt) <= set(names)
    assert all(part.members for part in parts)


@given(st.integers(1, 200), st.integers(1, 9))
def test_page_ranges_cover_a_document_once(students: int, pages: int) -> None:
    ranges = page_ranges(students * pages, pages)
    assert [index for part in ranges for index in part] == list(range(students * pages))
    assert len(ranges) == students
    if pages > 1:
        with pytest.raises(PagesDoNotDivide):
            page_ranges(students * pages + 1, pages)
