import time

from hypothesis import given
from hypothesis import strategies as st

from services.parse.domain.pages.columns import find_columns
from services.parse.domain.pages.page_frame import frame_lines
from services.parse.domain.pages.page_order import order_pages
from services.parse.domain.pages.reading_order import passage_of_page, reading_order
from shared.contract.notes import NoteKind
from shared.contract.reading import PageText, TextLine
from tests.unit.parse.drawn import column, line, page, sheet

_box = st.tuples(st.floats(0, 900), st.floats(0, 1300), st.floats(1, 600), st.floats(1, 60))
_lines = st.lists(
    st.builds(TextLine, text=st.text(max_size=12), bbox=_box, confidence=st.floats(0, 1)),
    max_size=40,
)


@given(lines=_lines)
def test_reading_order_is_a_permutation_of_the_lines(lines: list[TextLine]) -> None:
    order = [index for row in reading_order(lines) for index in row.lines]
    assert sorted(order) == list(range(len(lines)))


@given(lines=_lines)
def test_the_passage_keeps_every_printed_character(lines: list[TextLine]) -> None:
    drawn = page(*lines)
    kept = "".join(passage_of_page(drawn).text.split())
    assert sorted(kept) == sorted("".join("".join(one.text.split()) for one in lines))


_LONG = "这是一行足够长的题干文字用来填满一栏的宽度"


def test_two_columns_are_read_one_after_the_other() -> None:
    left = column("\n".join(f"{n}. {_LONG}" for n in range(1, 9)), x=40)
    right = column("\n".join(f"{n}. {_LONG}" for n in range(9, 17)), x=540)
    passage = passage_of_page(page(*left, *right))
    numbers = [int(row.split(".")[0]) for row in passage.text.split("\n") if row]
    assert numbers == list(range(1, 17))


def test_a_name_written_across_the_gutter_stays_in_the_head() -> None:
    """It would else open the second column, and become part of a question of the first."""
    head = [
        line("Mid-term Examination of the English Course", 300, 40),
        line("Class: 1   Name:", 260, 90),
        line("Sample   No.: 5626", 560, 92),
    ]
    left = column("\n".join(f"{n}. {_LONG}" for n in range(1, 9)), x=40)
    right = column("\n".join(f"{n}. {_LONG}" for n in range(9, 17)), x=540)
    rows = passage_of_page(page(*head, *left, *right)).text.split("\n")
    assert [row for row in rows if "Sample" in row] == rows[1:2]
    assert [int(row.split(".")[0]) for row in rows[2:] if row] == list(range(1, 17))


def test_a_name_in_the_head_of_one_column_leaves_the_other_alone() -> None:
    head = [line("期中考试", 150, 120), line("姓名：", 60, 160), line("某人", 160, 160)]
    left = column("\n".join(f"{n}. {_LONG}" for n in range(1, 9)), x=40)
    right = column("\n".join(f"{n}. {_LONG}" for n in range(9, 18)), x=540, y=160)
    rows = passage_of_page(page(*head, *left, *right)).text.split("\n")
    assert [int(row.split(".")[0]) for row in rows[2:] if row] == list(range(1, 18))


def test_a_stamp_above_the_title_is_no_text_of_a_question() -> None:
    stamps = [line("★ 诚信考试", 820, 30), line("绝密★启用前", 60, 40)]
    others = [line("★ 注意事项共3条", 80, 500), line("3★ 4", 80, 60)]
    assert frame_lines(page(*stamps, *others), frozenset()) == {0, 1}


def test_three_columns_have_two_gutters() -> None:
    lines = [
        part
        for x in (20.0, 355.0, 690.0)
        for part in column("\n".join(f"{n}. 三栏试卷的一行题干文字内容" for n in range(1, 12)), x=x)
    ]
    assert len(find_columns(lines).walls) == 2


def test_a_last_column_of_one_question_is_a_column() -> None:
    """The columns of a page are equally wide, so the third needs no more lines of its own."""
    rows = "\n".join(f"{n}. 三栏试卷的一行题干文字内容" for n in range(1, 12))
    lines = [*column(rows, x=20), *column(rows, x=355), *column("⑥ 最后一栏的题目", x=690)]
    assert len(find_columns(lines).walls) == 2


def test_options_in_two_columns_do_not_split_the_page() -> None:
    rows = "\n".join(
        f"{n}. 下列说法中正确的是哪一项请你选择出来填在括号里面（ ）\nA. 甲 | B. 乙\nC. 丙 | D. 丁"
        for n in range(1, 9)
    )
    assert find_columns(column(rows, pitch=36)).walls == ()


def test_leaning_columns_of_a_photo_are_told_apart() -> None:
    rows = [
        line(f"{n}. {_LONG}", left + 0.04 * y, y)
        for first, left in ((1, 40), (11, 530))
        for n, y in zip(range(first, first + 10), range(200, 1300, 110), strict=True)
    ]
    numbers = [
        int(row.split(".")[0]) for row in passage_of_page(page(*rows)).text.split("\n") if row
    ]
    assert numbers == list(range(1, 21))


def test_a_title_over_two_columns_comes_first() -> None:
    title = line("期中考试数学试卷八年级上册全一册", 250, 60, em=30)
    left = column("\n".join(f"{n}. {_LONG}" for n in range(1, 9)), x=40)
    right = column("\n".join(f"{n}. {_LONG}" for n in range(9, 17)), x=540)
    assert passage_of_page(page(*right, *left, title)).text.startswith("期中考试")


def test_a_slightly_turned_row_stays_one_row() -> None:
    parts = [line(f"{n}", 60 + 80 * n, 300 + 3 * n) for n in range(10)]
    assert len(reading_order(parts)) == 1


def test_handwriting_over_a_gap_is_read_inside_the_brackets() -> None:
    printed = line("1. 下列正确的是（      ）", 80, 300)
    bracket = printed.bbox[0] + printed.bbox[2] - 40
    written = line("B", bracket - 30, 296)
    text = passage_of_page(page(printed, written)).text
    assert "".join(text.split()) == "1.下列正确的是（B）"


def test_pages_are_ordered_by_their_printed_numbers() -> None:
    def numbered(upload: int, printed: int) -> PageText:
        foot = line(f"数学试卷 第{printed}页（共4页）", 400, 1350)
        return page(line("1. 题目", 80, 200), foot, number=upload)

    pages, warnings = order_pages([numbered(1, 4), numbered(2, 1), numbered(3, 1)])
    assert [one.page for one in pages] == [2, 3, 1]
    assert [(note.kind, note.where) for note in warnings] == [
        (NoteKind.PAGE_MISSING, "2"),
        (NoteKind.PAGE_MISSING, "3"),
        (NoteKind.PAGE_REPEATED, "1"),
    ]


def test_pages_without_numbers_are_ordered_by_question_numbers() -> None:
    pages, _ = order_pages([sheet("4. 丁\n5. 戊", 1), sheet("1. 甲\n2. 乙\n3. 丙", 2)])
    assert [one.page for one in pages] == [2, 1]


def test_numbering_that_starts_again_keeps_the_order_of_upload() -> None:
    pages, _ = order_pages([sheet("2. 甲\n3. 乙", 1), sheet("1. 丙\n2. 丁", 2)])
    assert [one.page for one in pages] == [1, 2]


def test_a_page_of_thousands_of_short_lines_is_ordered_in_seconds() -> None:
    lines = [
        line(f"{n % 90}. x=2", 20 + 80 * column, 20 + 9 * n, em=5)
        for n in range(150)
        for column in range(12)
    ]
    start = time.process_time()
    rows = reading_order(lines)
    assert sum(len(row.lines) for row in rows) == len(lines)
    assert time.process_time() - start < 6  # seconds; 1.4 measured, 13 before
