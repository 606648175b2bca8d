"""Pages of two students in one exam are noticed by what the pages say."""

import pytest

from services.parse.domain.pages.page_owners import mixed_pages
from shared.contract.reading import PageText
from tests.unit.parse.drawn import line, page

FRONT = "一、选择题|1. 下列说法正确的是（ {} ）|A. 甲 B. 乙 C. 丙 D. 丁|2. 轴对称的是（ {} ）"
BACK = "二、填空题|11. 一个数的三分之一是四，这个数是__{}__。|12. 时针走一圈，分针走__{}__圈。"


def drawn(
    body: str,
    number: int,
    *,
    head: str = "",
    foot: str = "",
    answers: tuple[str, str] = ("B", "C"),
    confidence: float = 0.99,
) -> PageText:
    rows = body.format(*answers).split("|")
    lines = [line(row, 80, 300 + 40 * n) for n, row in enumerate(rows)]
    if head:
        lines.append(line(head, 80, 120, confidence=confidence))
    if foot:
        lines.append(line(foot, 450, 1350))
    return page(*lines, number=number)


def whys(*pages: PageText, ref: str | None = None, is_one_file: bool = True) -> list[str]:
    return [note.details[0] for note in mixed_pages(pages, ref, is_one_file=is_one_file)]


def test_pages_of_one_student_in_order_are_not_doubted() -> None:
    first = drawn(FRONT, 1, head="姓名：张三 学号：20260101", foot="第1页 共2页")
    second = drawn(BACK, 2, head="姓名：张三", foot="第2页 共2页", answers=("12", "12"))
    assert whys(first, second, ref="20260101") == []
    assert whys(drawn(FRONT, 1), drawn(BACK, 2)) == []


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("姓名：张三", "姓名：李四", "names"),
        ("姓名：欧阳修文", "姓名：王建国", "names"),
        ("Name: Alice Brown", "Name: Robert King", "names"),
        ("学号：20260101", "学号：20260102", "numbers"),
    ],
)
def test_two_pages_that_name_two_students_are_doubted(one: str, other: str, why: str) -> None:
    pages = drawn(FRONT, 1, head=one), drawn(BACK, 2, head=other)
    assert whys(*pages) == [why]
    assert whys(*pages, is_one_file=False) == [why]


@pytest.mark.parametrize(
    ("one", "other", "confidence"),
    [
        ("姓名：张三丰", "姓名：张三半", 0.9),
        ("学号：20260101", "学号：20260107", 0.9),
        ("姓名：张三", "姓名：____", 0.99),
        ("姓名：张三 班级：七1", "姓名: 张 三", 0.99),
    ],
)
def test_an_uncertain_reading_of_one_name_is_no_second_student(
    one: str, other: str, confidence: float
) -> None:
    first = drawn(FRONT, 1, head=one, confidence=confidence)
    assert whys(first, drawn(BACK, 2, head=other, confidence=confidence)) == []


def test_a_form_to_fill_in_below_the_first_question_names_nobody() -> None:
    card = "1. 读卡片，回答问题。|Name: Kate Age: 12|2. What is her name? ( {} ) {}"
    assert whys(drawn(FRONT, 1, head="Name: Li Hua"), drawn(card, 2)) == []


@pytest.mark.parametrize(
    ("feet", "is_one_file", "why"),
    [
        (("page 1 of 2", "page 1 of 2"), False, ["page_numbers"]),
        (("第1页 共2页", "第1页 共2页"), True, ["page_numbers", "page_order"]),
        (("第1页 共2页", "第2页 共4页"), False, ["page_numbers"]),
        (("page 2 of 2", "page 1 of 2"), True, ["page_order"]),
        (("page 2 of 2", "page 1 of 2"), False, []),
        (("page 2 of 2", ""), True, ["page_order"]),
        (("", "page 2 of 2"), True, []),
        (("3", "4"), True, []),
        (("5", "5"), False, []),
    ],
)
def test_printed_page_numbers_that_do_not_fit_are_doubted(
    feet: tuple[str, str], is_one_file: bool, why: list[str]
) -> None:
    pages = drawn(FRONT, 1, foot=feet[0]), drawn(BACK, 2, foot=feet[1], answers=("12", "12"))
    assert whys(*pages, is_one_file=is_one_file) == why


def test_two_students_first_pages_are_one_page_of_the_paper() -> None:
    rows = (f"{n}. 第{n}题说的是第{n}件不同的事情，请选择（ A ）" for n in range(3, 11))
    long = "|".join([FRONT, *rows])
    first = drawn(long, 1)
    assert whys(first, drawn(long, 2, answers=("A", "D"))) == ["same_page"]
    assert whys(first, drawn(BACK, 2)) == []


def test_a_back_page_before_a_front_page_is_doubted_in_a_scan_alone() -> None:
    pages = drawn(BACK, 1), drawn(FRONT, 2)
    assert whys(*pages) == ["page_order"]
    assert whys(*pages, is_one_file=False) == []


@pytest.mark.parametrize(
    ("ref", "head", "why"),
    [
        ("20260102", "学号：20260101", ["reference"]),
        ("20260101", "学号：20260101", []),
        ("李四", "姓名：张三", ["reference"]),
        ("s-17", "姓名：张三 学号：20260101", []),
        ("7", "学号：20260101", []),
        ("55310842", "学号：20260101", []),
        ("七年级二班17号", "姓名：张三", []),
        ("18", "座号：17", []),
    ],
)
def test_a_reference_is_compared_with_what_has_its_form(
    ref: str, head: str, why: list[str]
) -> None:
    assert whys(drawn(FRONT, 1, head=head), drawn(BACK, 2), ref=ref) == why


def test_a_class_that_a_double_feed_shifted_is_noticed_in_every_exam_it_mixed() -> None:
    """A1 B1 | B2 C1 | C2 blank: A2 went through together with A1."""
    heads = {
        student: f"姓名：{name}"
        for student, name in zip("ABC", ("张三", "李四", "王五"), strict=True)
    }

    def front(student: str, number: int, foot: str = "第1页 共2页") -> PageText:
        return drawn(FRONT, number, head=heads[student], foot=foot)

    def back(number: int, foot: str = "第2页 共2页") -> PageText:
        return drawn(BACK, number, foot=foot, answers=("12", "12"))

    assert "names" in whys(front("A", 1), front("B", 2))
    assert whys(back(1), front("C", 2)) == ["page_order"]
    assert whys(back(1), page(number=2)) == ["page_order"]
    assert "names" in whys(front("A", 1, ""), front("B", 2, ""))
    assert whys(back(1, ""), front("C", 2, "")) == ["page_order"]
    assert whys(front("A", 1), back(2)) == []
