"""How a batch is divided among students."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.division.members import PagesDoNotDivide, divide_members, page_ranges


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


def students(*members: str, pages: int | None = None) -> dict[str | None, list[str]]:
    parts = divide_members(members, pages)
    return {part.name: [name.rpartition("/")[2] for name in part.members] for part in parts}


@pytest.mark.parametrize(
    ("members", "found"),
    [
        pytest.param(["x/x/张三/1.jpg", "x/x/李四/1.jpg"], ["张三", "李四"], id="packed twice"),
        pytest.param(
            ["期中/一班/张三/1.jpg", "期中/一班/李四/1.jpg", "期中/二班/张三/1.jpg"],
            ["一班/张三", "一班/李四", "二班/张三"],
            id="classes of folders",
        ),
        pytest.param(
            ["一班/张三.pdf", "一班/李四.pdf", "二班/张三.pdf", "二班/王五.pdf"],
            ["一班/张三.pdf", "一班/李四.pdf", "二班/张三.pdf", "二班/王五.pdf"],
            id="classes of files",
        ),
        pytest.param(
            ["a/x/class 1/1.pdf", "a/x/class 1/2.pdf", "a/y/class 2/1.pdf"],
            ["x/class 1/1.pdf", "x/class 1/2.pdf", "y/class 2/1.pdf"],
            id="levels above classes",
        ),
        pytest.param(
            ["甲/张三.jpg", "甲/李四.jpg", "甲/01王小五.jpg", "乙/赵六.jpg", "乙/钱七.jpg"],
            ["乙/赵六.jpg", "乙/钱七.jpg", "甲/01王小五.jpg", "甲/张三.jpg", "甲/李四.jpg"],
            id="people in folders of any name",
        ),
        pytest.param(
            ["7b/alice.pdf", "7b/bob.pdf", "7c/carol.pdf", "7c/dave.pdf"],
            ["7b/alice.pdf", "7b/bob.pdf", "7c/carol.pdf", "7c/dave.pdf"],
            id="PDFs of people",
        ),
        pytest.param(
            ["7b/2023001.pdf", "7b/2023002.pdf", "7c/2023003.pdf"],
            ["7b/2023001.pdf", "7b/2023002.pdf", "7c"],
            id="PDFs of students' numbers",
        ),
        pytest.param(
            ["张三/正面/1.jpg", "张三/反面/1.jpg", "李四/正面/1.jpg", "李四/反面/1.jpg"],
            ["张三", "李四"],
            id="sides in folders",
        ),
        pytest.param(
            ["一班/01/1.jpg", "一班/02/1.jpg", "二班/01/1.jpg", "二班/02/1.jpg"],
            ["一班/01", "一班/02", "二班/01", "二班/02"],
            id="seats",
        ),
        pytest.param(
            ["张三/选择题.jpg", "张三/填空题.jpg", "李四/第一页.jpg", "李四/第二页.jpg"],
            ["张三", "李四"],
            id="students with named pages",
        ),
        pytest.param(["张三/1.pdf", "张三/2.pdf", "李四/1.pdf"], ["张三", "李四"], id="PDF pages"),
        pytest.param(["x/x/2.png", "x/x/1.png"], ["1.png", "2.png"], id="lone files, packed twice"),
        pytest.param(["José/1.jpg", "Jose\u0301/2.jpg", "Z/1.jpg"], ["José", "Z"], id="accents"),
        pytest.param(["A/1.jpg", "a/1.jpg"], ["A", "a"], id="case alone"),
    ],
)
def test_levels_of_folders_are_told_from_students(members: list[str], found: list[str]) -> None:
    assert sorted(map(str, students(*members))) == sorted(found)


def test_the_files_of_each_class_are_dealt_out_for_themselves() -> None:
    scans = [f"{room}/{n}.jpg" for room in ("一班", "二班") for n in range(1, 5)]
    assert names_of(scans, 2)[2] == ("二班/1.jpg", "二班/2.jpg")
    with pytest.raises(PagesDoNotDivide):
        names_of([*scans, "一班/5.jpg", "二班/5.jpg"], 2)


@pytest.mark.parametrize(
    "ordered",
    [
        ["scan.jpg", "scan (2).jpg", "scan (3).jpg", "scan (10).jpg"],
        ["第一页.jpg", "第二页.jpg", "第三页.jpg", "第十页.jpg", "第十二页.jpg", "第二十页.jpg"],
        ["一.jpg", "二.jpg", "三.jpg", "四.jpg", "五.jpg", "六.jpg", "七.jpg", "八.jpg", "九.jpg"],
        ["张三正面.jpg", "张三反面.jpg"],
        ["1正.jpg", "1反.jpg", "2正.jpg", "2背面.jpg"],
        ["front.png", "back.png"],
        ["Page 1 front.png", "page 1 back.png", "Page 2 front.png"],
        ["试卷上.jpg", "试卷中.jpg", "试卷下.jpg"],
        [
            "微信图片_20240315101010.jpg",
            "微信图片_202403151010101.jpg",
            "微信图片_202403151010102.jpg",
            "微信图片_2024031510101010.jpg",
            "微信图片_20240315101011.jpg",
            "微信图片_202403151010111.jpg",
        ],
        ["mmexport1678342342123.jpg", "mmexport1678342349001.jpg"],
        ["IMG_20240315_101010.jpg", "IMG_20240315_101010_1.jpg", "IMG_20240315_101011.jpg"],
        ["IMG_9.JPG", "img_10.jpg", "IMG_11.JPG"],
        ["①.jpg", "②.jpg", "⑩.jpg"],
        ["Ⅰ.jpg", "Ⅱ.jpg", "Ⅲ.jpg"],
        ["1.jpg", "２.jpg", "3.jpg"],
        ["二〇二三.jpg", "二〇二四.jpg"],
    ],
    ids=lambda names: names[0],
)
def test_files_are_dealt_out_in_the_order_that_their_names_mean(ordered: list[str]) -> None:
    assert names_of(ordered[::-1], len(ordered)) == [tuple(ordered)]


def test_a_name_of_thousands_of_digits_breaks_nothing() -> None:
    assert len(names_of(["9" * 60_000 + ".jpg", "1.jpg"])) == 2


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
